"""How much the answer depends on the language model, in one sentence for the terminal."""

from collections.abc import Sequence

from schemas.rounding import signed
from tasks.answering.checks.line import Case
from tasks.answering.checks.model import (
    Other,
    across_models,
    other_models,
    own_model,
    rules_model,
    without_language_model,
)

COMPARED = frozenset({"pass", "warn"})
MOST_NAMED = 3
LONGEST = 60


def model_dependence(case: Case) -> str:
    """The estimate with this study's language model, without any, and with the others; empty where none is compared."""
    without, across = case.once(without_language_model), case.once(across_models)
    own = case.once(own_model)
    if own is None or not COMPARED & {without.status, across.status}:
        return ""
    size = case.findings.protocol.contrast_to - case.findings.protocol.contrast_from
    said = [f"{signed(own.mean * size)} {case.findings.unit} with this study's"]
    rules = case.once(rules_model) if without.status in COMPARED else None
    said += [] if rules is None else [f"{signed(rules.mean * size)} without any"]
    said += _others(case.once(other_models), size) if across.status in COMPARED else []
    how = "depends" if "warn" in {without.status, across.status} else "hardly depends"
    return f"The answer {how} on the language model: {', '.join(said)} (quick fits)."


def _others(others: Sequence[Other], size: float) -> list[str]:
    """Each by name; of many only their range and how many give no number."""
    if len(others) <= MOST_NAMED:
        return [
            f"{'no number' if each.fitted is None else signed(each.fitted.mean * size)} with {_printable(each.name)}"
            for each in others
        ]
    means = sorted(each.fitted.mean * size for each in others if each.fitted is not None)
    silent = len(others) - len(means)
    said = [f"{signed(means[0])} to {signed(means[-1])} with {_counted(len(means))}"] if means else []
    return said + ([f"no number with {_counted(silent)}"] if silent else [])


def _counted(others: int) -> str:
    return f"{others} other{'s'[: others > 1]}"


def _printable(name: str) -> str:
    """A name out of a recording, which anyone may have written, as a terminal may show it."""
    return (name if name.isprintable() else ascii(name))[:LONGEST]
