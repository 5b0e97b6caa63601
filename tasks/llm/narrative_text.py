"""The narrative that code writes when no model does, or when its text was rejected in the end."""

from schemas.recording import NarrativeReply
from schemas.results import VerdictName
from tasks.llm.inputs import Audience, Direction, NarrativeFacts
from tasks.llm.narrative_slots import SlotExtra, allowed_slots, fill

__all__ = ["SlotExtra", "allowed_slots", "fill", "template"]

_CONDITION = "If nothing unrecorded drives both, "
_NEXT = "A worthwhile next step: {next_step}."

_VERBS: dict[Direction, str] = {"increase": "raised", "decrease": "lowered", "none": ""}

_ANSWERS: dict[VerdictName, str] = {
    "effect": "{treatment} VERB {outcome} by about {estimate.size} on average (compared: {contrast}).",
    "no_meaningful_effect": "{treatment} made no meaningful difference to {outcome} on average.",
    "cannot_tell": "This record cannot tell whether {treatment} changed {outcome}.",
    "not_identified": "It cannot be told from what was recorded whether {treatment} changed {outcome}.",
    "not_trustworthy": "No answer is given on whether {treatment} changed {outcome}, because the calculation did not "
    "pass its own checks.",
}

_HOW_SURE: dict[tuple[VerdictName, Audience], str] = {
    ("effect", "lay"): "The probability that the direction is right is {prob_direction}. The average change most "
    "likely lies between {estimate.q05} and {estimate.q95}.",
    ("effect", "technical"): "The posterior probability of the stated direction is {prob_direction}; the posterior "
    "mean is {estimate.mean}, the central credible interval runs from {estimate.q05} to {estimate.q95}.",
    ("no_meaningful_effect", "lay"): "Any change between {estimate.q05} and {estimate.q95} is in line with the record. "
    "From {rope.low} to {rope.high} it makes no difference in practice.",
    ("no_meaningful_effect", "technical"): "The central credible interval runs from {estimate.q05} to {estimate.q95}; "
    "the region of practical equivalence runs from {rope.low} to {rope.high}.",
    ("cannot_tell", "lay"): "A change between {estimate.q05} and {estimate.q95} is in line with the record, so the "
    "result is inconclusive.",
    ("cannot_tell", "technical"): "The result is inconclusive: the central credible interval runs from {estimate.q05} "
    "to {estimate.q95}, and the decision rule is not met.",
    ("not_identified", "lay"): "No number is shown, as it could be wrong however long the record is.",
    ("not_identified", "technical"): "The query is not identified in the unrolled graph, so no estimate is shown.",
    ("not_trustworthy", "lay"): "No number is shown, as it could be wrong.",
    ("not_trustworthy", "technical"): "At least one hard gate was not passed, so no estimate is shown.",
}

_WHY: dict[VerdictName, str] = {
    "effect": "BASIS",
    "no_meaningful_effect": "BASIS",
    "cannot_tell": "The reason: {reason}. The comparison rests on {days}.",
    "not_identified": "The reason: {reason}.",
    "not_trustworthy": "The reason: {reason}.",
}

_BASIS_RANDOMISED = (
    "The comparison rests on {days}. The exposure was assigned at random, so that other influences were spread "
    "over both sides. The answer holds for this record and its routine."
)
_BASIS_OBSERVED = (
    "The comparison rests on {days} and takes the recorded influences into account that the causal graph names. "
    "Anything unrecorded that drives both would spoil it. The answer holds for this record and its routine."
)


def template(facts: NarrativeFacts) -> NarrativeReply:
    """The four parts for a verdict, with the same slots and under the same checker as a model's text."""
    stated = facts.verdict in {"effect", "no_meaningful_effect"}
    condition = "" if facts.randomised or not stated else _CONDITION
    basis = _BASIS_RANDOMISED if facts.randomised else _BASIS_OBSERVED
    return NarrativeReply(
        answer=condition + _ANSWERS[facts.verdict].replace("VERB", _VERBS[facts.direction]),
        how_sure=_HOW_SURE[facts.verdict, facts.audience],
        why=_WHY[facts.verdict].replace("BASIS", basis),
        what_next=_NEXT,
    )
