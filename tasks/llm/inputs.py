"""What a language model is told: names, units, kinds and coarse classes, nothing that depends on single rows."""

import math
from typing import Any, Literal, NamedTuple

import polars as pl

from schemas.results import Verdict, VerdictName

Coverage = Literal["nearly complete", "mostly there", "about half", "sparse", "empty"]
Direction = Literal["increase", "decrease", "none"]
Audience = Literal["lay", "technical"]
PriorFamily = Literal["normal", "truncated_normal", "student_t", "half_normal", "log_normal", "gamma", "beta"]

_NO_SIZE = frozenset({"binary", "categorical", "constant", "empty"})


class VariableSummary(NamedTuple):
    """One variable as the model sees it.

    Attributes:
        levels: the two texts behind 0 and 1 of a two-valued variable.
        coverage: class of the share of steps with a value.
        typical: class of location and spread, in words; null where it means nothing.
    """

    name: str
    unit: str | None
    kind: str
    levels: tuple[str, str] | None
    coverage: Coverage
    typical: str | None


class AskedPrior(NamedTuple):
    """One parameter whose prior is asked for.

    Attributes:
        name: exactly as the reply must name it.
        meaning: what it is, in words.
        unit: in which the prior must be stated.
        families: the families that can be sampled for it.
        typical: class of the size of the outcome, in words (see `typical_size`).
    """

    name: str
    meaning: str
    unit: str
    families: tuple[PriorFamily, ...]
    typical: str | None


class NarrativeFacts(NamedTuple):
    """All that role 4 knows and is told.

    Attributes:
        direction: `none` unless the verdict is `effect`.
        randomised: whether the exposure was assigned at random.
    """

    verdict: VerdictName
    direction: Direction
    randomised: bool
    audience: Audience

    @property
    def certainty(self) -> Literal["clear", "open", "none"]:
        """How sure the sentence may sound."""
        if self.verdict in {"effect", "no_meaningful_effect"}:
            return "clear"
        return "open" if self.verdict == "cannot_tell" else "none"


def facts_of(verdict: Verdict, *, randomised: bool, audience: Audience) -> NarrativeFacts:
    """The facts of a verdict; only `effect` has a direction, so that a refit cannot change the request without need."""
    direction = verdict.direction if verdict.verdict == "effect" else "none"
    return NarrativeFacts(verdict.verdict, direction, randomised, audience)


def summaries(catalog: pl.DataFrame) -> tuple[VariableSummary, ...]:
    """The catalogue (see `schemas.frames.Catalog`) as the model sees it, in its order."""
    return tuple(_summary(row) for row in catalog.iter_rows(named=True))


def _summary(row: dict[str, Any]) -> VariableSummary:
    zero, bar, one = (row["levels"] or "").partition("|")
    return VariableSummary(
        name=row["variable"],
        unit=row["unit"],
        kind=row["kind"],
        levels=(zero, one) if bar else None,
        coverage=coverage_class(row["observed"], row["missing"]),
        typical=None if row["kind"] in _NO_SIZE else typical_size(row["mean"], row["sd"], row["unit"]),
    )


def coverage_class(observed: int, missing: int) -> Coverage:
    """The class of the share of steps with a value."""
    share = observed / max(observed + missing, 1)
    classes: tuple[tuple[float, Coverage], ...] = (
        (0.9, "nearly complete"),
        (0.6, "mostly there"),
        (0.3, "about half"),
        (0.0, "sparse"),
    )
    return "empty" if observed == 0 else next(name for bound, name in classes if share >= bound)


def typical_size(mean: float | None, sd: float | None, unit: str | None) -> str | None:
    """Location and spread in words, so coarse that further days rarely change them.

    The spread is the nearest of 1, 2, 5 times a power of ten; the location a multiple of such a number
    about four spreads wide.
    """
    if mean is None or sd is None or not math.isfinite(mean) or not math.isfinite(sd) or sd <= 0:
        return None
    location, spread = typical_scale(mean, sd)
    suffix = f" {unit}" if unit else ""
    return f"typically around {location:g}{suffix}, from step to step about {spread:g}{suffix} more or less"


def typical_scale(mean: float, sd: float) -> tuple[float, float]:
    """The coarse location and spread behind `typical_size`; `sd` is above zero."""
    grid = _one_two_five(4 * sd)
    return grid * round(mean / grid), _one_two_five(sd)


def coarse(value: float) -> str:
    """A number to its first digit."""
    return f"{float(f'{value:.1g}'):g}"


def _one_two_five(value: float) -> float:
    power = math.floor(math.log10(value))
    candidates = [digit * 10.0**exponent for exponent in (power, power + 1) for digit in (1, 2, 5)]
    nearest = min(candidates, key=lambda candidate: abs(math.log(candidate / value)))
    return float(f"{nearest:.1g}")
