"""A regression whose columns may be out (spike) or in (slab): which are in, and with what coefficients."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.interventions.scales import ScalePrior, draw_scale, log_inside


class SpikeSlab(NamedTuple):
    """`b_j = 0` unless column j is in; `b_in | sd ~ Normal(0, sd^2 inverse(precision_in))`.

    Attributes:
        inclusion: prior probability that a column is in; 0 and 1 settle it.
        precision: of the slab, in units of `1 / sd^2`, of all columns.
        noise: prior of the residual standard deviation `sd`.

    Source: George & McCulloch (1997, Statistica Sinica 7), conjugate form; Scott & Varian (2014), section 3.2.
    """

    inclusion: Float[np.ndarray, " column"]
    precision: Float[np.ndarray, "column column"]
    noise: ScalePrior


class Moments(NamedTuple):
    """What a regression needs of its data.

    Attributes:
        rows: how many.
        xx: `X'X`.
        xy: `X'r`, one a chain.
        yy: `r'r`, one a chain.
    """

    rows: int
    xx: Float[np.ndarray, "column column"]
    xy: Float[np.ndarray, "chain column"]
    yy: Float[np.ndarray, " chain"]


class Coefficients(NamedTuple):
    """One draw a chain; a column that is out has coefficient zero."""

    included: Bool[np.ndarray, "chain column"]
    values: Float[np.ndarray, "chain column"]
    noise_sd: Float[np.ndarray, " chain"]


class _Within(NamedTuple):
    """The posterior within one choice of columns: `precision = L L'`, mean, sum of squares."""

    factor: Float[np.ndarray, "chain column column"]
    mean: Float[np.ndarray, "chain column"]
    squares: Float[np.ndarray, " chain"]


def log_weight(
    prior: SpikeSlab, data: Moments, included: Bool[np.ndarray, "chain column"]
) -> Float[np.ndarray, " chain"]:
    """`log p(included, r)` up to a constant, coefficients and residual standard deviation integrated out.

    `log p(included) + (log|W| - log|W + X'X|) / 2 - (N / 2) log S + log P(sd < limit | N, S)` over the columns that
    are in: `W` the prior precision, `N` prior size plus rows, `S = S_0 + r'r - m'(W + X'X) m`, `m` the mean.
    The last term belongs to the upper limit of the prior.
    """
    within, count = _within(prior, data, included), prior.noise.size + data.rows
    with np.errstate(divide="ignore"):
        chosen = np.where(included, np.log(prior.inclusion), np.log1p(-prior.inclusion)).sum(axis=-1)
    return (
        chosen
        + _half_log_determinant(np.linalg.cholesky(_only(prior.precision, included)))
        - _half_log_determinant(within.factor)
        - count / 2.0 * np.log(within.squares)
        + log_inside(count, within.squares, prior.noise.limit)
    )


def draw_included(
    prior: SpikeSlab, data: Moments, included: Bool[np.ndarray, "chain column"], rng: np.random.Generator
) -> Bool[np.ndarray, "chain column"]:
    """One Gibbs sweep over the columns that are open, in random order."""
    now = included.copy()
    for column in rng.permutation(np.flatnonzero((prior.inclusion > 0) & (prior.inclusion < 1))):
        inside, outside = now.copy(), now.copy()
        inside[:, column], outside[:, column] = True, False
        odds = log_weight(prior, data, inside) - log_weight(prior, data, outside)
        now[:, column] = rng.logistic(size=odds.shape) < odds
    return now


def draw_coefficients(
    prior: SpikeSlab, data: Moments, included: Bool[np.ndarray, "chain column"], rng: np.random.Generator
) -> Coefficients:
    """Residual standard deviation with the coefficients integrated out, then the coefficients given it."""
    within = _within(prior, data, included)
    noise_sd = draw_scale(prior.noise.size + data.rows, within.squares, prior.noise.limit, rng)
    spread = np.linalg.solve(np.swapaxes(within.factor, -1, -2), rng.normal(size=within.mean.shape)[..., None])[..., 0]
    values = np.where(included, within.mean + noise_sd[:, None] * spread, 0.0)
    return Coefficients(included, values, noise_sd)


def _within(prior: SpikeSlab, data: Moments, included: Bool[np.ndarray, "chain column"]) -> _Within:
    factor = np.linalg.cholesky(_only(prior.precision + data.xx, included))
    half = np.linalg.solve(factor, np.where(included, data.xy, 0.0)[..., None])
    mean = np.linalg.solve(np.swapaxes(factor, -1, -2), half)[..., 0]
    squares = prior.noise.squares + data.yy - (half[..., 0] ** 2).sum(axis=-1)
    return _Within(factor, mean, squares)


def _only(
    matrix: Float[np.ndarray, "column column"], included: Bool[np.ndarray, "chain column"]
) -> Float[np.ndarray, "chain column column"]:
    """The rows and columns that are in; the identity elsewhere, which changes neither determinant nor solution."""
    both = included[:, :, None] & included[:, None, :]
    return np.where(both, matrix, np.eye(len(matrix)))


def _half_log_determinant(factor: Float[np.ndarray, "chain column column"]) -> Float[np.ndarray, " chain"]:
    return np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
