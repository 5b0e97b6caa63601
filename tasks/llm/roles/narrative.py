"""Role 4: the verdict in plain language; code fills the numbers in."""

from typing import Literal, NamedTuple

from schemas.recording import NarrativeReply
from tasks.llm.conversation import TURNS, Question
from tasks.llm.exchange import Answerer
from tasks.llm.faults import ReplyUnusable
from tasks.llm.inputs import NarrativeFacts
from tasks.llm.narrative_check import check_narrative
from tasks.llm.narrative_slots import allowed_slots
from tasks.llm.narrative_text import template
from tasks.llm.prompt import render
from tasks.llm.reply_schema import reply_schema


class Narrated(NamedTuple):
    """A narrative that passed the checker, and where it comes from.

    Attributes:
        written_by: `template` without a model, or when the model's texts were rejected in the end.
        rejected: the reasons of the last rejection.
    """

    reply: NarrativeReply
    written_by: Literal["model", "template"]
    rejected: tuple[str, ...] = ()


def narrate(answer: Answerer | None, facts: NarrativeFacts, attempts: int = TURNS) -> Narrated:
    """The narrative and its origin.

    Args:
        answer: source of replies; null: the template.
        facts: all that the model is told.
        attempts: how many texts the model may try.

    Raises:
        RecordingMissing: in replay, when it was never recorded.
    """
    if answer is None:
        return Narrated(template(facts), "template")
    try:
        reply = answer.ask(narrative_question(facts, attempts))
    except ReplyUnusable as fault:
        return Narrated(template(facts), "template", fault.reasons)
    return Narrated(reply, "model")


def narrative(answer: Answerer | None, facts: NarrativeFacts, attempts: int = TURNS) -> NarrativeReply:
    """The narrative alone; see `narrate`."""
    return narrate(answer, facts, attempts).reply


def narrative_question(facts: NarrativeFacts, attempts: int) -> Question[NarrativeReply]:
    """The question to the model: verdict, direction, certainty and slots, neither numbers nor names."""
    prompt = render(
        "narrative",
        {},
        verdict=facts.verdict,
        direction=facts.direction,
        certainty=facts.certainty,
        randomised=facts.randomised,
        audience=facts.audience,
        slots=tuple(f"{{{name}}}" for name in allowed_slots(facts.verdict)),
    )
    return Question(
        prompt,
        NarrativeReply,
        reply_schema(NarrativeReply),
        lambda reply: check_narrative(reply, facts),
        turns=attempts,
    )
