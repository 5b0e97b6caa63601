"""The last lines of `causal-ssm run`: the words follow the verdict, never the other way round."""

from pathlib import Path

import pytest

from flows.answer import answer_lines
from schemas.results import Effect, EffectSet, Headline, KnownTruth, NaiveDifference, Rope, Verdict

NONE = EffectSet(effects=())
ESTIMATE = Headline(
    name="immediate",
    mean=0.2,
    sd=0.1,
    q05=0.05,
    q50=0.2,
    q95=0.35,
    unit="points",
    horizon=0,
    contrast="pill versus sugar",
)


def verdict(name, **changes):
    base = Verdict(
        question="?",
        treatment="caffeine",
        outcome="productivity",
        verdict=name,
        direction="increase" if name == "effect" else "none",
        estimate=None if name in ("not_identified", "not_trustworthy") else ESTIMATE,
        naive_difference=NaiveDifference(mean=0.0, se=1.0, n_exposed=5, n_unexposed=5, unit=""),
        prob_direction=0.98,
        prob_meaningful=0.9,
        rope=Rope(low=-1, high=1, source="default"),
        reasons=("the first reason",),
        identified=name != "not_identified",
        gates={},
        next_step="toss a coin every morning",
    )
    return base.model_copy(update=changes)


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("effect", "Yes: caffeine (pill versus sugar) raises productivity."),
        ("no_meaningful_effect", "No: caffeine makes no difference to productivity that matters in practice."),
        ("cannot_tell", "Cannot tell yet whether caffeine changes productivity in the same step: the first reason"),
        ("not_identified", "These data cannot say whether caffeine changes productivity"),
        ("not_trustworthy", "No answer about caffeine and productivity, because a check failed: the first reason"),
    ],
)
def test_every_verdict_has_its_sentence(name, opening):
    lines = answer_lines(verdict(name), NONE, Path("report.html"))
    assert lines[0].startswith(opening)
    assert lines[-1] == "Report: report.html"
    assert 2 <= len(lines) <= 6


@pytest.mark.parametrize("name", ["not_identified", "not_trustworthy"])
def test_without_an_estimate_there_is_no_number(name):
    text = "\n".join(answer_lines(verdict(name), NONE, Path("report.html")))
    assert not any(character.isdigit() for character in text)


def test_an_undecided_estimate_is_labelled():
    assert "Estimate (inconclusive): +0.2 points, 90 % interval [+0.05, +0.35]" in "\n".join(
        answer_lines(verdict("cannot_tell"), NONE, Path("report.html"))
    )


def test_how_much_the_language_model_decides_is_one_line_and_only_beside_a_number():
    said = "The answer hardly depends on the language model: +0.2 points with this study's, +0.19 without any."
    lines = answer_lines(verdict("effect", language_model=said), NONE, Path("report.html"))
    assert lines.count(said) == 1
    assert lines.index(said) == 3
    assert said not in answer_lines(verdict("not_identified", language_model=said), NONE, Path("report.html"))
    assert len(answer_lines(verdict("effect"), NONE, Path("report.html"))) == len(lines) - 1


def test_the_known_truth_stands_beside_the_estimate_of_the_same_quantity():
    truth = KnownTruth(value=0.3, estimand="period_effect", unit="points", source="a simulation")
    effect = Effect(
        estimand="period_effect", graph="pooled", weight=1, kind="expected", horizon=84, contrast="", unit="points",
        definition="", mean=0.25, q05=0.1, q50=0.25, q95=0.4,
    )  # fmt: skip
    lines = answer_lines(verdict("effect", known_truth=truth), EffectSet(effects=(effect,)), Path("report.html"))
    assert lines[3] == (
        "Known truth of this simulated study, period effect: +0.3 points; "
        "estimated as +0.25, 90 % interval [+0.1, +0.4]"
    )


def test_the_first_doubts_are_told_beside_a_number_and_the_others_counted():
    lines = answer_lines(verdict("effect", doubts=("a.", "b.", "c.", "d.", "e.")), NONE, Path("report.html"))
    assert lines[-5:-1] == ["Doubt: a.", "Doubt: b.", "Doubt: c.", "2 more doubts: see the scorecard in the report."]
    assert "Doubt" not in "".join(answer_lines(verdict("effect"), NONE, Path("report.html")))
