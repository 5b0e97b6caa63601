"""The exploration document: profiles of all variables, overlap of the exposure, lagged associations."""

import math
from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.exploration import Association, Exploration, Overlap, Profile
from tasks.profiles.calendar import calendar_shares, months_of
from tasks.profiles.catalog import high_side
from tasks.profiles.changes import change_points, outliers
from tasks.profiles.missing import missing_patterns
from tasks.profiles.series import Series, autocorrelation, effective_size, lagged, missing_runs, runs

_BINS = 20
_EFFECTIVE_LAGS = 60


def exploration_of(
    panel: pl.DataFrame,
    treatment: str | None,
    outcome: str | None,
    max_lag: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Exploration:
    """Describe the panel.

    Args:
        panel: one row per step.
        treatment: the exposure, if the study names one that the panel has.
        outcome: the outcome, likewise.
        max_lag: largest lag of autocorrelations and associations, in steps.
        tell: hears which variable was described.
    """
    names = [name for name in panel.columns if name not in ("step", "start")]
    values = {name: panel[name].to_numpy().astype(np.float64) for name in names}
    dated = panel["start"].null_count() == 0
    weekday = panel["start"].dt.weekday().to_numpy() if dated else None
    month = panel["start"].dt.month().to_numpy() if dated else None
    profiles = []
    for number, name in enumerate(names, start=1):
        profiles.append(_profile(name, values[name], weekday, max_lag, month))
        tell(f"Described {name} ({number} of {len(names)}).")
    known = treatment if treatment in values else None
    target = outcome if outcome in values else None
    overlap = _overlap(known, values[known], values[target] if target else None) if known else None
    return Exploration(
        steps=panel.height,
        profiles=tuple(profiles),
        overlap=overlap,
        associations=tuple(_associations(values, known, target, max_lag)),
        figures=(),
        calendar=calendar_shares(panel, known, target),
        missing=missing_patterns(values),
    )


def _profile(
    name: str, values: Series, weekday: Series | None, max_lag: int, month: NDArray[np.int8] | None
) -> Profile:
    known = values[np.isfinite(values)]
    half = len(values) // 2
    far, farthest = outliers(values)
    return Profile(
        variable=name,
        **_histogram(known),
        weekday=_weekday_means(values, weekday),
        autocorrelation=tuple(_rounded(rho) for rho in autocorrelation(values, max_lag)),
        first_half_mean=_mean(values[:half]),
        second_half_mean=_mean(values[half:]),
        missing_runs=missing_runs(values),
        effective_size=_rounded(effective_size(values, _EFFECTIVE_LAGS)),
        months=months_of(values, month),
        change_points=change_points(values),
        outliers=far,
        farthest=farthest,
    )


def _histogram(known: Series) -> dict[str, tuple[float, ...] | tuple[int, ...]]:
    if len(known) == 0:
        return {"histogram_edges": (), "histogram_counts": ()}
    distinct = np.unique(known)
    if len(distinct) <= _BINS and np.all(distinct == np.floor(distinct)) and np.ptp(distinct) <= _BINS:
        edges = np.arange(distinct[0] - 0.5, distinct[-1] + 1)
    else:
        edges = np.linspace(known.min(), known.max() + (known.min() == known.max()), _BINS + 1)
    counts, edges = np.histogram(known, bins=edges)
    return {"histogram_edges": tuple(map(float, edges)), "histogram_counts": tuple(map(int, counts))}


def _weekday_means(values: Series, weekday: Series | None) -> tuple[float | None, ...]:
    if weekday is None or len(np.unique(weekday)) == 1:
        return (None,) * 7
    return tuple(_mean(values[weekday == day]) for day in range(1, 8))


def _overlap(name: str, exposure: Series, outcome: Series | None) -> Overlap:
    known, high = np.isfinite(exposure), high_side(exposure)
    usable = known & np.isfinite(outcome) if outcome is not None else known
    sides = runs(exposure, high)
    return Overlap(
        exposure=name,
        steps_exposed=int((known & high).sum()),
        steps_unexposed=int((known & ~high).sum()),
        usable_exposed=int((usable & high).sum()),
        usable_unexposed=int((usable & ~high).sum()),
        switches=sides.switches,
        longest_run_exposed=sides.longest_high,
        longest_run_unexposed=sides.longest_low,
    )


def _associations(
    values: dict[str, Series], treatment: str | None, outcome: str | None, max_lag: int
) -> list[Association]:
    """Every variable with the outcome and with the exposure at lags 0 to `max_lag`, the earlier one first."""
    pairs = [(name, target) for target in (outcome, treatment) if target for name in values if name != target]
    pairs += [(outcome, treatment)] if outcome and treatment and (outcome, treatment) not in pairs else []
    found = []
    for first, second in dict.fromkeys(pairs):
        for lag in range(max_lag + 1):
            rho, count = lagged(values[first], values[second], lag)
            found.append(Association(first=first, second=second, lag=lag, correlation=_rounded(rho), pairs=count))
    return found


def _mean(values: Series) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)
