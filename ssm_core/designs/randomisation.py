"""Randomisation tests: what the assignment alone says of the effect, whatever the outcome's own dynamics."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

Kind = Literal["coin", "blocks", "periods"]
FEW = 2.33
"""Standard deviations below the switches of a coin."""
SEQUENCES = 4000
INSIDE = 0.1
"""Two-sided level of the interval by inversion: a 90 % interval."""


class Design(NamedTuple):
    """How the exposure was assigned.

    Attributes:
        kind: `coin` (each step for itself), `blocks` (shuffled within blocks of `block` steps), `periods` (whole runs).
        block: steps in a block; for `periods` not used.
    """

    kind: Kind
    block: int = 2


class Randomisation(NamedTuple):
    """Outcome of a randomisation test.

    Attributes:
        p: two-sided, `(1 + #{|T*| >= |T|}) / (1 + sequences)`.
        estimate: regression-adjusted difference at the lag, per unit of the exposure.
        low, high: interval by inversion for a constant effect; None where the data leave it open, and for blocks and
            periods at a lag: their assignments depend on one another, and what one carries over is then another's.
        sequences: assignments that were drawn.
    """

    p: float
    estimate: float
    low: float | None
    high: float | None
    sequences: int


def design_seen(exposure: Float[np.ndarray, " time"]) -> Design:
    """The design that an undeclared assignment looks like: periods, where there are far too few switches for a coin.

    The number of switches of `n` coin tosses of share `p` has mean `2 p (1 - p) (n - 1)` and about that variance.
    """
    known = exposure[~np.isnan(exposure)]
    on = known > known.mean() if known.size else known.astype(bool)
    share = float(on.mean()) if known.size else 0.0
    expected = 2 * share * (1 - share) * (known.size - 1)
    switches = int((on[1:] != on[:-1]).sum())
    return Design("periods" if switches < expected - FEW * np.sqrt(max(expected, 1e-9)) else "coin")


def reassigned(
    exposure: Float[np.ndarray, " time"], design: Design, rng: np.random.Generator, count: int
) -> Float[np.ndarray, "sequence time"]:
    """Assignments that the design could have drawn as well; unknown exposures stay unknown."""
    out = np.repeat(exposure[None], count, axis=0)
    known = np.flatnonzero(~np.isnan(exposure))
    match design.kind:
        case "coin":
            for row in out:
                row[known] = rng.permutation(exposure[known])
        case "blocks":
            for start in range(0, exposure.size, design.block):
                inside = known[(known >= start) & (known < start + design.block)]
                for row in out:
                    row[inside] = rng.permutation(exposure[inside])
        case "periods":
            lengths, values = runs_of(exposure[known])
            for row in out:
                order = rng.permutation(lengths.size)
                row[known] = np.repeat(values[order], lengths[order])
    return out


def runs_of(values: Float[np.ndarray, " time"]) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and values of the runs of equal values."""
    edges = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1], [True]]))
    return np.diff(edges), values[edges[:-1]]


def randomisation_test(
    exposure: Float[np.ndarray, " time"],
    outcome: Float[np.ndarray, " time"],
    adjusters: Float[np.ndarray, "time column"],
    lag: int,
    design: Design,
    rng: np.random.Generator,
    sequences: int = SEQUENCES,
) -> Randomisation | None:
    """`T = x' M y / sqrt(x' M x)`, `M` the residual maker of the adjusters, against its law over other assignments.

    The adjusters must not answer to the exposure at that lag (past outcomes, calendar). Under the hypothesis of no
    effect at all the test is exact for any dynamics of the outcome; for an effect `tau` the same is done with
    `y - tau x`, past outcomes held as they were, which is exact when each step is assigned for itself given the past.

    Args:
        exposure: as assigned, NaN where unknown.
        outcome: NaN where unknown.
        adjusters: known on every step that counts, intercept included.
        lag: steps from exposure to outcome.
        design: how it was assigned.
        rng: source of assignments.
        sequences: how many are drawn.

    Returns:
        None where the exposure does not vary beyond the adjusters.

    Source: Bojinov & Shephard (2019, JASA 114); Edgington & Onghena (2007).
    """
    drawn = reassigned(exposure, design, rng, sequences)
    x, drawn = _before(exposure[None], lag)[0], _before(drawn, lag)
    usable: Bool[np.ndarray, " time"] = ~np.isnan(np.column_stack([x, outcome, adjusters])).any(axis=1)
    usable &= ~np.isnan(drawn).any(axis=0)
    if usable.sum() <= adjusters.shape[1] + 2:
        return None
    basis, _ = np.linalg.qr(adjusters[usable])
    y, x, drawn = (_residual(values, basis) for values in (outcome[usable], x[usable], drawn[:, usable]))
    size = np.einsum("st,st->s", drawn, drawn)
    own = float(x @ x)
    if own <= 1e-10 or not np.any(size > 1e-10):
        return None
    keep = size > 1e-10
    scaled = drawn[keep] / np.sqrt(size[keep])[:, None]
    estimate = float(x @ y) / own

    def p_of(effect: float) -> float:
        left = y - effect * x
        statistic = abs(float(x @ left)) / np.sqrt(own)
        return float((1 + np.count_nonzero(np.abs(scaled @ left) >= statistic - 1e-12)) / (1 + keep.sum()))

    if lag > 0 and design.kind != "coin":
        return Randomisation(p_of(0.0), estimate, None, None, int(keep.sum()))
    spread = float(np.sqrt((y @ y) / max(y.size - 2, 1) / own))
    low, high = (_end(p_of, estimate, sign * spread) for sign in (-1.0, 1.0))
    return Randomisation(p_of(0.0), estimate, low, high, int(keep.sum()))


def _end(p_of: Callable[[float], float], estimate: float, step: float) -> float | None:
    """Where the p-value falls below the level, by doubling and bisection."""
    inside, outside = estimate, estimate + step
    for _ in range(8):
        if p_of(outside) < INSIDE:
            break
        inside, outside = outside, estimate + 2 * (outside - estimate)
    else:
        return None
    for _ in range(20):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if p_of(middle) < INSIDE else (middle, outside)
    return float(outside)


def _residual(
    values: Float[np.ndarray, "*row time"], basis: Float[np.ndarray, "time k"]
) -> Float[np.ndarray, "*row time"]:
    return values - (values @ basis) @ basis.T


def _before(values: Float[np.ndarray, "row time"], lag: int) -> Float[np.ndarray, "row time"]:
    return values if lag == 0 else np.concatenate([np.full((len(values), lag), np.nan), values[:, :-lag]], axis=1)
