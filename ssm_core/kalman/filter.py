"""Kalman filter that takes one scalar observation at a time, with missing cells and an exact diffuse start."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ssm_core.kalman.linear_gaussian import LinearGaussian

LOG_2PI = 1.8378770664093453
DIFFUSE_TOLERANCE = 1e-9


class Moments(NamedTuple):
    """Mean and covariance of the state; `Pinf` is its diffuse part (None once and for all when proper)."""

    m: Float[Array, " state"]
    P: Float[Array, "state state"]
    Pinf: Float[Array, "state state"] | None


class Filtered(NamedTuple):
    """What the filter knows after each step.

    Attributes:
        log_likelihood: sum of the log densities of the observed cells, each given all cells before it.
        m: filtered means.
        P: filtered covariances.
        innovations: observed minus predicted, cell by cell (NaN where not observed).
        variances: predictive variances of those cells.
    """

    log_likelihood: Float[Array, ""]
    m: Float[Array, "time state"]
    P: Float[Array, "time state state"]
    innovations: Float[Array, "time series"]
    variances: Float[Array, "time series"]


def _product(a: Float[Array, "i j"], b: Float[Array, "j k"]) -> Float[Array, "i k"]:
    """Small matrix product as multiply-and-sum: XLA then fuses the whole step instead of calling a library."""
    return (a[:, :, None] * b[None, :, :]).sum(1)


def predict(
    moments: Moments, F: Float[Array, "state state"], b: Float[Array, " state"], Q: Float[Array, "state state"]
) -> Moments:
    """`m <- F m + b`, `P <- F P F' + Q`, `Pinf <- F Pinf F'`. Source: Durbin & Koopman (2012), eqs. 4.24, 5.6."""
    P = _product(_product(F, moments.P), F.T) + Q
    Pinf = None if moments.Pinf is None else _product(_product(F, moments.Pinf), F.T)
    return Moments((F * moments.m[None, :]).sum(1) + b, P, Pinf)


def update(
    moments: Moments,
    h: Float[Array, " state"],
    R: Float[Array, ""],
    y: Float[Array, ""],
    d: Float[Array, ""],
) -> tuple[Moments, Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
    """Condition on one scalar `y = h's + d + N(0, R)`; a NaN changes nothing.

    Returns:
        the moments, the log density of `y`, the innovation and its variance. While the observed direction is
        diffuse the log density is `-log(Finf) / 2`. Source: Durbin & Koopman (2012), sections 6.4 and 7.2.5.
    """
    observed = ~jnp.isnan(y)
    v = jnp.where(observed, y, 0.0) - d - (h * moments.m).sum()
    M = (moments.P * h[None, :]).sum(1)
    S = (h * M).sum() + R
    informative = S > 0.0
    S_safe = jnp.where(informative, S, 1.0)
    use = observed & informative
    proper = Moments(
        moments.m + jnp.where(use, v / S_safe, 0.0) * M,
        moments.P - jnp.where(use, 1.0 / S_safe, 0.0) * M[:, None] * M[None, :],
        moments.Pinf,
    )
    impossible = observed & ~informative & (jnp.abs(v) > 0.0)
    log_density = jnp.where(use, -0.5 * (LOG_2PI + jnp.log(S_safe) + v * v / S_safe), 0.0)
    log_density = jnp.where(impossible, -jnp.inf, log_density)
    if moments.Pinf is None:
        return proper, log_density, jnp.where(observed, v, jnp.nan), S
    Minf = (moments.Pinf * h[None, :]).sum(1)
    Finf = (h * Minf).sum()
    diffuse = Finf > DIFFUSE_TOLERANCE
    Finf_safe = jnp.where(diffuse, Finf, 1.0)
    K = Minf / Finf_safe
    cross = M[:, None] * K[None, :]
    unknown = Moments(
        moments.m + K * v,
        moments.P + S * K[:, None] * K[None, :] - cross - cross.T,
        moments.Pinf - Finf_safe * K[:, None] * K[None, :],
    )
    first = observed & diffuse
    # a direction that is still diffuse elsewhere keeps its diffuse part in the proper branch
    chosen = jax.tree.map(lambda a, b: jnp.where(first, a, b), unknown, proper)
    log_density = jnp.where(first, -0.5 * jnp.log(Finf_safe), log_density)
    return chosen, log_density, jnp.where(observed, v, jnp.nan), jnp.where(diffuse, jnp.inf, S)


def kalman_filter(model: LinearGaussian, y: Float[Array, "time series"]) -> Filtered:
    """`p(y) = prod_t prod_i p(y_ti | cells before)` of a model with diagonal measurement noise, exactly.

    Args:
        model: arrays of the model.
        y: observations, NaN where not observed.

    Source: Durbin & Koopman (2012), section 6.4 (univariate treatment) and chapter 5 (exact diffuse start).
    """

    def step(moments: Moments, now: tuple[Array, ...]) -> tuple[Moments, Filtered]:
        first, F, b, Q, d, y_t = now
        moved = predict(moments, F, b, Q)
        moments = jax.tree.map(lambda a, b: jnp.where(first, a, b), moments, moved)
        total, innovations, variances = jnp.zeros(()), [], []
        for i in range(model.H.shape[0]):
            moments, log_density, v, S = update(moments, model.H[i], model.R[i], y_t[i], d[i])
            total = total + log_density
            innovations.append(v)
            variances.append(S)
        return moments, Filtered(total, moments.m, moments.P, jnp.stack(innovations), jnp.stack(variances))

    first = jnp.arange(y.shape[0]) == 0
    start = Moments(model.m, model.P, model.Pinf)
    _, out = jax.lax.scan(step, start, (first, model.F, model.b, model.Q, model.d, y))
    return out._replace(log_likelihood=out.log_likelihood.sum())


def log_likelihood(model: LinearGaussian, y: Float[Array, "time series"]) -> Float[Array, ""]:
    """Log density of the observed cells under the model; see `kalman_filter`."""
    return kalman_filter(model, y).log_likelihood
