"""Square-root smoother: every state given the whole record, covariances as factors."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ssm_core.kalman.backward import Backward, Known, backward
from ssm_core.kalman.cell import Cell
from ssm_core.kalman.factors import compress, factor, gram, product
from ssm_core.kalman.linear_gaussian import LinearGaussian
from ssm_core.kalman.square_root import Root, run_roots


class RootSmoothed(NamedTuple):
    """The states and the process noise given all observations, `P = L L'`, `W = Lw Lw'`; see `smoother.Smoothed`."""

    m: Float[Array, "time state"]
    L: Float[Array, "time state state"]
    lag_one: Float[Array, "time state state"]
    w: Float[Array, "time state"]
    Lw: Float[Array, "time state state"]
    Pinf: Float[Array, "time state state"] | None


class RootState(NamedTuple):
    """Smoothed mean and factor of one step."""

    m: Float[Array, " state"]
    L: Float[Array, "state state"]
    Pinf: Float[Array, "state state"] | None


def square_root_smoother(model: LinearGaussian, y: Float[Array, "time series"]) -> RootSmoothed:
    """`L_{t-1} <- qr([G L_t, Z])`, the smoother on factors from end to end.

    Args:
        model: arrays of the model; `P`, `Q`, `R` and predicted covariances may be singular, the start diffuse.
        y: observations, NaN where not observed.

    Source: Park & Kailath (1995), square-root RTS smoothing; the backward law is `backward.backward`.
    """

    def keep(root: Root, _: list[Cell]) -> Known:
        return Known(root.m, root.L, root.size, root.diffuse)

    filtered = run_roots(model, y, keep)
    A = None if filtered.diffuse is None else filtered.diffuse.A
    before = jax.tree.map(lambda a: a[:-1], filtered)
    laws = jax.vmap(backward)(before, model.F[1:], model.b[1:], jax.vmap(factor)(model.Q[1:]))
    last = RootState(filtered.m[-1], filtered.L[-1], None if A is None else gram(A[-1]))
    _, (states, noise, lag_one) = jax.lax.scan(_step_back, last, laws, reverse=True)
    everything = jax.tree.map(lambda a, b: jnp.concatenate([a, b[None]]), states, last)
    n = len(model.m)
    none = jnp.zeros((1, n)), jnp.zeros((1, n, n))
    return RootSmoothed(
        m=everything.m,
        L=everything.L,
        lag_one=jnp.concatenate([none[1], lag_one]),
        w=jnp.concatenate([none[0], noise.m]),
        Lw=jnp.concatenate([none[1], noise.L]),
        Pinf=everything.Pinf,
    )


def _step_back(
    later: RootState, law: Backward
) -> tuple[RootState, tuple[RootState, RootState, Float[Array, "state state"]]]:
    n = len(later.m)
    G = law.G
    m = (G * later.m[None, :]).sum(1) + law.g
    GL = product(G, later.L)
    Pinf = None
    if later.Pinf is not None and law.A is not None:
        Pinf = product(product(G, later.Pinf), G.T) + gram(law.A)
    state = RootState(m[:n], compress(GL[:n], law.Z[:n]), None if Pinf is None else Pinf[:n, :n])
    noise = RootState(m[n:], compress(GL[n:], law.Z[n:]), None if Pinf is None else Pinf[n:, n:])
    return state, (state, noise, product(later.L, GL[:n].T))
