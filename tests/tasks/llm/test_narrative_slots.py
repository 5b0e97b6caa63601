"""Slots are filled by code: rounding, units, probabilities, and data that look like slots."""

import pytest

from schemas.results import Headline, NaiveDifference, Rope, Verdict
from tasks.llm.inputs import facts_of
from tasks.llm.narrative_slots import SlotExtra, allowed_slots, fill, probability, rounded
from tasks.llm.narrative_text import template

EXTRA = SlotExtra(days=46)


def verdict(name: str = "effect", **changes: object) -> Verdict:
    estimate = Headline(
        name="immediate", mean=-0.1994, sd=0.077, q05=-0.3266, q50=-0.2, q95=-0.0731, unit="points", horizon=0,
        contrast="caffeine versus sugar",
    )  # fmt: skip
    fields = {
        "question": "?",
        "treatment": "caffeine",
        "outcome": "productivity",
        "verdict": name,
        "direction": "decrease",
        "estimate": None if name in {"not_identified", "not_trustworthy"} else estimate,
        "naive_difference": NaiveDifference(mean=0.1, se=0.1, n_exposed=23, n_unexposed=23, unit="points"),
        "prob_direction": 0.9996,
        "prob_meaningful": 0.9,
        "rope": Rope(low=-0.05, high=0.05, source="default"),
        "reasons": ("Too few days.", "Too few switches"),
        "identified": True,
        "gates": {},
        "next_step": "Record more days.",
    }
    return Verdict(**{**fields, **changes})


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("by {estimate.size}", "by 0.20 points"),
        ("{estimate.mean} ({estimate.q05} to {estimate.q95})", "-0.20 points (-0.33 points to -0.07 points)"),
        ("{prob_direction}", "more than 99 %"),
        ("{treatment}, {outcome}, {unit}, {days}", "caffeine, productivity, points, 46 days"),
        ("({contrast}) {next_step}.", "(caffeine versus sugar) Record more days."),
    ],
)
def test_slots_are_filled_with_rounded_numbers_and_units(text: str, filled: str):
    assert fill(text, verdict(), EXTRA) == filled


def test_data_that_look_like_slots_stay_as_they_are():
    odd = verdict(treatment="{estimate.mean}\n{x}")
    assert fill("{treatment} {days}", odd, EXTRA) == "{estimate.mean} {x} 46 days"


def test_reasons_are_joined():
    assert fill("{reason}.", verdict("cannot_tell"), EXTRA) == "Too few days; Too few switches."


@pytest.mark.parametrize("slot", ["estimate.mean", "estimate.q05", "prob_direction", "contrast", "nonsense"])
def test_a_refused_effect_has_no_number_to_fill_in(slot: str):
    with pytest.raises(ValueError, match="has no value"):
        fill(f"{{{slot}}}", verdict("not_identified"), EXTRA)


@pytest.mark.parametrize(
    ("number", "width", "text"),
    [(12.345, 3.2, "12.3"), (1234.0, 350.0, "1230"), (-0.04, 1.5, "0.0"), (0.123456, 0.002, "0.1235"), (7.0, 0.0, "7")],
)
def test_numbers_have_two_significant_digits_of_their_interval(number: float, width: float, text: str):
    assert rounded(number, width) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.975, "98 %"), (0.99, "99 %"), (0.991, "more than 99 %"), (1.0, "more than 99 %"), (0.001, "less than 1 %")],
)
def test_no_probability_is_called_certain(value: float, text: str):
    assert probability(value) == text


@pytest.mark.parametrize("name", ["effect", "no_meaningful_effect", "cannot_tell", "not_identified", "not_trustworthy"])
def test_every_template_and_every_allowed_slot_can_be_filled(name: str):
    said = verdict(name)
    for audience in ("lay", "technical"):
        reply = template(facts_of(said, randomised=False, audience=audience))
        for text in reply.model_dump().values():
            assert "{" not in fill(text, said, EXTRA)
    assert all(fill(f"{{{slot}}}", said, EXTRA) for slot in allowed_slots(name))


def test_the_facts_hold_neither_names_nor_numbers_nor_units():
    naive = NaiveDifference(mean=7.0, se=2.0, n_exposed=3, n_unexposed=5, unit="kg")
    other = verdict(treatment="salt", outcome="weight", naive_difference=naive, reasons=(), prob_direction=0.97)
    assert facts_of(other, randomised=True, audience="lay") == facts_of(verdict(), randomised=True, audience="lay")


def test_only_a_stated_effect_has_a_direction():
    assert facts_of(verdict(), randomised=True, audience="lay").direction == "decrease"
    assert facts_of(verdict("cannot_tell"), randomised=True, audience="lay").direction == "none"
