"""Smoothed means of states and noises by one backward pass of vectors: no covariance is propagated."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ssm_core.kalman.cell import Cell
from ssm_core.kalman.factors import product
from ssm_core.kalman.filter import Moments, run
from ssm_core.kalman.linear_gaussian import LinearGaussian, Step, steps


class SmoothedMeans(NamedTuple):
    """Expected states and noises given all observations.

    Attributes:
        m: states.
        w: process noise; entry 0 is zero.
        v: measurement noise, zero where nothing was observed.
    """

    m: Float[Array, "time state"]
    w: Float[Array, "time state"]
    v: Float[Array, "time series"]


class Score(NamedTuple):
    """`E[s_t | y] = m_t + P_t r + A_t A_t' r_inf`, with the filter's moments of the same moment."""

    r: Float[Array, " state"]
    r_inf: Float[Array, " state"] | None


def smoothed_means(model: LinearGaussian, y: Float[Array, "time series"]) -> SmoothedMeans:
    """`r <- h v / S + (I - h K') r` over cells, `r <- F'r` over steps, backwards from `r = 0`.

    Source: Durbin & Koopman (2012), sections 4.5 (disturbances), 5.3 (diffuse start) and 6.4 (one cell at a time).
    """
    n = len(model.m)
    none = Score(jnp.zeros(n), None if model.Pinf is None else jnp.zeros(n))

    def step_back(score: Score, now: tuple[Step, Moments, list[Cell]]) -> tuple[Score, tuple[Array, Array]]:
        (F, _, Q, H, _, _), moments, cells = now
        m = moments.m + (moments.P * score.r[None, :]).sum(1)
        if moments.diffuse is not None and score.r_inf is not None:
            m = m + (product(moments.diffuse.A, moments.diffuse.A.T) * score.r_inf[None, :]).sum(1)
        for i in reversed(range(len(cells))):
            score = _before(score, cells[i], H[i])
        w = (Q * score.r[None, :]).sum(1)
        return jax.tree.map(lambda r: (F * r[:, None]).sum(0), score), (m, w)

    def keep(moments: Moments, cells: list[Cell]) -> tuple[Moments, list[Cell]]:
        return moments, cells

    _, (m, w) = jax.lax.scan(step_back, none, (steps(model), *run(model, y, keep)), reverse=True)
    v = y - model.d - (steps(model).H * m[:, None, :]).sum(-1)
    return SmoothedMeans(m, w, jnp.where(jnp.isnan(v), 0.0, v))


def _before(score: Score, cell: Cell, h: Float[Array, " state"]) -> Score:
    """The score as it stands before a cell was seen."""
    r, r_inf = score
    over_S = jnp.where(cell.proper, 1.0 / jnp.where(cell.proper, cell.S, 1.0), 0.0)
    proper = r + h * over_S * (cell.v - (cell.M * r).sum())
    if r_inf is None or cell.diffuse is None or cell.K0 is None or cell.Finf is None:
        return Score(proper, None)
    first = cell.diffuse & cell.observed
    K1 = (cell.M - cell.K0 * cell.S) / cell.Finf  # the gain is K0 + K1 / kappa
    onward = r_inf - h * over_S * (cell.M * r_inf).sum()
    unknown = r_inf + h * (cell.v / cell.Finf - (cell.K0 * r_inf).sum() - (K1 * r).sum())
    return Score(jnp.where(first, r - h * (cell.K0 * r).sum(), proper), jnp.where(first, unknown, onward))
