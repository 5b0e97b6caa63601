"""Modes of a posterior: many starts climb side by side, what they reach is sorted by Laplace mass."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.inference.ascent import Climbs, Summit, newton, wide
from ssm_core.inference.density import LogPosterior, Points
from ssm_core.model.cells import SHARED, Mixture
from ssm_core.model.unconstrained import prior_draws

STEPS = 400
ENOUGH = 0.02
"""Climbs stop when a step promises less than this many nats; Newton's steps finish what is not a known mode."""
SHRINK = 0.7
SAME = 0.05
"""A point belongs to a mode when its squared Mahalanobis distance is below this share of the dimension."""


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
    """No start has a finite log posterior."""


def starting_points(target: LogPosterior, rng: np.random.Generator, starts: int) -> Points:
    """The prior's centre first, then prior draws drawn towards it, in the unconstrained space."""
    draws = target.unconstrain(prior_draws(target.priors, rng, max(16 * starts, 512)))
    centre = np.median(draws, axis=1, keepdims=True)
    around = centre + SHRINK * (draws[:, : starts - 1] - centre)
    return np.concatenate([centre, around], axis=1)


def find_modes(target: LogPosterior, starts: Points, mixture: Mixture = SHARED) -> list[Mode]:
    """Climb from every start and describe the distinct ends, largest Laplace mass first.

    The first possible start climbs by Newton's steps; the curvature where it arrives is the metric in which all others
    climb. One that comes as near to that mode as its end would have to counts as arrived there.

    Raises:
        NoModeError: every start is impossible under the model.
    """
    possible = np.flatnonzero(np.isfinite(target(starts, wide(mixture, starts.shape[1])).value))
    if possible.size == 0:
        raise NoModeError("no parameter vector that was tried is possible under the model")
    found = [_Found(newton(target, starts[:, possible[0]], mixture))]
    climbs = Climbs(target, starts[:, possible[1:]], found[0].mode.covariance, mixture)
    for _ in range(STEPS):
        if not climbs.running.any():
            break
        moved = climbs.step()
        there = found[0].owns(climbs.x[:, moved], climbs.value[moved]) | (climbs.promise[moved] < ENOUGH)
        climbs.running[moved[there]] = False
    for end in np.argsort(-climbs.value, kind="stable"):
        if np.isfinite(climbs.value[end]):
            _file(target, climbs.x[:, end], climbs.value[end], mixture, found)
    return sorted((one.mode._replace(starts=one.starts) for one in found), key=lambda mode: -mode.log_mass)


class _Found:
    """A mode and the climbs that ended there."""

    def __init__(self, summit: Summit) -> None:
        self.mode, self.starts = _mode_of(summit), 1
        self._precision = np.linalg.inv(self.mode.covariance)

    def owns(self, x: Points, value: Float[np.ndarray, " chain"]) -> Bool[np.ndarray, " chain"]:
        """Near the mode in its own metric, and about as high as its Gaussian is there."""
        apart = x - self.mode.x[:, None]
        distance = (apart * (self._precision @ apart)).sum(axis=0)
        return (distance < SAME * len(x)) & (np.abs(self.mode.value - distance / 2 - value) < 0.5)


def _file(
    target: LogPosterior, x: Float[np.ndarray, " parameter"], value: np.floating, mixture: Mixture, found: list[_Found]
) -> None:
    """Count an end with the mode it belongs to, if need be after Newton's steps, or add a mode."""
    owner = _owner(found, x, float(value))
    if owner is None:
        new = _Found(newton(target, x, mixture))
        owner = _owner(found, new.mode.x, new.mode.value)
        if owner is None:
            found.append(new)
            return
    owner.starts += 1


def _owner(found: list[_Found], x: Float[np.ndarray, " parameter"], value: float) -> _Found | None:
    return next((one for one in found if one.owns(x[:, None], np.array([value]))[0]), None)


def _mode_of(summit: Summit) -> Mode:
    eigenvalues, vectors = np.linalg.eigh(summit.precision)
    # a flat or rising direction (an end that is no true maximum) gets the width of a unit normal, or less beside a
    # direction so steep that the covariance would not be positive definite in double precision
    floor = 1e-10 * max(float(eigenvalues.max()), 1.0)
    eigenvalues = np.where(eigenvalues > floor, eigenvalues, max(1.0, floor))
    covariance = (vectors / eigenvalues) @ vectors.T
    covariance = (covariance + covariance.T) / 2.0
    log_mass = summit.value + 0.5 * (summit.x.size * np.log(2 * np.pi) - np.log(eigenvalues).sum())
    return Mode(summit.x, summit.value, covariance, float(log_mass), 1)
