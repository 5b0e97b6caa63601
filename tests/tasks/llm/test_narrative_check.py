"""The checker of role 4: every template passes, every altered narrative is rejected."""

import itertools

import pytest

from schemas.recording import NarrativeReply
from tasks.llm.inputs import NarrativeFacts
from tasks.llm.narrative_check import KINDS, check_narrative, text_problems
from tasks.llm.narrative_text import template

UP = NarrativeFacts("effect", "increase", randomised=True, audience="lay")
DOWN = UP._replace(direction="decrease")
WATCHED = UP._replace(randomised=False)
SMALL = UP._replace(verdict="no_meaningful_effect", direction="none")
OPEN = SMALL._replace(verdict="cannot_tell")
REFUSED = SMALL._replace(verdict="not_identified")
BROKEN = SMALL._replace(verdict="not_trustworthy")


@pytest.mark.parametrize(("verdict", "direction"), KINDS)
def test_every_template_passes_the_checker(verdict: str, direction: str):
    for randomised, audience in itertools.product((True, False), ("lay", "technical")):
        facts = NarrativeFacts(verdict, direction, randomised, audience)
        assert check_narrative(template(facts), facts) == []


ACCEPTED = [
    (UP, "On this record {treatment} raised {outcome} by about {estimate.size}."),
    (UP, "{outcome} was higher with {treatment}, by {estimate.size} on average ({contrast})."),
    (UP, "After {treatment}, {outcome} increased; the change lies between {estimate.q05} and {estimate.q95}."),
    (UP, "The probability that {treatment} raised {outcome} is {prob_direction}."),
    (DOWN, "{treatment} lowered {outcome} by {estimate.size}, and the comparison rests on {days}."),
    (DOWN, "With {treatment}, {outcome} was lower than without it."),
    (WATCHED, "If nothing unrecorded drives both, {treatment} raised {outcome} by {estimate.size}."),
    (SMALL, "{treatment} had no meaningful effect on {outcome}."),
    (SMALL, "Any change in {outcome} after {treatment} was too small to matter."),
    (OPEN, "This record cannot tell whether {treatment} raised or lowered {outcome}."),
    (OPEN, "It is unclear whether {treatment} affected {outcome} in this record."),
    (REFUSED, "No conclusion can be drawn on whether {treatment} affected {outcome}."),
    (UP, "{treatment} raised {outcome}; how far is less certain, between {estimate.q05} and {estimate.q95}."),
    (UP, "{treatment} raised {outcome}, as a comparison of days with and without {treatment} shows."),
    (BROKEN, "No answer can be given on {treatment} and {outcome}, as the calculation failed its checks."),
]


@pytest.mark.parametrize(("facts", "text"), ACCEPTED)
def test_honest_sentences_pass(facts: NarrativeFacts, text: str):
    assert check_narrative(template(facts).model_copy(update={"answer": text}), facts) == []


