"""The words of the first screen, from a recorded text or from templates; code fills the numbers in."""

import re
from pathlib import Path
from typing import Literal, NamedTuple

from schemas.protocol import Call
from schemas.results import Verdict
from tasks.llm.exchange import replaying
from tasks.llm.inputs import facts_of
from tasks.llm.narrative_slots import SLOT, SlotExtra, fill
from tasks.llm.roles.narrative import narrate
from tasks.reporting.inputs import Inputs
from tasks.reporting.numbers import MINUS, SPACE
from tasks.reporting.prose import clean
from tasks.reporting.record import contrast, step_word

_GAP = re.compile(r"(?<=\d) ")
_NUMBER = re.compile(r"\d[\d.,]*")


class Words(NamedTuple):
    """The four texts with numbers, who wrote them, and the replies they rest on."""

    answer: str
    how_sure: str
    why: str
    what_next: str
    written_by: Literal["model", "template"]
    rejected: tuple[str, ...]
    calls: tuple[Call, ...]


def words(root: Path, inputs: Inputs) -> Words:
    """The texts for this verdict.

    Raises:
        RecordingMissing: replay is asked for and the model's text was never recorded.
    """
    llm, report = inputs.params.configure.llm, inputs.params.report
    answerer = replaying(root, llm) if llm.mode == "replay" else None
    facts = facts_of(inputs.verdict, randomised=inputs.protocol.randomised, audience=report.audience)
    narrated = narrate(answerer, facts, report.narrative_attempts)
    naive = inputs.verdict.naive_difference
    extra = SlotExtra(naive.n_exposed + naive.n_unexposed, step_word(inputs.audit.step) + "s")
    verdict = _plainly(inputs)
    texts = [
        filled(text, verdict, extra)
        for text in (narrated.reply.answer, narrated.reply.how_sure, narrated.reply.why, narrated.reply.what_next)
    ]
    calls = answerer.calls if answerer is not None else ()
    return Words(*texts, written_by=narrated.written_by, rejected=narrated.rejected, calls=calls)


def _plainly(inputs: Inputs) -> Verdict:
    """The verdict with its contrast in plain words."""
    estimate = inputs.verdict.estimate
    if estimate is None:
        return inputs.verdict
    return inputs.verdict.model_copy(update={"estimate": estimate.model_copy(update={"contrast": contrast(inputs)})})


def filled(template: str, verdict: Verdict, extra: SlotExtra) -> str:
    """Put names and numbers into the slots.

    Raises:
        ValueError: the template itself holds a number; every number must come from the results.
    """
    stray = _NUMBER.findall(SLOT.sub("", template))
    if stray:
        raise ValueError(f"the narrative holds numbers that are not in the results: {stray}")
    return clean(SLOT.sub(lambda slot: _typeset(slot[1], fill(slot[0], verdict, extra)), template))


def _typeset(slot: str, value: str) -> str:
    """Numbers with a true minus sign, kept on one line."""
    if not slot.startswith(("estimate.", "rope.", "prob_")):
        return value
    return _GAP.sub(SPACE, MINUS + value[1:] if value.startswith("-") else value)
