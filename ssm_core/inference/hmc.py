"""Hamiltonian Monte Carlo with many chains in lock step, in coordinates that a metric has made round."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.inference.density import Points

DIVERGENT = 1000.0
"""Energy error above which a trajectory counts as divergent (Stan's and NumPyro's figure)."""

MOST_STEPS = 1000
"""Leapfrog steps of a trajectory: where the step has shrunk to nothing (a density without a scale) it is cut off."""

Target = Callable[[Points], tuple[Float[np.ndarray, " chain"], Points]]


class Metric(NamedTuple):
    """`x = centre + factor z`; `z` is what the dynamics move, with unit masses.

    A lower triangular factor of the posterior covariance makes the target round in `z`.
    """

    centre: Float[np.ndarray, " parameter"]
    factor: Float[np.ndarray, "parameter parameter"]


class Position(NamedTuple):
    """Where every chain is: point, log density, gradient."""

    x: Points
    value: Float[np.ndarray, " chain"]
    gradient: Points


class Move(NamedTuple):
    """One transition of every chain.

    Attributes:
        position: after it.
        accepted: probability with which each proposal was accepted.
        diverged: whether its energy error was absurd.
        energy: Hamiltonian at the start of the trajectory.
        steps: leapfrog steps, each one gradient.
    """

    position: Position
    accepted: Float[np.ndarray, " chain"]
    diverged: Bool[np.ndarray, " chain"]
    energy: Float[np.ndarray, " chain"]
    steps: int


def metric_of(centre: Float[np.ndarray, " parameter"], covariance: Float[np.ndarray, "parameter parameter"]) -> Metric:
    """The metric of a covariance."""
    return Metric(centre, np.linalg.cholesky(covariance))


def transition(
    target: Target, now: Position, metric: Metric, step: float, length: float, rng: np.random.Generator
) -> Move:
    """Draw momenta, follow the dynamics for about `length` (in units of `z`), accept or stay.

    The step is jittered by 10 % and shared by all chains; the number of steps is `length / step`, rounded up, at
    most `MOST_STEPS`.
    Source: Neal (2011), sections 5.2-5.4; the linear change of variables is equivalent to a mass matrix.
    """
    step = step * (0.9 + 0.2 * rng.random())
    steps = min(max(1, int(np.ceil(length / step - 1e-9))), MOST_STEPS)
    momentum = rng.standard_normal(now.x.shape)
    energy = 0.5 * np.square(momentum).sum(axis=0) - now.value
    scaled = step * metric.factor
    kick = step * metric.factor.T
    x, value, gradient = now
    p = momentum + 0.5 * (kick @ gradient)
    for index in range(steps):
        x = x + scaled @ p
        value, gradient = target(x)
        p = p + (0.5 if index == steps - 1 else 1.0) * (kick @ gradient)
    with np.errstate(invalid="ignore", over="ignore"):
        error = 0.5 * np.square(p).sum(axis=0) - value - energy
    error = np.where(np.isfinite(error), error, np.inf)
    accepted = np.exp(-np.maximum(error, 0.0))
    take = rng.random(accepted.size) < accepted
    position = Position(
        np.where(take, x, now.x), np.where(take, value, now.value), np.where(take, gradient, now.gradient)
    )
    return Move(position, accepted, error > DIVERGENT, energy, steps)


class StepSize:
    """Dual averaging of the logarithm of the step towards a mean acceptance. Source: Hoffman & Gelman (2014), 3.2."""

    def __init__(self, first: float, goal: float) -> None:
        """Start from `first`; `goal` is the mean acceptance wanted."""
        self._goal, self._pull = goal, np.log(10.0 * first)
        self._error, self._mean, self._count = 0.0, np.log(first), 0
        self.now = first

    def learn(self, accepted: float) -> None:
        """One more transition."""
        self._count += 1
        weight = 1.0 / (self._count + 10)
        self._error = (1 - weight) * self._error + weight * (self._goal - accepted)
        log_step = self._pull - np.sqrt(self._count) / 0.05 * self._error
        decay = self._count**-0.75
        self._mean = decay * log_step + (1 - decay) * self._mean
        self.now = float(np.exp(log_step))

    @property
    def settled(self) -> float:
        """The averaged step."""
        return float(np.exp(self._mean))
