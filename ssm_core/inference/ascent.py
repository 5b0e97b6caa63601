"""Ways up a log posterior: Newton's with exact curvature from one point, BFGS from many points in lock step."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ssm_core.inference.density import LogPosterior, Points
from ssm_core.model.cells import SHARED, Mixture

PROMISE = 1e-7
"""A climb has arrived when a Newton step promises less than this many nats."""
DIFFERENCE = 1e-4
FARTHEST = 3.0
"""Longest first try of a step, per root of the dimension, in standard deviations of the metric."""

Square = Float[np.ndarray, "parameter parameter"]


class Summit(NamedTuple):
    """Where Newton's climb ended.

    Attributes:
        x, value: the point and the log posterior there.
        precision: minus the Hessian there.
        arrived: whether no step promises anything more.
    """

    x: Float[np.ndarray, " parameter"]
    value: float
    precision: Square
    arrived: bool


class Ends(NamedTuple):
    """Where the climbs from many starts ended, and whether each got as far as was asked."""

    x: Points
    value: Float[np.ndarray, " chain"]
    arrived: Bool[np.ndarray, " chain"]


def wide(mixture: Mixture, chains: int) -> Mixture:
    """The variables of the first chain for any number of chains."""
    return Mixture(*(None if part is None else np.repeat(part[..., :1], chains, axis=-1) for part in mixture))


def hessian(target: LogPosterior, x: Float[np.ndarray, " parameter"], mixture: Mixture = SHARED) -> Square:
    """Second derivatives by central differences of the gradient, all in one call."""
    p = x.size
    shifts = DIFFERENCE * np.maximum(1.0, np.abs(x))
    points = x[:, None] + np.concatenate([np.diag(shifts), -np.diag(shifts)], axis=1)
    gradient = target(points, wide(mixture, 2 * p)).gradient
    H = (gradient[:, :p] - gradient[:, p:]) / (2 * shifts)
    return (H + H.T) / 2


def newton(
    target: LogPosterior, x: Float[np.ndarray, " parameter"], mixture: Mixture = SHARED, steps: int = 60
) -> Summit:
    """Climb from one point along `|H|^-1 g`, eight lengths tried side by side.

    The absolute values of the eigenvalues make it leave saddles uphill (Dauphin et al. 2014); a Hessian costs `2 p`
    gradients, which in lock step are as cheap as a handful of single ones.
    """
    lengths = 0.4 ** np.arange(-1, 7)
    lengths[1] = 1.0
    eight = wide(mixture, lengths.size)
    at = target(x[:, None], wide(mixture, 1))
    value, gradient = float(at.value[0]), at.gradient[:, 0]
    precision = -hessian(target, x, mixture)
    for _ in range(steps):
        eigenvalues, vectors = np.linalg.eigh(precision)
        size = np.maximum(np.abs(eigenvalues), 1e-10 * max(float(np.abs(eigenvalues).max()), 1e-10))
        along = vectors.T @ gradient
        promise = 0.5 * float((along**2 / size).sum())
        if promise < PROMISE:
            return Summit(x, value, precision, arrived=True)
        # a step of more than a few standard deviations goes where this curvature says nothing any more
        scale = min(1.0, FARTHEST * np.sqrt(x.size / (2 * promise)))
        step = scale * (vectors @ (along / size))
        tried = target(x[:, None] + step[:, None] * lengths, eight)
        best = int(np.argmax(tried.value))
        if not tried.value[best] > value:
            return Summit(x, value, precision, arrived=promise < 1e-3)
        x, value, gradient = x + lengths[best] * step, float(tried.value[best]), tried.gradient[:, best]
        precision = -hessian(target, x, mixture)
    return Summit(x, value, precision, arrived=False)


class Climbs:
    """BFGS with backtracking from every start, each at its own pace; one call of the density serves all under way.

    `metric` is the first guess of the inverse curvature: with the covariance at one mode a climb takes a fifth of the
    gradients that it takes without.
    """

    def __init__(self, target: LogPosterior, starts: Points, metric: Square, mixture: Mixture = SHARED) -> None:
        """Evaluate the starts."""
        self._target, self._mixture = target, mixture
        at = target(starts, wide(mixture, starts.shape[1]))
        self.x, self.value, self._gradient = starts.copy(), at.value, at.gradient
        self._inverse = np.tile(metric, (starts.shape[1], 1, 1))
        self._direction, self._length = np.zeros_like(starts), np.ones(starts.shape[1])
        self.promise = np.full(starts.shape[1], np.inf)
        self.running = np.isfinite(self.value)
        self._aim(np.flatnonzero(self.running))

    def step(self) -> Int[np.ndarray, " moved"]:
        """One trial of every climb under way; returns those that moved."""
        now = np.flatnonzero(self.running)
        trial = self.x[:, now] + self._length[now] * self._direction[:, now]
        at = self._target(trial, wide(self._mixture, now.size))
        better = at.value >= self.value[now] + 2e-4 * self._length[now] * self.promise[now]
        worse, moved = now[~better], now[better]
        self._length[worse] *= 0.3
        self.running[worse[self._length[worse] < 1e-9]] = False
        if moved.size:
            self._learn(moved, trial[:, better] - self.x[:, moved], self._gradient[:, moved] - at.gradient[:, better])
            self.x[:, moved], self.value[moved] = trial[:, better], at.value[better]
            self._gradient[:, moved] = at.gradient[:, better]
            self._aim(moved)
        return moved

    def _aim(self, which: Int[np.ndarray, " chain"]) -> None:
        """The next direction, what it promises, and the first length to try."""
        self._direction[:, which] = np.einsum("ipq,qi->pi", self._inverse[which], self._gradient[:, which])
        self.promise[which] = 0.5 * (self._gradient[:, which] * self._direction[:, which]).sum(axis=0)
        self._length[which] = np.minimum(1.0, FARTHEST * np.sqrt(len(self.x) / (2 * self.promise[which] + 1e-300)))

    def _learn(self, which: Int[np.ndarray, " moved"], step: Points, change: Points) -> None:
        """BFGS update of the inverse curvatures. Source: Nocedal & Wright (2006), eq. 6.17."""
        curvature = (step * change).sum(axis=0)
        good = curvature > 1e-10 * np.sqrt(np.square(step).sum(axis=0) * np.square(change).sum(axis=0))
        which, s, y, curvature = which[good], step[:, good].T, change[:, good].T, curvature[good]
        Hy = np.einsum("ipq,iq->ip", self._inverse[which], y)
        outer = s[:, :, None] * Hy[:, None, :]
        ratio = (1.0 + (y * Hy).sum(axis=1) / curvature) / curvature
        self._inverse[which] += (
            ratio[:, None, None] * s[:, :, None] * s[:, None, :]
            - (outer + outer.transpose(0, 2, 1)) / curvature[:, None, None]
        )
