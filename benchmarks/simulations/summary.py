"""What the studies of one cell say together, with the Monte Carlo error of every share."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from benchmarks.simulations.shards import Cell
from benchmarks.simulations.study import Row

Z90 = 1.6448536269514722
LEVEL = 0.95


class Share(NamedTuple):
    """A share with its exact (Clopper-Pearson) 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """As a percentage."""
        return f"{100 * self.value:.1f} % ({100 * self.low:.1f}-{100 * self.high:.1f})"


class Line(NamedTuple):
    """One line of the table; what does not apply is None.

    Attributes:
        coverage: of the 90 % interval, over all studies that have one, withheld or not.
        naive_coverage: of the plain difference plus or minus 1.645 standard errors.
        bias, naive_bias: mean error.
        width: mean width of the interval.
        withheld: share of studies whose verdict gives no number.
        effects: share of studies that say `effect`.
        half_life: coverage of its interval, over studies that give one.
    """

    cell: Cell
    studies: int
    coverage: Share | None
    naive_coverage: Share | None
    bias: float | None
    naive_bias: float | None
    width: float | None
    withheld: Share
    effects: Share
    failed: dict[str, int]
    half_life: Share | None
    half_lives: int
    cpu_s: float


def share(hits: Sequence[bool]) -> Share | None:
    """Hits among all, None of nothing."""
    n, k = len(hits), sum(hits)
    if n == 0:
        return None
    low = 0.0 if k == 0 else float(stats.beta.ppf((1 - LEVEL) / 2, k, n - k + 1))
    high = 1.0 if k == n else float(stats.beta.ppf((1 + LEVEL) / 2, k + 1, n - k))
    return Share(k / n, low, high)


def summary_of(cell: Cell, rows: Sequence[Row]) -> Line:
    """Sum a cell up."""
    scored = [r for r in rows if r.low is not None and r.high is not None and r.mean is not None]
    plain = [r for r in rows if r.naive is not None and r.naive_se]
    given = [(r.true_half_life, r.half_life) for r in rows if r.half_life is not None and r.true_half_life is not None]
    failed: dict[str, int] = {}
    for name in (name for row in rows for name in row.failed):
        failed[name] = failed.get(name, 0) + 1
    withheld, effects = share([not r.shown for r in rows]), share([r.verdict == "effect" for r in rows])
    assert withheld is not None
    assert effects is not None
    return Line(
        cell=cell,
        studies=len(rows),
        coverage=share([_inside(r.truth, r.low, r.high) for r in scored]),
        naive_coverage=share(
            [abs(r.naive - r.truth) <= Z90 * r.naive_se for r in plain if r.naive is not None and r.naive_se]
        ),
        bias=_mean([r.mean - r.truth for r in scored if r.mean is not None]),
        naive_bias=_mean([r.naive - r.truth for r in plain if r.naive is not None]),
        width=_mean([r.high - r.low for r in scored if r.low is not None and r.high is not None]),
        withheld=withheld,
        effects=effects,
        failed=failed,
        half_life=share([_inside(true, low, high) for true, (low, _, high) in given]),
        half_lives=len(given),
        cpu_s=float(np.mean([r.cpu_s for r in rows])),
    )


def _near(row: Row) -> bool:
    return row.naive is not None and row.naive_se is not None and abs(row.naive - row.truth) <= Z90 * row.naive_se


def _inside(truth: float, low: float | None, high: float | None) -> bool:
    """An end that is None lies beyond the horizon."""
    return (low is not None and low <= truth) and (high is None or truth <= high)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
