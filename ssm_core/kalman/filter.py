"""Kalman filter that takes one scalar observation at a time, with missing cells and an exact diffuse start."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ssm_core.kalman import diffuse as unknown
from ssm_core.kalman.cell import LOG_2PI, Cell, log_density
from ssm_core.kalman.diffuse import Diffuse
from ssm_core.kalman.factors import VARIANCE_RESOLUTION, product
from ssm_core.kalman.linear_gaussian import LinearGaussian, Step, steps

__all__ = ["LOG_2PI", "Filtered", "Moments", "kalman_filter", "log_likelihood", "predict", "run", "update"]

SLACK = 1e-10
"""Relative rounding that a prediction of the mean may have collected."""


class Moments(NamedTuple):
    """What is known of the state.

    Attributes:
        m: mean.
        P: covariance (its proper part).
        size: the largest variance each state has had: the yardstick of what is rounding in `P`.
        diffuse: the directions that are wholly unknown (None once and for all when the start is proper).
    """

    m: Float[Array, " state"]
    P: Float[Array, "state state"]
    size: Float[Array, " state"]
    diffuse: Diffuse | None


class Filtered(NamedTuple):
    """What the filter knows after each step.

    Attributes:
        log_likelihood: sum of the log densities of the observed cells, each given all cells before it.
        m: filtered means.
        P: filtered covariances (their proper part).
        innovations: observed minus predicted, cell by cell (NaN where not observed).
        variances: predictive variances of those cells (infinite while diffuse).
        A: factor of the diffuse part that remains (None when the start is proper).
    """

    log_likelihood: Float[Array, ""]
    m: Float[Array, "time state"]
    P: Float[Array, "time state state"]
    innovations: Float[Array, "time series"]
    variances: Float[Array, "time series"]
    A: Float[Array, "time state direction"] | None = None


def start(model: LinearGaussian) -> Moments:
    """The first state before any observation."""
    diffuse = None if model.Pinf is None else unknown.start(model.Pinf)
    return Moments(model.m, model.P, jnp.diagonal(model.P), diffuse)


def predict(
    moments: Moments, F: Float[Array, "state state"], b: Float[Array, " state"], Q: Float[Array, "state state"]
) -> Moments:
    """`m <- F m + b`, `P <- F P F' + Q`, `A <- F A`. Source: Durbin & Koopman (2012), eqs. 4.24, 5.6."""
    P = product(product(F, moments.P), F.T) + Q
    diffuse = None if moments.diffuse is None else unknown.move(moments.diffuse, F)
    size = jnp.maximum(moments.size, jnp.diagonal(P))
    return Moments((F * moments.m[None, :]).sum(1) + b, P, size, diffuse)


def update(
    moments: Moments,
    h: Float[Array, " state"],
    R: Float[Array, ""],
    y: Float[Array, ""],
    d: Float[Array, ""],
) -> tuple[Moments, Cell]:
    """Condition on one scalar `y = h's + d + N(0, R)`; a NaN changes nothing.

    Covariances hold variances down to rounding of the largest one they were computed from, no further: without noise
    (`R = 0`) an innovation variance below that counts as zero, and a gain that would push variances below zero counts
    as none. `square_root` goes on where this ends.
    Source: Durbin & Koopman (2012), sections 6.4 and 7.2.5.
    """
    m, P, size, diffuse = moments
    observed = ~jnp.isnan(y)
    expected = (h * m).sum()
    v = jnp.where(observed, y - d - expected, 0.0)
    M = (P * h[None, :]).sum(1)
    signal = (h * M).sum()
    S = jnp.where(signal < 0.0, 0.0, signal) + R
    M = jnp.where(_possible(h, P, size, M, signal, S), M, 0.0)
    rounding = len(h) * VARIANCE_RESOLUTION * (h * h * size).sum()
    informative = (rounding < S) | (R > 0.0)
    slack = 10.0 * jnp.sqrt(rounding) + SLACK * (jnp.abs(y) + jnp.abs(d) + jnp.abs(h * m).sum())
    density = log_density(v, S, observed, informative, slack)
    use = observed & informative
    over_S = jnp.where(use, 1.0 / jnp.where(use, S, 1.0), 0.0)
    m_proper, P_proper = m + v * over_S * M, P - over_S * M[:, None] * M[None, :]
    if diffuse is None:
        return Moments(m_proper, P_proper, size, None), Cell(density, v, S, M, observed, use)
    some, K, Finf = unknown.gain(diffuse, h)
    first = observed & some
    cross = M[:, None] * K[None, :]
    P = jnp.where(first, P + S * K[:, None] * K[None, :] - cross - cross.T, P_proper)
    moved = Moments(
        m=jnp.where(first, m + K * v, m_proper),
        P=P,
        size=jnp.maximum(size, jnp.diagonal(P)),
        diffuse=unknown.resolve(diffuse, h, K, first),
    )
    density = jnp.where(first, -0.5 * jnp.log(Finf), density)
    return moved, Cell(density, v, S, M, observed, use & ~first, some, K, Finf)


def _possible(
    h: Float[Array, " state"],
    P: Float[Array, "state state"],
    size: Float[Array, " state"],
    M: Float[Array, " state"],
    signal: Float[Array, ""],
    S: Float[Array, ""],
) -> Bool[Array, ""]:
    """Is `M = P h` more than rounding?

    It is not when `h'Ph` vanishes beside its terms, nor when `M M'/S` would lower a variance by more than itself. With
    a noise `R` far below that rounding such an `M` would throw the state anywhere.
    """
    unit = len(h) * VARIANCE_RESOLUTION
    variances = jnp.maximum(jnp.diagonal(P), 0.0)
    limit = 4.0 * variances + unit * size
    return (signal > unit * (h * h * variances).sum()) & (limit * S >= M * M).all()


def run[Record](
    model: LinearGaussian, y: Float[Array, "time series"], record: Callable[[Moments, list[Cell]], Record]
) -> Record:
    """The recursion over all steps; `record` says what to keep of each, and what it keeps is stacked along time."""

    def step(moments: Moments, now: tuple[Step, Array]) -> tuple[Moments, Record]:
        (F, b, Q, H, d, R), y_t = now
        moments = predict(moments, F, b, Q)
        cells = []
        for i in range(y.shape[1]):
            moments, cell = update(moments, H[i], R[i], y_t[i], d[i])
            cells.append(cell)
        return moments, record(moments, cells)

    return jax.lax.scan(step, start(model), (steps(model), y))[1]


def kalman_filter(model: LinearGaussian, y: Float[Array, "time series"]) -> Filtered:
    """`p(y) = prod_t prod_i p(y_ti | cells before)` of a model with diagonal measurement noise, exactly.

    Args:
        model: arrays of the model.
        y: observations, NaN where not observed; rows of NaN at the end are forecasts.

    Source: Durbin & Koopman (2012), section 6.4 (univariate treatment) and chapter 5 (exact diffuse start).
    """

    def record(moments: Moments, cells: list[Cell]) -> Filtered:
        return Filtered(
            log_likelihood=jnp.stack([c.log_density for c in cells]).sum(),
            m=moments.m,
            P=moments.P,
            innovations=jnp.stack([c.innovation for c in cells]),
            variances=jnp.stack([c.variance for c in cells]),
            A=None if moments.diffuse is None else moments.diffuse.A,
        )

    out = run(model, y, record)
    return out._replace(log_likelihood=out.log_likelihood.sum())


def log_likelihood(model: LinearGaussian, y: Float[Array, "time series"]) -> Float[Array, ""]:
    """Log density of the observed cells under the model; see `kalman_filter`."""
    return kalman_filter(model, y).log_likelihood
