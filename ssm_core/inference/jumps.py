"""Jumps between modes: independent proposals from the Gaussians that touch them."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from ssm_core.inference.density import Points
from ssm_core.inference.hmc import Position
from ssm_core.inference.modes import Mode

DF = 6.0
"""Tails of the proposal, heavier than Gaussian ones so that no chain stays stuck where the posterior is wider."""


def jump(
    evaluate: Callable[[Points], tuple[Float[np.ndarray, " chain"], Points]],
    now: Position,
    modes: list[Mode],
    rng: np.random.Generator,
) -> Position:
    """Metropolis-Hastings with the proposal `sum_k w_k t_df(mode_k, covariance_k)`, `w_k` the Laplace masses.

    Exact whatever the modes are: a poor proposal is only rejected more often. Source: Hastings (1970).
    """
    p, chains = now.x.shape
    factors = [np.linalg.cholesky(mode.covariance) for mode in modes]
    logs = np.array([mode.log_mass for mode in modes])
    shares = np.exp(logs - logs.max())
    shares = np.maximum(shares / shares.sum(), 0.02)  # a small mode is proposed now and then
    shares /= shares.sum()
    of = rng.choice(len(modes), size=chains, p=shares)
    stretch = np.sqrt(DF / rng.chisquare(DF, chains))
    noise = rng.standard_normal((p, chains)) * stretch
    proposal = np.stack([modes[k].x + factors[k] @ noise[:, i] for i, k in enumerate(of)], axis=1)
    value, gradient = evaluate(proposal)
    with np.errstate(invalid="ignore"):
        gain = (
            value
            - now.value
            + _log_density(now.x, modes, factors, shares)
            - _log_density(proposal, modes, factors, shares)
        )
    take = np.log(rng.random(chains)) < np.where(np.isnan(gain), -np.inf, gain)
    return Position(
        np.where(take, proposal, now.x), np.where(take, value, now.value), np.where(take, gradient, now.gradient)
    )


def _log_density(
    x: Points, modes: list[Mode], factors: list[np.ndarray], shares: Float[np.ndarray, " mode"]
) -> Float[np.ndarray, " chain"]:
    """Log density of the proposal, up to a constant."""
    p = len(x)
    parts = []
    for mode, factor, share in zip(modes, factors, shares, strict=True):
        z = np.linalg.solve(factor, x - mode.x[:, None])
        tail = np.log1p(np.square(z).sum(axis=0) / DF)
        parts.append(np.log(share) - np.log(np.diag(factor)).sum() - 0.5 * (DF + p) * tail)
    return np.logaddexp.reduce(parts, axis=0)
