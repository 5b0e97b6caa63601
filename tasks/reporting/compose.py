"""From results and words to the report model."""

from tasks.reporting.inputs import Inputs
from tasks.reporting.lay import lay
from tasks.reporting.model import ReportModel
from tasks.reporting.narrative import Words
from tasks.reporting.prose import clean, moment, say
from tasks.reporting.record import step_word
from tasks.reporting.sections import SECTIONS


def compose(inputs: Inputs, words: Words) -> ReportModel:
    """The whole report."""
    question = clean(inputs.verdict.question) or say(
        "Does {x} change {y}?", x=inputs.verdict.treatment, y=inputs.verdict.outcome
    )
    audit = inputs.audit
    span = f", {moment(audit.first)} to {moment(audit.last)}" if audit.first and audit.last else ""
    return ReportModel(
        title=f"{question} An N-of-1 study",
        question=question,
        subtitle=clean(f"N-of-1 study: one person, {audit.steps} {step_word(audit.step)}s{span}"),
        lay=lay(inputs, words),
        sections=tuple(section(inputs) for section in SECTIONS),
        words_from=_origin(words),
    )


def _origin(words: Words) -> str:
    if words.written_by == "model":
        model = words.calls[-1].model if words.calls else "a language model"
        return say(
            "The sentences at the top were written by {model} without seeing any number; "
            "the numbers were filled in from the results.",
            model=model,
        )
    if words.rejected:
        return say(
            "The sentences at the top come from fixed templates: "
            "the language model wrote a text, which was rejected ({why}).",
            why="; ".join(words.rejected),
        )
    return "The sentences at the top come from fixed templates; no language model wrote them."
