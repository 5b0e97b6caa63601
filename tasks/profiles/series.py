"""Plain statistics of one series with missing values."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
_FEWEST_PAIRS = 4


class Runs(NamedTuple):
    """How a series alternates between two sides."""

    switches: int
    longest: int
    longest_high: int
    longest_low: int


def correlation(first: Series, second: Series) -> tuple[float | None, int]:
    """Pearson correlation over the rows where both are known, and their number."""
    both = np.isfinite(first) & np.isfinite(second)
    pairs = int(both.sum())
    if pairs < _FEWEST_PAIRS:
        return None, pairs
    a, b = first[both] - first[both].mean(), second[both] - second[both].mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return (float(a @ b) / size if size > 1e-12 * pairs else None), pairs


def lagged(first: Series, second: Series, lag: int) -> tuple[float | None, int]:
    """Correlation of `first` at step t - `lag` with `second` at step t."""
    return correlation(first[: len(first) - lag], second[lag:]) if lag < len(first) else (None, 0)


def autocorrelation(values: Series, lags: int) -> tuple[float | None, ...]:
    """Correlation of the series with itself at lags 1 to `lags`."""
    return tuple(lagged(values, values, lag)[0] for lag in range(1, lags + 1))


def effective_size(values: Series, lags: int) -> float | None:
    r"""Number of independent values that carry as much information on the mean.

    :math:`n / (1 + 2 \sum_k (1 - k/n) \rho_k)`, summed until the autocorrelation first turns negative
    (Geyer 1992, the initial positive part), never more than n.
    """
    n = int(np.isfinite(values).sum())
    if n < _FEWEST_PAIRS or np.nanstd(values) == 0:
        return None
    total = 0.0
    for lag, rho in enumerate(autocorrelation(values, min(lags, len(values) - 2)), start=1):
        if rho is None or rho <= 0:
            break
        total += (1 - lag / len(values)) * rho
    return float(n / (1 + 2 * total))


def runs(values: Series, high: NDArray[np.bool_]) -> Runs:
    """Changes of side between consecutive observed steps, and the longest stays; a missing step ends a stay."""
    known = np.isfinite(values)
    sides = high[known]
    switches = int((sides[1:] != sides[:-1]).sum())
    code = np.where(known, np.where(high, 1, 0), -1)
    if len(code) == 0:
        return Runs(0, 0, 0, 0)
    edges = np.flatnonzero(np.diff(code)) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(code)]])
    longest = {
        side: max((int(b - a) for a, b in zip(starts, ends, strict=True) if code[a] == side), default=0)
        for side in (0, 1)
    }
    return Runs(switches, max(longest.values()), longest[1], longest[0])


def missing_runs(values: Series) -> tuple[int, ...]:
    """Lengths of the runs of missing steps, in order."""
    gone = np.concatenate([[False], ~np.isfinite(values), [False]]).astype(np.int8)
    change = np.diff(gone)
    return tuple(int(n) for n in np.flatnonzero(change == -1) - np.flatnonzero(change == 1))


def trend(values: Series) -> float | None:
    """Least-squares slope per step."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < _FEWEST_PAIRS:
        return None
    x = known - known.mean()
    return float(x @ values[known] / (x @ x))