FLIPPED = [
    (UP, "{treatment} lowered {outcome} by {estimate.size}."),
    (UP, "{treatment} reduced {outcome}."),
    (UP, "{treatment} raised {outcome} downwards."),
    (UP, "{outcome} was lower with {treatment}."),
    (UP, "{treatment} did not raise {outcome}."),
    (UP, "{treatment} never raised {outcome}."),
    (UP, "{treatment} failed to increase {outcome}."),
    (UP, "Without {treatment}, {outcome} dropped less, so {treatment} lowered it."),
    (UP, "{treatment} had a negative influence on {outcome}."),
    (UP, "{treatment} raised {outcome} by -{estimate.size}."),
    (UP, "{treatment} raised {outcome} by {estimate.mean}."),
    (UP, "{outcome} raised {treatment} by {estimate.size}."),
    (UP, "{treatment} was raised by {outcome}."),
    (UP, "{treatment} was higher because of {outcome}."),
    (UP, "{treatment} raised {outcome}, or rather the opposite."),
    (DOWN, "{treatment} raised {outcome} by {estimate.size}."),
    (DOWN, "{treatment} boosted {outcome}."),
    (DOWN, "{outcome} went up after {treatment}."),
    (DOWN, "{treatment} did not lower {outcome}."),
    (DOWN, "{treatment} lowered {outcome}: it grew by {estimate.size}."),
    (DOWN, "{treatment} had a positive effect on {outcome}, lowered or not."),
]
INVENTED = [
    (UP, "{treatment} raised {outcome} by 12 mg."),
    (UP, "{treatment} raised {outcome} by ２."),
    (UP, "{treatment} raised {outcome} by ½."),
    (UP, "{treatment} raised {outcome} by twenty percent."),
    (UP, "{treatment} raised {outcome} by {estimate.size}, a tenth of its level."),
    (UP, "{treatment} doubled {outcome} and raised it."),
    (UP, "{treatment} raised {outcome} by a quarter."),
    (UP, "{treatment} raised {outcome} twofold."),
    (UP, "{treatment} raised {outcome} by half."),
    (UP, "{treatment} raised {outcome} on most days."),
    (UP, "{treatment} raised {outcome} on nine out of ten occasions."),
    (UP, "{treatment} raised {outcome} with a certainty of {prob_direction}."),
    (UP, "{treatment} raised {outcome} on {prob_direction} of the record."),
    (UP, "{treatment} raised {outcome} by {estimate.size} %."),
    (UP, "{treatment} raised {outcome} by ninety-five per cent."),
    (UP, "{treatment} raised {outcome} by {estimate.q99}."),
    (UP, "{treatment} raised {outcome} by at least {estimate.size}."),
    (UP, "{treatment} raised {outcome} by {estimate.size} for two days."),
    (UP, "{treatment} raised {outcome} by {estimate.__class__}."),
    (UP, "{treatment} raised {outcome} strongly."),
    (UP, "{treatment} hugely raised {outcome}, a huge rise."),
]
WRONG_UNIT = [
    (UP, "{treatment} raised {outcome} by {estimate.size} mg/dL."),
    (UP, "{treatment} raised {outcome} by {estimate.size} mmol/l."),
    (UP, "{treatment} raised {outcome} by {estimate.size} kg."),
    (UP, "{treatment} raised {outcome} by {estimate.size} {unit}."),
    (UP, "{treatment} raised {outcome} by several points."),
    (UP, "{treatment} raised {outcome} for hours."),
    (UP, "{treatment} raised {outcome}, seen over {days} days."),
    (UP, "{treatment} raised {outcome} by {estimate.size} score."),
]
OVERCLAIMED = [
    (UP, "This proves that {treatment} raised {outcome}."),
    (UP, "{treatment} certainly raised {outcome}."),
    (UP, "{treatment} raised {outcome} without any doubt."),
    (UP, "{treatment} always raised {outcome}."),
    (UP, "{treatment} significantly raised {outcome}."),
    (UP, "{treatment} raised {outcome}, as it does in most people."),
    (UP, "{treatment} raised {outcome} and will raise it again."),
    (UP, "{treatment} raised {outcome}, so you should take it."),
    (UP, "{treatment} raised {outcome}, a good result."),
    (UP, "{treatment} pro\u200bves effective: it raised {outcome}."),
    (UP, "{treatment} raised {outcome}, das wurde bewiesen und gilt immer, ohne jeden Zweifel."),
    (UP, "It is inconclusive whether {treatment} raised {outcome}."),
    (UP, "{treatment} probably raised {outcome}."),
    (WATCHED, "{treatment} raised {outcome} by {estimate.size}."),
    (SMALL, "{treatment} had no effect on {outcome} at all."),
    (SMALL, "{treatment} had exactly zero influence on {outcome}, no meaningful effect."),
    (SMALL, "{treatment} raised {outcome}, though with no meaningful effect."),
    (SMALL, "{treatment} affected {outcome}."),
    (SMALL, "There is no meaningful doubt that {treatment} changed {outcome}."),
    (OPEN, "{treatment} raised {outcome}."),
    (OPEN, "{treatment} probably raised {outcome}, but this record cannot tell."),
    (OPEN, "{treatment} had no effect on {outcome}."),
    (OPEN, "This record cannot tell how much {treatment} changed {outcome}."),
    (OPEN, "{treatment} changed {outcome}, although the size cannot be told."),
    (OPEN, "This record cannot tell, but {treatment} tends to raise {outcome}."),
    (OPEN, "This record cannot tell; the best guess for {treatment} and {outcome} is {estimate.mean}."),
    (OPEN, "We cannot tell exactly, yet {treatment} is linked to {outcome}."),
]
REFUSED_BUT_CLAIMED = [
    (REFUSED, "{treatment} raised {outcome} by {estimate.mean}."),
    (REFUSED, "{treatment} caused a change of {outcome}."),
    (REFUSED, "No answer can be given, but {treatment} affected {outcome}."),
    (REFUSED, "{treatment} and {outcome} are correlated, and no number can be given."),
    (REFUSED, "Regardless of whether it was identified, {treatment} influenced {outcome}."),
    (REFUSED, "We cannot deny that {treatment} led to a different {outcome}."),
    (REFUSED, "It cannot be told; the interval is {estimate.q05} to {estimate.q95} for {treatment} on {outcome}."),
    (REFUSED, "The probability that {treatment} changed {outcome} is {prob_direction}, no answer can be given."),
    (REFUSED, "No number is shown because {treatment} has no effect on {outcome}."),
    (BROKEN, "{treatment} drives {outcome}."),
    (BROKEN, "No answer is given, although {treatment} made {outcome} higher."),
    (BROKEN, "No answer is given; {outcome} is due to {treatment}."),
    (BROKEN, "{treatment} and {outcome}: no number is shown, yet the effect is likely."),
]
DISGUISED = [
    (UP, "{treatment} raised {outcome}. <b>See</b> the page."),
    (UP, "{treatment} raised {outcome}, see https://example.org."),
    (UP, "{treatment} raised {outcome}. {{ secrets }}"),
    (UP, "{treatment} raised {outcome}. [more](x)"),
    (UP, "{treatment} r\u0430ised {outcome}, it raised it."),
    (UP, "It went up by {estimate.size}."),
]
EVASIVE = [
    (UP, "{treatment} raised {outcome} beyond dispute."),
    (UP, "Nobody can say {treatment} raised {outcome}."),
    (UP, "{treatment} raised {outcome} by XII."),
    (UP, "{treatment} raised {outcome} by {days}."),
    (UP, "{treatment} raised {outcome}, which came out below its usual level."),
    (UP, "The absence of {treatment} raised {outcome}."),
    (UP, "Skipping {treatment} raised {outcome}."),
    (UP, "Without {treatment}, {outcome} rose."),
    (UP, "{contrast} raised {outcome}, {treatment}."),
    (OPEN, "We cannot tell. {treatment} brought {outcome}."),
    (OPEN, "Cannot tell for {treatment} and {outcome}. The two go together."),
    (OPEN, "We cannot tell when {treatment} changed {outcome}."),
    (OPEN, "We cannot tell the size of the effect {treatment} had on {outcome}."),
    (REFUSED, "No answer: {treatment} fuels {outcome}."),
    (REFUSED, "It is unclear for how long {treatment} influenced {outcome}."),
    (REFUSED, "No number is shown. {treatment} stood for {outcome}."),
    (SMALL, "Any change of {outcome} came from {treatment}."),
    (SMALL, "Any effect of {treatment} on {outcome} was real, no meaningful effect."),
]
ALTERED = [*EVASIVE, *FLIPPED, *INVENTED, *WRONG_UNIT, *OVERCLAIMED, *REFUSED_BUT_CLAIMED, *DISGUISED]


