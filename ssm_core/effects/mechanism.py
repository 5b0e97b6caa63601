"""Total effects: what later exposures do after an intervention on one, by the exposure's own fitted mechanism."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

MOST_WINDOWS = 60
"""Stretches of the record that are followed for a coded exposure; more add little to an average over them."""


class Cause(NamedTuple):
    """A recorded cause of the exposure: its effect on the index, `lag` steps later, per draw."""

    name: str
    lag: int
    coefficient: Float[np.ndarray, " draw"]


class Mechanism(NamedTuple):
    """`x_t = index_t + noise`, or one of two values by the sign of `index_t + noise` (`coded`).

    Attributes:
        index: on the record as it was; NaN where a cause was not recorded.
        noise: standard deviation around the index.
        causes: what the index answers to.
        exposure: as recorded.
        coded: whether only the sign counts.
    """

    index: Float[np.ndarray, "draw time"]
    noise: Float[np.ndarray, " draw"]
    causes: tuple[Cause, ...]
    exposure: Float[np.ndarray, " time"]
    coded: bool


def total_response(
    mechanism: Mechanism,
    responses: Mapping[str, Float[np.ndarray, "draw step"]],
    treatment: str,
    outcome: str,
    contrast: tuple[float, float],
    usable: Bool[np.ndarray, " time"],
    horizon: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "draw step"] | None:
    """Mean over stretches of the record of `y_{t+h}` had `x_t` been `b`, minus had it been `a`; later exposures follow.

    The noise of every recorded exposure is drawn given what was recorded (abduction; for a coded exposure a normal cut
    off at zero) and kept; both worlds then run from step t with the causes they would have had, which for a linear
    system are the recorded ones plus `sum_j R_j (x*_{s-j} - x_{s-j})`. For a linear mechanism this is the impulse
    response of the joint system, whatever the record.

    Args:
        mechanism: of the exposure.
        responses: `R`, of every cause that answers to the exposure and of the outcome, per unit of an exposure that is
            changed once, later ones held.
        treatment: name of the exposure among the causes.
        outcome: name of the outcome among the responses.
        contrast: `(a, b)`.
        usable: steps that may be a stretch's first.
        horizon: last step after it.
        rng: of the noise.

    Returns:
        None where no stretch of `horizon + 1` steps has all exposures and causes recorded.

    Source: Pearl (2009), section 7.1 (abduction, action, prediction).
    """
    starts = _starts(mechanism, usable, horizon, MOST_WINDOWS if mechanism.coded else 1)
    if starts.size == 0:
        return None
    window = starts[:, None] + np.arange(horizon + 1)
    recorded = mechanism.exposure[window]
    low, high = np.nanmin(mechanism.exposure), np.nanmax(mechanism.exposure)
    latent = _latent(mechanism, window, recorded, (low + high) / 2, rng)
    worlds = []
    for value in contrast:
        moved = np.zeros((*latent.shape[:2], horizon + 1))
        moved[..., 0] = value - recorded[:, 0]
        for h in range(1, horizon + 1):
            shift = _shift(mechanism, responses, treatment, moved, h)
            if mechanism.coded:
                now = np.where(latent[..., h] + shift > 0, high, low)
                moved[..., h] = now - recorded[:, h]
            else:
                moved[..., h] = shift
        worlds.append(moved)
    apart = (worlds[1] - worlds[0]).mean(axis=1)
    own = responses[outcome]
    return np.stack([(own[:, : h + 1] * apart[:, h::-1]).sum(axis=1) for h in range(horizon + 1)], axis=1)


def _starts(mechanism: Mechanism, usable: Bool[np.ndarray, " time"], horizon: int, most: int) -> np.ndarray:
    """First steps of stretches on which everything is known, thinned evenly; a linear mechanism needs one."""
    known = ~np.isnan(mechanism.exposure) & ~np.isnan(mechanism.index).any(axis=0)
    later = np.concatenate([[0], np.cumsum(known)])
    steps = np.arange(max(known.size - horizon, 0))
    whole = later[steps + horizon + 1] - later[steps + 1] == horizon
    starts = steps[whole & ~np.isnan(mechanism.exposure[steps]) & usable[steps]]
    return starts[np.linspace(0, starts.size - 1, min(starts.size, most)).astype(int)] if starts.size else starts


def _latent(
    mechanism: Mechanism,
    window: np.ndarray,
    recorded: Float[np.ndarray, "start step"],
    middle: float,
    rng: np.random.Generator,
) -> Float[np.ndarray, "draw start step"]:
    """Index plus noise behind every recorded exposure; only its place among the causes' shifts matters if not coded."""
    index = np.nan_to_num(mechanism.index[:, window])
    if not mechanism.coded:
        return index
    from scipy.special import log_ndtr, ndtri_exp  # noqa: PLC0415 - half a second, and only coded exposures need it

    side = np.where(recorded > middle, 1.0, -1.0)
    sd = mechanism.noise[:, None, None]
    error = -ndtri_exp(np.log(rng.random(index.shape)) + log_ndtr(side * index / sd))
    return index + side * sd * error


def _shift(
    mechanism: Mechanism,
    responses: Mapping[str, Float[np.ndarray, "draw step"]],
    treatment: str,
    moved: Float[np.ndarray, "draw start step"],
    h: int,
) -> Float[np.ndarray, "draw start"]:
    """How far the index has moved at step h, from how far exposures have moved before."""
    total = np.zeros(moved.shape[:2])
    for cause in mechanism.causes:
        at = h - cause.lag
        if at < 0 or (cause.lag == 0 and cause.name == treatment):
            continue
        if cause.name == treatment:
            total += cause.coefficient[:, None] * moved[..., at]
        elif cause.name in responses:
            own = responses[cause.name]
            for j in range(at + 1):
                total += (cause.coefficient * own[:, j])[:, None] * moved[..., at - j]
    return total
