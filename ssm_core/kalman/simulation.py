"""Paths of a model: drawn from it, and drawn from it given data (simulation smoother)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from ssm_core.kalman.disturbances import smoothed_means
from ssm_core.kalman.factors import factor
from ssm_core.kalman.linear_gaussian import LinearGaussian, Step, steps


class Shocks(NamedTuple):
    """Standard normal numbers, all that is random in a path.

    Attributes:
        start: for the first state.
        process: for the moves; entry 0 is not used.
        measurement: for the observations.
    """

    start: Float[Array, " state"]
    process: Float[Array, "time state"]
    measurement: Float[Array, "time series"]


class Path(NamedTuple):
    """States and observations of one path."""

    s: Float[Array, "time state"]
    y: Float[Array, "time series"]


def draw_shocks(key: Key[Array, ""], model: LinearGaussian) -> Shocks:
    """Independent standard normal numbers of the shapes that a model needs."""
    key_start, key_process, key_measurement = jax.random.split(key, 3)
    return Shocks(
        start=jax.random.normal(key_start, model.m.shape),
        process=jax.random.normal(key_process, model.b.shape),
        measurement=jax.random.normal(key_measurement, model.d.shape),
    )


def path(model: LinearGaussian, shocks: Shocks) -> Path:
    """`s_0 = m + L e_0`, `s_t = F_t s_{t-1} + b_t + Lq_t e_t`, `y_t = H_t s_t + d_t + sqrt(R_t) e'_t`.

    The diffuse part of a start plays no role here: its directions are set to zero.
    """

    def step(s: Float[Array, " state"], now: tuple[Step, Array, Array]) -> tuple[Array, Array]:
        move, Lq, shock = now
        s = (move.F * s[None, :]).sum(1) + move.b + (Lq * shock[None, :]).sum(1)
        return s, s

    moves = steps(model)
    first = model.m + (factor(model.P) * shocks.start[None, :]).sum(1)
    _, s = jax.lax.scan(step, first, (moves, jax.vmap(factor)(moves.Q), shocks.process))
    y = (moves.H * s[:, None, :]).sum(-1) + moves.d + jnp.sqrt(moves.R) * shocks.measurement
    return Path(s, y)


def simulate(key: Key[Array, ""], model: LinearGaussian) -> Path:
    """Draw states and observations from a model.

    Raises:
        ValueError: if the start is diffuse, as there is no such distribution to draw from.
    """
    if model.Pinf is not None:
        raise ValueError("a path can only be drawn from a proper start, got a diffuse part Pinf: set it to None")
    return path(model, draw_shocks(key, model))


def conditional_path(
    model: LinearGaussian, y: Float[Array, "time series"], shocks: Shocks
) -> Float[Array, "time state"]:
    """`s+ + E[s | y - y+]`, where `(s+, y+)` is a path of the model without its known terms.

    The result is affine in the shocks, and with standard normal shocks it is an exact draw from `p(s_0..s_T | y)`.
    Source: Durbin & Koopman (2002), Biometrika 89, section 2; (2012), section 4.9.2.
    """
    known = (model.m, model.b, model.d)
    without = model._replace(**dict(zip(("m", "b", "d"), jax.tree.map(jnp.zeros_like, known), strict=True)))
    drawn = path(without, shocks)
    return drawn.s + smoothed_means(model, y - drawn.y).m


def sample_states(
    key: Key[Array, ""], model: LinearGaussian, y: Float[Array, "time series"]
) -> Float[Array, "time state"]:
    """One joint draw of all states given the data; `vmap` over keys (and models) for more.

    Args:
        key: its random key.
        model: arrays of the model; `Q` and `R` may be singular, the start diffuse if the data resolve it.
        y: observations, NaN where not observed.
    """
    return conditional_path(model, y, draw_shocks(key, model))
