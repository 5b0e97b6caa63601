"""How much contrast a person's own history holds, and the plain difference it shows."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float


class Contrast(NamedTuple):
    """Steps on which exposure (at the lag of interest) and outcome were both recorded, by side.

    Attributes:
        exposed: whether a step is exposed (a continuous exposure: above its median).
        known: whether the exposure was recorded.
        usable: whether both were recorded.
        switches: changes of side between consecutive recorded exposures.
        longest_run: longest run of consecutive steps on the exposed side.
        longest_rest: longest run of consecutive recorded steps on the other side.
    """

    exposed: Bool[np.ndarray, " time"]
    known: Bool[np.ndarray, " time"]
    usable: Bool[np.ndarray, " time"]
    switches: int
    longest_run: int
    longest_rest: int = 0

    @property
    def n_exposed(self) -> int:
        """Usable exposed steps."""
        return int((self.exposed & self.usable).sum())

    @property
    def n_unexposed(self) -> int:
        """Usable unexposed steps."""
        return int((~self.exposed & self.usable).sum())


def lagged(values: Float[np.ndarray, " time"], lag: int) -> Float[np.ndarray, " time"]:
    """The value `lag` steps before each step, NaN before the record."""
    return values if lag == 0 else np.concatenate([np.full(lag, np.nan), values[:-lag]])


def contrast_of(
    exposure: Float[np.ndarray, " time"], outcome: Float[np.ndarray, " time"], lag: int, *, reversed_sides: bool = False
) -> Contrast:
    """Sides, usable steps, switches and runs of an exposure in a record.

    Args:
        exposure: the exposure, NaN where not recorded.
        outcome: the outcome, likewise.
        lag: steps from exposure to outcome.
        reversed_sides: the lower value is the one whose effect is asked for.
    """
    recorded = exposure[~np.isnan(exposure)]
    middle = _middle(recorded)
    before = lagged(exposure, lag)

    def on(values: Float[np.ndarray, " step"]) -> Bool[np.ndarray, " step"]:
        """Whether a recorded value counts as exposed."""
        return ~np.isnan(values) & ((values < middle) if reversed_sides else (values > middle))

    sides = on(recorded)
    return Contrast(
        exposed=on(before),
        known=~np.isnan(before),
        usable=~np.isnan(before) & ~np.isnan(outcome),
        switches=int(np.sum(sides[1:] != sides[:-1])),
        longest_run=_longest(on(exposure)),
        longest_rest=_longest(~np.isnan(exposure) & ~on(exposure)),
    )


def beginning_of(exposure: Float[np.ndarray, " time"]) -> int | None:
    """First step of the second value, where the recorded exposure has two and changes once; else None."""
    recorded = np.flatnonzero(~np.isnan(exposure))
    changes = recorded[1:][np.diff(exposure[recorded]) != 0]
    return int(changes[0]) if changes.size == 1 else None


class Since(NamedTuple):
    """How responses add up to the average since a single beginning.

    Attributes:
        weights: `w_h`, share of the steps averaged over that lie at least h steps after the beginning.
        steps: how many these are.
    """

    weights: Float[np.ndarray, " step"]
    steps: int


def since_beginning(exposure: Float[np.ndarray, " time"], usable: Bool[np.ndarray, " time"], lag: int) -> Since | None:
    """Weights with which the mean of `sum_{h <= t - beginning} response_h` is `sum_h w_h response_h`.

    The mean is over the usable steps t from `lag` after the beginning on. None without a single beginning or without
    such a step.
    """
    began = beginning_of(exposure)
    if began is None or not usable[began + lag :].any():
        return None
    after = np.flatnonzero(usable[began + lag :]) + lag
    return Since((after[:, None] >= np.arange(after[-1] + 1)).mean(axis=0), after.size)


def _longest(on: Bool[np.ndarray, " time"]) -> int:
    """Longest run of steps that are on."""
    run = longest = 0
    for now in on:
        run = run + 1 if now else 0
        longest = max(longest, run)
    return longest


def _middle(recorded: Float[np.ndarray, " time"]) -> float:
    """A value between the sides that no step has: next to the median, and never beyond all values."""
    values = np.unique(recorded)
    if values.size < 2:
        return float(values[0]) if values.size else 0.0
    above = int(np.clip(np.searchsorted(values, np.median(recorded), side="right"), 1, values.size - 1))
    return float(values[above - 1 : above + 1].mean())


class Naive(NamedTuple):
    """Difference of means per `size` of exposure, with Welch's standard error (None when it cannot be formed)."""

    mean: float | None
    se: float | None


def naive_difference(
    exposure: Float[np.ndarray, " time"], outcome: Float[np.ndarray, " time"], lag: int, size: float
) -> Naive:
    """What a reader would compute by hand: no time, no carry-over, no adjustment.

    Two-valued exposure: mean outcome at the higher value minus mean at the lower, times the sign of `size`.
    Otherwise: least-squares slope times `size`, with its ordinary standard error.
    """
    before = lagged(exposure, lag)
    usable = ~np.isnan(before) & ~np.isnan(outcome)
    x, y = before[usable], outcome[usable]
    values = np.unique(x)
    if values.size == 2:
        high, low = y[x == values[1]], y[x == values[0]]
        if min(high.size, low.size) < 2:
            return Naive(None, None)
        step = size / float(values[1] - values[0])
        se = np.sqrt(high.var(ddof=1) / high.size + low.var(ddof=1) / low.size)
        return Naive(float(high.mean() - low.mean()) * step, float(se) * abs(step))
    if values.size < 3 or x.size < 4:
        return Naive(None, None)
    centred = x - x.mean()
    slope = float((centred * y).sum() / (centred**2).sum())
    residual = y - y.mean() - slope * centred
    se = float(np.sqrt((residual**2).sum() / (x.size - 2) / (centred**2).sum()))
    return Naive(slope * size, se * abs(size))
