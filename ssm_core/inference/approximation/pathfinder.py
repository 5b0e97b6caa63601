"""Multi-path Pathfinder: Gaussians found along quasi-Newton paths, the best of each path mixed by importance."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ssm_core.inference.approximation.inverse import Batch, Factors, History
from ssm_core.inference.approximation.laplace import Preview
from ssm_core.inference.approximation.marginal import require_marginal
from ssm_core.inference.approximation.psis import smoothed
from ssm_core.inference.density import LogPosterior, Points
from ssm_core.inference.modes import NoModeError

FARTHEST = 3.0
"""Longest first try of a step, per root of the dimension, in standard deviations of the approximation."""


class Search(NamedTuple):
    """How the paths are walked.

    Attributes:
        history: steps that a path remembers (6 in the paper; more are needed where parameters are tied to each other,
            and cost little beside the likelihood).
        steps: most trials of a path.
        tried: draws from which the ELBO of each approximation is estimated (5 in the paper; the largest of noisy
            estimates is too large, and belongs to an approximation that is not the best).
        draws: draws from the best approximation of each path.
        enough: a path ends when a step promises less than this many nats.
    """

    history: int = 40
    steps: int = 400
    tried: int = 10
    draws: int = 500
    enough: float = 1e-4


SEARCH = Search()


class Pathfinder(NamedTuple):
    """The approximation.

    Attributes:
        preview: draws of all paths, weighted towards the posterior.
        elbo: largest one on every path (`-inf` for a path without an approximation; such paths have no draws).
        gradients, values: evaluations it took.
    """

    preview: Preview
    elbo: Float[np.ndarray, " path"]
    gradients: int
    values: int


class _Best:
    """The approximation with the largest ELBO on every path."""

    def __init__(self, paths: int, parameters: int) -> None:
        self.elbo = np.full(paths, -np.inf)
        self.mean = np.zeros((paths, parameters))
        self.factors: list[Factors | None] = [None] * paths

    def offer(
        self, which: Int[np.ndarray, " some"], mean: Batch, factors: Factors, gain: Float[np.ndarray, "some draw"]
    ) -> None:
        """Keep those that are better than what their paths had; `gain` is `log p - log q` of draws from each."""
        with np.errstate(invalid="ignore"):
            elbo = gain.mean(axis=1)
        for k in np.flatnonzero(np.isfinite(elbo) & (elbo > self.elbo[which])):
            path = which[k]
            self.elbo[path], self.mean[path] = elbo[k], mean[k]
            self.factors[path] = Factors(*(part[k : k + 1].copy() for part in factors))


def pathfinder(target: LogPosterior, starts: Points, rng: np.random.Generator, search: Search = SEARCH) -> Pathfinder:
    """Walk L-BFGS paths from all starts in lock step; on each take the Gaussian `N(x + Sigma g, Sigma)` nearest to `p`.

    "Nearest" is the largest Monte Carlo ELBO `mean(log p - log q)` over the iterates of the path. The draws of all
    paths are weighted by `p / mean_k q_k`, smoothed. (The paper divides by the density of the draw's own path alone;
    dividing by the mixture's is as exact, gives the evidence as well, and on the reference problem three times the
    effective draws: Owen & Zhou 2000.)
    Source: Zhang, Carpenter, Gelman & Vehtari (2022, JMLR 23), algorithms 1-4.

    Args:
        target: the posterior.
        starts: one column per path.
        rng: source of all draws.
        search: how.

    Raises:
        NotMarginalError: the model has auxiliary variables.
        NoModeError: no path has an approximation.
    """
    require_marginal(target, "Pathfinder's approximation")
    before, counted = target.evaluations, _Counted(target)
    best = _walk(counted, starts, rng, search)
    found = [(mean[None], factors) for mean, factors in zip(best.mean, best.factors, strict=True) if factors]
    if not found:
        raise NoModeError("no path has an approximation; every start is impossible or rises without end")
    x = np.concatenate([_draws(mean, factors, rng, search.draws)[0][0] for mean, factors in found], axis=1)
    log_q = np.logaddexp.reduce([factors.log_density(x - mean[..., None])[0] for mean, factors in found])
    preview = Preview(x, target.natural(x).T, smoothed(counted.value(x) - (log_q - np.log(len(found)))))
    return Pathfinder(preview, best.elbo, target.evaluations - before, counted.values)


class _Counted:
    """A target that counts its values too."""

    def __init__(self, target: LogPosterior) -> None:
        self.target, self.values = target, 0

    def value(self, x: Points) -> Float[np.ndarray, " chain"]:
        self.values += x.shape[1]
        return self.target.value(x)


def _draws(
    mean: Batch, factors: Factors, rng: np.random.Generator, draws: int
) -> tuple[Float[np.ndarray, "path parameter draw"], Float[np.ndarray, "path draw"]]:
    """Draws of every path's Gaussian and their log densities."""
    noise = rng.standard_normal((*mean.shape, draws))
    constant = factors.log_determinant[:, None] + mean.shape[1] * np.log(2 * np.pi)
    return mean[..., None] + factors.spread(noise), -0.5 * (constant + np.square(noise).sum(axis=1))


def _walk(counted: _Counted, starts: Points, rng: np.random.Generator, search: Search) -> _Best:
    target = counted.target
    p, paths = starts.shape
    history, best = History(paths, p, search.history, np.ones(p)), _Best(paths, p)
    at = target(starts)
    x, value, gradient = starts.copy(), at.value, at.gradient
    running, length = np.isfinite(value), np.ones(paths)
    direction, promise = np.zeros((p, paths)), np.full(paths, np.inf)
    moved = np.flatnonzero(running)
    for trial in range(search.steps):
        if moved.size:
            factors = history.factors(moved)
            direction[:, moved] = factors.times(gradient[:, moved].T).T
            promise[moved] = 0.5 * (gradient[:, moved] * direction[:, moved]).sum(axis=0)
            length[moved] = np.minimum(1.0, FARTHEST * np.sqrt(p / (2 * promise[moved] + 1e-300)))
            if trial > 0:
                _judge(counted, best, moved, (x + direction)[:, moved].T, factors, rng, search.tried)
            running[moved[~(promise[moved] > search.enough)]] = False
        now = np.flatnonzero(running)
        if now.size == 0:
            break
        tried = x[:, now] + length[now] * direction[:, now]
        at = target(tried)
        better = at.value >= value[now] + 2e-4 * length[now] * promise[now]
        length[now[~better]] *= 0.3
        running[now[~better & (length[now] < 1e-9)]] = False
        moved = now[better]
        history.learn(moved, tried[:, better] - x[:, moved], gradient[:, moved] - at.gradient[:, better])
        x[:, moved], value[moved], gradient[:, moved] = tried[:, better], at.value[better], at.gradient[:, better]
    return best


def _judge(
    counted: _Counted, best: _Best, which: Int[np.ndarray, " some"], mean: Batch,
    factors: Factors, rng: np.random.Generator, tried: int,
) -> None:  # fmt: skip
    """Estimate the ELBO of the approximations at the latest iterates and keep the best ones."""
    draws, log_q = _draws(mean, factors, rng, tried)
    log_p = counted.value(draws.transpose(1, 0, 2).reshape(mean.shape[1], -1)).reshape(log_q.shape)
    with np.errstate(invalid="ignore"):
        best.offer(which, mean, factors, log_p - log_q)
