"""Rauch-Tung-Striebel smoother: every state given the whole record."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ssm_core.kalman.backward import Backward, Known, backward
from ssm_core.kalman.cell import Cell
from ssm_core.kalman.factors import factor, gram, product
from ssm_core.kalman.filter import Moments, run
from ssm_core.kalman.linear_gaussian import LinearGaussian


class Smoothed(NamedTuple):
    """The states and the process noise given all observations.

    Attributes:
        m: means of the states.
        P: their covariances.
        lag_one: `Cov(s_t, s_{t-1})`; entry 0 is zero.
        w: means of the process noise; entry 0 is zero.
        W: its covariances; entry 0 is zero.
        Pinf: the diffuse part that the record leaves (None when the start is proper). Where it is not zero the variance
            is infinite and `m` and `P` are those of the proper part.
    """

    m: Float[Array, "time state"]
    P: Float[Array, "time state state"]
    lag_one: Float[Array, "time state state"]
    w: Float[Array, "time state"]
    W: Float[Array, "time state state"]
    Pinf: Float[Array, "time state state"] | None


class State(NamedTuple):
    """Smoothed moments of one step."""

    m: Float[Array, " state"]
    P: Float[Array, "state state"]
    Pinf: Float[Array, "state state"] | None


def kalman_smoother(model: LinearGaussian, y: Float[Array, "time series"]) -> Smoothed:
    """`s_{t-1} | y = G (s_t | y) + g + N(0, C)`: means, covariances and lag-one covariances, exactly.

    Every covariance is a sum of squares, `G P G' + C`; none is a difference.

    Args:
        model: arrays of the model; `Q`, `R` and predicted covariances may be singular, the start diffuse.
        y: observations, NaN where not observed.

    Source: Särkkä (2013), section 8.2; the lag-one covariance is Durbin & Koopman (2012), section 4.7.
    """

    def keep(moments: Moments, _: list[Cell]) -> Moments:
        return moments

    filtered = run(model, y, keep)
    A = None if filtered.diffuse is None else filtered.diffuse.A
    known = Known(filtered.m, jax.vmap(factor)(filtered.P, filtered.size), jnp.sqrt(filtered.size), filtered.diffuse)
    before = jax.tree.map(lambda a: a[:-1], known)
    laws = jax.vmap(backward)(before, model.F[1:], model.b[1:], jax.vmap(factor)(model.Q[1:]))
    last = State(filtered.m[-1], filtered.P[-1], None if A is None else gram(A[-1]))
    _, past = jax.lax.scan(_step_back, last, laws, reverse=True)
    states, noise, lag_one = past
    everything = jax.tree.map(lambda a, b: jnp.concatenate([a, b[None]]), states, last)
    n = len(model.m)
    none = jnp.zeros((1, n)), jnp.zeros((1, n, n))
    return Smoothed(
        m=everything.m,
        P=everything.P,
        lag_one=jnp.concatenate([none[1], lag_one]),
        w=jnp.concatenate([none[0], noise.m]),
        W=jnp.concatenate([none[1], noise.P]),
        Pinf=everything.Pinf,
    )


def _step_back(later: State, law: Backward) -> tuple[State, tuple[State, State, Float[Array, "state state"]]]:
    n = len(later.m)
    G = law.G
    m = (G * later.m[None, :]).sum(1) + law.g
    P = product(product(G, later.P), G.T) + gram(law.Z)
    Pinf = None
    if later.Pinf is not None and law.A is not None:
        Pinf = product(product(G, later.Pinf), G.T) + gram(law.A)
    state = State(m[:n], P[:n, :n], None if Pinf is None else Pinf[:n, :n])
    noise = State(m[n:], P[n:, n:], None if Pinf is None else Pinf[n:, n:])
    return state, (state, noise, product(later.P, G[:n].T))
