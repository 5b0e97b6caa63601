"""Slots of a narrative: which a verdict allows, and what code writes into them."""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from schemas.results import Headline, Verdict, VerdictName

SLOT = re.compile(r"\{([^{}]*)\}")
_MINUS = "-"

_NAMES = ("treatment", "outcome", "unit", "days", "next_step")
_BY_VERDICT: dict[VerdictName, tuple[str, ...]] = {
    "effect": ("contrast", "estimate.mean", "estimate.size", "estimate.q05", "estimate.q95", "prob_direction"),
    "no_meaningful_effect": ("contrast", "estimate.q05", "estimate.q95", "rope.low", "rope.high"),
    "cannot_tell": ("contrast", "estimate.q05", "estimate.q95", "reason"),
    "not_identified": ("reason",),
    "not_trustworthy": ("reason",),
}


class SlotExtra(NamedTuple):
    """What a narrative may say beyond the verdict.

    Attributes:
        days: number of steps the estimate rests on.
        step: what one step is called, in the plural.
    """

    days: int
    step: str = "days"


def allowed_slots(verdict: VerdictName) -> tuple[str, ...]:
    """The slots that a text on this verdict may use, without braces."""
    return _NAMES + _BY_VERDICT[verdict]


def fill(text: str, verdict: Verdict, extra: SlotExtra) -> str:
    """Put the verdict's names and numbers into the slots, once: braces inside a name stay as they are.

    Raises:
        ValueError: a slot that this verdict does not allow; the checker rejects such texts before.
    """
    allowed = allowed_slots(verdict.verdict)

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in allowed:
            raise ValueError(f"the slot {{{name}}} has no value for the verdict {verdict.verdict}")
        return _value(name, verdict, extra)

    return SLOT.sub(value, text)


def _value(name: str, verdict: Verdict, extra: SlotExtra) -> str:
    unit = verdict.naive_difference.unit
    plain: dict[str, Callable[[], str]] = {
        "treatment": lambda: _line(verdict.treatment),
        "outcome": lambda: _line(verdict.outcome),
        "unit": lambda: _line(unit) or "the outcome's own scale",
        "days": lambda: f"{extra.days} {extra.step}",
        "next_step": lambda: _line(verdict.next_step).rstrip("."),
        "reason": lambda: "; ".join(_line(reason).rstrip(".") for reason in verdict.reasons),
    }
    if name in plain:
        return plain[name]()
    if verdict.estimate is None:
        raise ValueError(f"the slot {{{name}}} needs an estimate, and the verdict {verdict.verdict} came without one")
    return _number(name, verdict, verdict.estimate)


def _number(name: str, verdict: Verdict, estimate: Headline) -> str:
    width = estimate.q95 - estimate.q05
    match name:
        case "contrast":
            return _line(estimate.contrast)
        case "prob_direction":
            return probability(verdict.prob_direction)
        case "estimate.mean":
            number = estimate.mean
        case "estimate.size":
            number = abs(estimate.mean)
        case "estimate.q05":
            number = estimate.q05
        case "estimate.q95":
            number = estimate.q95
        case "rope.low":
            number, width = verdict.rope.low, verdict.rope.high - verdict.rope.low
        case "rope.high":
            number, width = verdict.rope.high, verdict.rope.high - verdict.rope.low
        case _:
            raise ValueError(f"no such slot: {{{name}}}")
    return " ".join(part for part in (rounded(number, width), _line(estimate.unit)) if part)


def rounded(number: float, width: float) -> str:
    """`number` to as many decimals as two significant digits of its interval's width need."""
    if not math.isfinite(width) or width <= 0:
        return f"{number:.3g}"
    decimals = 1 - math.floor(math.log10(width))
    text = f"{round(number, decimals):.{max(decimals, 0)}f}"
    return text.removeprefix(_MINUS) if float(text) == 0 else text


def probability(value: float | None) -> str:
    """In whole percent, never 0 or 100."""
    if value is None:
        raise ValueError("a probability that is null has no text")
    percent = round(100 * value)
    if value > 0.99:
        return "more than 99 %"
    return "less than 1 %" if value < 0.01 else f"{percent} %"


def _line(text: str) -> str:
    return " ".join(text.split())