def test_there_are_enough_alterations():
    assert len(ALTERED) >= 60


@pytest.mark.parametrize(("facts", "text"), ALTERED)
def test_altered_answers_are_rejected(facts: NarrativeFacts, text: str):
    assert check_narrative(template(facts).model_copy(update={"answer": text}), facts)


ANYWHERE = [(facts, text) for facts, text in ALTERED if text_problems(text, facts)]


@pytest.mark.parametrize("part", ["how_sure", "why", "what_next"])
def test_alterations_are_rejected_in_every_part(part: str):
    for facts, text in ANYWHERE:
        appended = f"{getattr(template(facts), part)} {text}"
        assert check_narrative(template(facts).model_copy(update={part: appended}), facts), text


def test_most_alterations_do_not_need_the_answer_to_be_noticed():
    assert len(ALTERED) - len(ANYWHERE) <= 5


@pytest.mark.parametrize(("verdict", "direction"), KINDS)
def test_a_template_of_another_class_is_rejected(verdict: str, direction: str):
    written = template(NarrativeFacts(verdict, direction, randomised=True, audience="lay"))
    for other in KINDS:
        facts = NarrativeFacts(*other, randomised=True, audience="lay")
        refused = {"not_identified", "not_trustworthy"}
        if other != (verdict, direction) and not {verdict, other[0]} <= refused:
            assert check_narrative(written, facts), f"{verdict} passed as {other}"


def test_the_next_step_may_not_be_left_out():
    reply = template(UP).model_copy(update={"what_next": "The answer holds for this record."})
    assert "what_next: the slot {next_step} is missing" in check_narrative(reply, UP)


def test_reasons_name_the_part_and_the_sentence():
    reply = NarrativeReply(
        answer="{treatment} lowered {outcome}.", how_sure="Fine.", why="So.", what_next="{next_step}"
    )
    (reason,) = (reason for reason in check_narrative(reply, UP) if "does not fit" in reason)
    assert reason.startswith("answer: '{treatment} lowered {outcome}' does not fit")
    assert reason.index("direction: increase") < reason.index("direction: decrease")
