"""Modes of a posterior: many starts climb side by side, what they reach is sorted by Laplace mass."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ssm_core.inference.density import LogPosterior, Points
from ssm_core.model.cells import SHARED, Mixture
from ssm_core.model.unconstrained import prior_draws

STEPS = 400
PROMISE = 1e-7
"""A climb has arrived when a Newton step promises less than this many nats."""
SHRINK = 0.7
SAME = 0.05
"""Two ends are one mode when their squared Mahalanobis distance is below this share of the dimension."""
DIFFERENCE = 1e-4


class Mode(NamedTuple):
    """A local maximum and the Gaussian that touches it.

    Attributes:
        x: where it is.
        value: log posterior there (up to the evidence).
        covariance: inverse of minus the Hessian.
        log_mass: `value + (p log 2 pi + log |covariance|) / 2`, the logarithm of the mass under it (Laplace).
        starts: how many climbs ended here.
    """

    x: Float[np.ndarray, " parameter"]
    value: float
    covariance: Float[np.ndarray, "parameter parameter"]
    log_mass: float
    starts: int


class NoModeError(RuntimeError):
    """No start has a finite log posterior, or no climb arrived anywhere."""


def starting_points(target: LogPosterior, rng: np.random.Generator, starts: int) -> Points:
    """The prior's centre first, then prior draws drawn towards it, in the unconstrained space."""
    draws = target.unconstrain(prior_draws(target.priors, rng, max(16 * starts, 512)))
    centre = np.median(draws, axis=1, keepdims=True)
    around = centre + SHRINK * (draws[:, : starts - 1] - centre)
    return np.concatenate([centre, around], axis=1)


def find_modes(target: LogPosterior, starts: Points, mixture: Mixture = SHARED) -> list[Mode]:
    """Climb from every start (BFGS, backtracking) and describe the distinct ends, largest Laplace mass first.

    Raises:
        NoModeError: every start is impossible under the model.
    """
    ends, values, arrived = _climb(target, starts, mixture)
    order = [int(i) for i in np.argsort(-values) if np.isfinite(values[i]) and arrived[i]]
    if not order:
        best = int(np.argmax(values))
        if not np.isfinite(values[best]):
            raise NoModeError("no parameter vector that was tried is possible under the model")
        order = [best]
    modes: list[Mode] = []
    waiting = order
    while waiting:
        first, *rest = waiting
        mode = _mode_at(target, ends[:, first], float(values[first]), mixture)
        same = [i for i in rest if _distance(mode, ends[:, i]) < SAME * target.dimension]
        modes.append(mode._replace(starts=1 + len(same)))
        waiting = [i for i in rest if i not in same]
    return sorted(modes, key=lambda mode: -mode.log_mass)


def _climb(
    target: LogPosterior, starts: Points, mixture: Mixture
) -> tuple[Points, Float[np.ndarray, " chain"], Bool[np.ndarray, " chain"]]:
    """BFGS from every start, each at its own pace; one call of the density serves all that are still under way."""
    p, chains = starts.shape
    x, (value, gradient) = starts.copy(), _value_and_gradient(target, starts, mixture)
    inverse = np.tile(np.eye(p), (chains, 1, 1))
    fresh = np.ones(chains, dtype=bool)  # no curvature seen yet
    direction, length = gradient.copy(), 1.0 / np.maximum(np.linalg.norm(gradient, axis=0), 1.0)
    arrived, running = np.zeros(chains, dtype=bool), np.isfinite(value)
    for _ in range(STEPS):
        now = np.flatnonzero(running)
        if now.size == 0:
            break
        trial = x[:, now] + length[now] * direction[:, now]
        trial_value, trial_gradient = _value_and_gradient(target, trial, mixture)
        slope = np.einsum("pi,pi->i", gradient[:, now], direction[:, now])
        better = trial_value >= value[now] + 1e-4 * length[now] * slope
        for k in np.flatnonzero(~better):
            length[now[k]] *= 0.25
        stuck = now[~better & (length[now] < 1e-10)]
        running[stuck], arrived[stuck] = False, slope[~better & (length[now] < 1e-10)] < 1e-3
        moved = now[better]
        if moved.size:
            step = trial[:, better] - x[:, moved]
            change = gradient[:, moved] - trial_gradient[:, better]
            _update(inverse, moved, step, change, fresh)
            x[:, moved], value[moved], gradient[:, moved] = (
                trial[:, better],
                trial_value[better],
                trial_gradient[:, better],
            )
            direction[:, moved] = np.einsum("ipq,qi->pi", inverse[moved], gradient[:, moved])
            length[moved] = 1.0
            promise = np.einsum("pi,pi->i", gradient[:, moved], direction[:, moved]) / 2
            done = moved[promise < PROMISE]
            running[done], arrived[done] = False, True
    return x, value, arrived


def _value_and_gradient(target: LogPosterior, x: Points, mixture: Mixture) -> tuple[np.ndarray, Points]:
    at = target(x, mixture)
    return at.value, at.gradient


def _update(
    inverse: Float[np.ndarray, "chain parameter parameter"],
    which: Int[np.ndarray, " moved"],
    step: Points,
    change: Points,
    fresh: Bool[np.ndarray, " chain"],
) -> None:
    """BFGS update of the inverse Hessians, in place. Source: Nocedal & Wright (2006), eqs. 6.17 and 6.20."""
    curvature = np.einsum("pi,pi->i", step, change)
    size = np.einsum("pi,pi->i", change, change)
    good = curvature > 1e-10 * np.sqrt(size * np.einsum("pi,pi->i", step, step))
    for k in np.flatnonzero(good):
        i, s, y = which[k], step[:, k], change[:, k]
        if fresh[i]:
            inverse[i] *= curvature[k] / size[k]
            fresh[i] = False
        Hy = inverse[i] @ y
        rho = 1.0 / curvature[k]
        inverse[i] += (1.0 + rho * (y @ Hy)) * rho * np.outer(s, s) - rho * (np.outer(Hy, s) + np.outer(s, Hy))


def _distance(mode: Mode, x: Float[np.ndarray, " parameter"]) -> float:
    apart = x - mode.x
    return float(apart @ np.linalg.solve(mode.covariance, apart))


def _mode_at(target: LogPosterior, x: Float[np.ndarray, " parameter"], value: float, mixture: Mixture) -> Mode:
    precision = -hessian(target, x, mixture)
    eigenvalues, vectors = np.linalg.eigh(precision)
    # a flat or rising direction (an end that is no true maximum) gets the width of a unit normal
    floor = 1e-10 * max(float(eigenvalues.max()), 1.0)
    eigenvalues = np.where(eigenvalues > floor, eigenvalues, 1.0)
    covariance = (vectors / eigenvalues) @ vectors.T
    log_mass = value + 0.5 * (x.size * np.log(2 * np.pi) - np.log(eigenvalues).sum())
    return Mode(x, value, covariance, float(log_mass), 1)


def hessian(
    target: LogPosterior, x: Float[np.ndarray, " parameter"], mixture: Mixture = SHARED
) -> Float[np.ndarray, "parameter parameter"]:
    """Second derivatives by central differences of the gradient, all in one call."""
    p = x.size
    shifts = DIFFERENCE * np.maximum(1.0, np.abs(x))
    points = x[:, None] + np.concatenate([np.diag(shifts), -np.diag(shifts)], axis=1)
    wide = Mixture(*(None if part is None else np.repeat(part[..., :1], 2 * p, axis=-1) for part in mixture))
    gradient = target(points, wide).gradient
    H = (gradient[:, :p] - gradient[:, p:]) / (2 * shifts)
    return (H + H.T) / 2
