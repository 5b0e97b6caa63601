"""What the calendar explains: means per month, and how much of exposure and outcome weekday, month and trend carry."""

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.exploration import CalendarShare
from tasks.profiles.series import Series

Part = Literal["weekday", "month", "trend"]
_SHARE = 0.05
_FEWEST = 10
_YEAR = 300


def months_of(values: Series, month: NDArray[np.int8] | None) -> tuple[float | None, ...]:
    """Mean per month, January first; twelve nulls without dates or within less than ten months."""
    if month is None or len(np.unique(month)) < 10:
        return (None,) * 12
    return tuple(_mean(values[month == number]) for number in range(1, 13))


def calendar_shares(panel: pl.DataFrame, treatment: str | None, outcome: str | None) -> tuple[CalendarShare, ...]:
    r"""Share of variance :math:`\eta^2` that weekday, month and a straight trend explain in exposure and outcome.

    A part of the calendar that carries at least 5 % of both is a candidate confounder: it may drive the two of them
    without either acting on the other.
    """
    names = [name for name in (treatment, outcome) if name is not None]
    if not names or panel["start"].null_count():
        return ()
    groups = {"weekday": panel["start"].dt.weekday().to_numpy()}
    if panel.height >= _YEAR:
        groups["month"] = panel["start"].dt.month().to_numpy()
    values = {name: panel[name].to_numpy().astype(np.float64) for name in names}
    made = []
    parts: tuple[Part, ...] = ("weekday", "month", "trend") if "month" in groups else ("weekday", "trend")
    for part in parts:
        shares = [explained(values[name], groups[part]) if part in groups else linear(values[name]) for name in names]
        known = [share for share in shares if share is not None]
        candidate = len(known) == 2 and min(known) >= _SHARE
        made.append(CalendarShare(part=part, exposure=shares[0] if treatment else None,
                                  outcome=shares[-1] if outcome else None, candidate=candidate))  # fmt: skip
    return tuple(made)


def explained(values: Series, groups: NDArray[np.integer]) -> float | None:
    r"""Adjusted :math:`\eta^2`: variance between groups over all variance, less what chance would explain."""
    known = np.isfinite(values)
    x, g = values[known], groups[known]
    kinds, codes = np.unique(g, return_inverse=True)
    free = len(x) - len(kinds)
    if len(x) < _FEWEST or free < 1 or len(kinds) < 2:
        return None
    total = float(((x - x.mean()) ** 2).sum())
    if total == 0:
        return None
    sizes = np.bincount(codes)
    means = np.bincount(codes, weights=x) / sizes
    within = total - float((sizes * (means - x.mean()) ** 2).sum())
    return round(max(0.0, 1 - within / free * (len(x) - 1) / total), 6)


def linear(values: Series) -> float | None:
    """Adjusted share that a straight line over time explains."""
    at = np.flatnonzero(np.isfinite(values))
    if len(at) < _FEWEST or np.ptp(values[at]) == 0:
        return None
    r = float(np.corrcoef(at, values[at])[0, 1])
    return round(max(0.0, 1 - (1 - r * r) * (len(at) - 1) / (len(at) - 2)), 6)


def _mean(values: Series) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
