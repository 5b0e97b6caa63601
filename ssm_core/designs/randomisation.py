"""Randomisation tests: what the assignment alone says of the effect, whatever the outcome's own dynamics."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.designs.assignment import Design, assignments

SEQUENCES = 4000
INSIDE = 0.1
"""Two-sided level of the interval by inversion: a 90 % interval."""
ROUNDING = 1e-9


class Randomisation(NamedTuple):
    """Outcome of a randomisation test.

    Attributes:
        p: two-sided: the share of all assignments with `|T*| >= |T|`; of drawn ones `(1 + #) / (1 + sequences)`.
        estimate: regression-adjusted difference at the lag, per unit of the exposure.
        low, high: 90 % interval by inversion for a constant effect; None where the assignments are too few for one.
        sequences: assignments that were looked at.
        exact: whether these are all that the design could have made.
    """

    p: float
    estimate: float
    low: float | None
    high: float | None
    sequences: int
    exact: bool


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
    effect at all the test is exact for any dynamics of the outcome. For an effect `tau` the same is done with
    `y - tau x`, adjusters held as they were: exact where the effect is `tau` at every step and is not carried over to
    later ones; where it is carried over through the outcome's own memory alone, an adjuster for the last outcome leaves
    the residuals `e_t` of `y_t = rho y_{t-1} + tau x_t + e_t`, which no assignment moves.

    Args:
        exposure: as assigned, NaN where unknown.
        outcome: NaN where unknown.
        adjusters: known on every step that counts, intercept included.
        lag: steps from exposure to outcome.
        design: how it was assigned.
        rng: source of assignments, where there are too many to look at all.
        sequences: how many are drawn then.

    Returns:
        None where the exposure does not vary beyond the adjusters.

    Raises:
        ValueError: an exposure that the design cannot have made.

    Source: Bojinov & Shephard (2019, JASA 114); Edgington & Onghena (2007); Rosenbaum (2002), section 2.5 (inversion).
    """
    made = assignments(exposure, design, rng, sequences)
    x, drawn = _before(exposure[None], lag)[0], _before(made.exposures, lag)
    usable: Bool[np.ndarray, " time"] = ~np.isnan(np.column_stack([x, outcome, adjusters])).any(axis=1)
    if usable.sum() <= adjusters.shape[1] + 2:
        return None
    left, values, _ = np.linalg.svd(adjusters[usable], full_matrices=False)
    basis = left[:, values > ROUNDING * values[0]]
    y, x, drawn = (_residual(values, basis) for values in (outcome[usable], x[usable], drawn[:, usable]))
    size = np.einsum("st,st->s", drawn, drawn)
    own, least = float(x @ x), ROUNDING * max(float(size.max()), 1e-300)
    if own <= least or own <= ROUNDING:
        return None
    scaled = np.where((size > least)[:, None], drawn / np.sqrt(np.maximum(size, least))[:, None], 0.0)
    estimate = float(x @ y) / own

    def p_of(effect: float) -> float:
        rest = y - effect * x
        statistic, others = abs(float(x @ rest)) / np.sqrt(own), np.abs(scaled @ rest)
        further = np.count_nonzero(others >= statistic - ROUNDING * float(np.sqrt(rest @ rest)))
        return float(further / len(scaled)) if made.exact else float((1 + further) / (1 + len(scaled)))

    spread = float(np.sqrt((y @ y) / max(y.size - 2, 1) / own))
    low, high = (_end(p_of, estimate, sign * spread) for sign in (-1.0, 1.0))
    return Randomisation(p_of(0.0), estimate, low, high, len(scaled), made.exact)


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
