"""Mixtures of Gaussians on the unconstrained scale: proposals that can be drawn from and evaluated."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.inference.density import Points
from ssm_core.inference.modes import Mode


class Gaussians(NamedTuple):
    """`q(x) = sum_k share_k N(x | centre_k, factor_k factor_k')`."""

    shares: Float[np.ndarray, " part"]
    centres: Float[np.ndarray, "part parameter"]
    factors: Float[np.ndarray, "part parameter parameter"]

    def draw(self, rng: np.random.Generator, draws: int) -> Points:
        """Draws, in proportion to the shares (systematically: only rounding is left to chance)."""
        edges = np.cumsum(self.shares)
        of = np.searchsorted(edges / edges[-1], (np.arange(draws) + rng.random()) / draws).clip(max=edges.size - 1)
        noise = rng.standard_normal((self.centres.shape[1], draws))
        out = np.empty_like(noise)
        for part, (centre, factor) in enumerate(zip(self.centres, self.factors, strict=True)):
            out[:, of == part] = centre[:, None] + factor @ noise[:, of == part]
        return out

    def log_parts(self, x: Points) -> Float[np.ndarray, "part draw"]:
        """`log share_k + log N(x | k)` of every part."""
        parts = []
        for share, centre, factor in zip(self.shares, self.centres, self.factors, strict=True):
            z = np.linalg.solve(factor, x - centre[:, None])
            constant = np.log(share) - np.log(np.diag(factor)).sum() - 0.5 * len(x) * np.log(2 * np.pi)
            parts.append(constant - 0.5 * np.square(z).sum(axis=0))
        return np.stack(parts)

    def log_density(self, x: Points) -> Float[np.ndarray, " draw"]:
        """`log q(x)`."""
        return np.logaddexp.reduce(self.log_parts(x), axis=0)


def touching(modes: Sequence[Mode]) -> Gaussians:
    """The Gaussians that touch the posterior at its modes, in proportion to the mass under each (Laplace)."""
    logs = np.array([mode.log_mass for mode in modes])
    shares = np.exp(logs - logs.max())
    keep = shares > 1e-12 * shares.sum()
    factors = [np.linalg.cholesky(mode.covariance) for mode, kept in zip(modes, keep, strict=True) if kept]
    centres = [mode.x for mode, kept in zip(modes, keep, strict=True) if kept]
    return Gaussians(shares[keep] / shares[keep].sum(), np.stack(centres), np.stack(factors))


def fitted(x: Points, first: Gaussians | None = None) -> Gaussians:
    """Gaussians with the moments of draws: one, or one for each part of `first`, to which draws are assigned softly.

    A part that too few draws belong to (less than two per parameter) stays as it is in `first`.
    """
    p = len(x)
    if first is None or first.shares.size == 1:
        return Gaussians(np.ones(1), x.mean(axis=1)[None], np.linalg.cholesky(np.cov(x, ddof=1).reshape(p, p))[None])
    parts = first.log_parts(x)
    belongs = np.exp(parts - np.logaddexp.reduce(parts, axis=0))
    numbers = belongs.sum(axis=1)
    centres, factors = first.centres.copy(), first.factors.copy()
    for k in np.flatnonzero(numbers > 2 * p):
        centres[k] = x @ belongs[k] / numbers[k]
        away = x - centres[k][:, None]
        factors[k] = np.linalg.cholesky((belongs[k] * away) @ away.T / numbers[k])
    shares = numbers + 1.0  # a part that was not seen keeps a little
    return Gaussians(shares / shares.sum(), centres, factors)
