"""The Kalman recursion of many chains side by side and its hand-written adjoint, as compiled JAX loops.

    s_0 ~ N(m0, P0),  s_t = F_t s_{t-1} + B_t u_t + N(0, Q_t),  y_ti = (h_i + z_ti)'s_t + D_i x_t + N(0, R_ti)

The derivation of the adjoint stands at the top of `ssm_core/native/recursion.hpp`. Differences here: matrices are
dense; filtered moments, `M = P h`, `v` and `S` are kept, so that going back an observation is undone (`P + K M'`,
`m - K v`) instead of made again. Loops over steps and series keep the program small; the number of steps is a run-time
value, so that records of the same padded length share one compiled program.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from ssm_core.kalman.cell import LOG_2PI
from ssm_core.kalman.lanes.algebra import add, apply, choose, get, inner, once, outer, put, rows_of, turned
from ssm_core.kalman.lanes.model import Model, Record, loading, variances


class Kept(NamedTuple):
    """What the way back needs: filtered moments of each step; `M = P h`, innovation and variance of each cell."""

    m: Float[Array, "time state chain"]
    P: Float[Array, "time state state chain"]
    M: Float[Array, "cell state chain"]
    v: Float[Array, "cell chain"]
    S: Float[Array, "cell chain"]


class Slopes(NamedTuple):
    """Derivatives that are carried back: by the moments, and sums by the matrices."""

    m: Float[Array, "state chain"]
    P: Float[Array, "state state chain"]
    F: Float[Array, "regime state state chain"]
    Q: Float[Array, "noise state state chain"]
    H: Float[Array, "series state chain"]


class Trace(NamedTuple):
    """Derivatives step by step: by the addition to the state, by the mean of each cell, by its variance."""

    b: Float[Array, "time state chain"]
    d: Float[Array, "cell chain"]
    R: Float[Array, "cell chain"]


ZERO = jnp.int32(0)


def forward(model: Model, record: Record) -> Kept:
    """All cells in order; cells that are missing leave the moments as they are.

    Source: Durbin & Koopman (2012), section 6.4.
    """
    (length, series), (n, lanes) = record.y.shape[:2], model.H.shape[1:]
    moves = jnp.tensordot(record.u, model.B, 1)
    y = rows_of(jnp.subtract(record.y, jnp.tensordot(record.x, model.D, 1)))
    R, observed = rows_of(variances(model, record)), rows_of(~jnp.isnan(record.y))

    def observe(t: Array, i: Array, m: Array, P: Array, kept: Kept) -> tuple[Array, Array, Kept]:
        cell = t * series + i
        h, use = loading(model, record, i, t), get(observed, cell)
        M = once(apply(P, h))
        S = inner(h, M) + get(R, cell)
        v = jnp.where(use, get(y, cell) - inner(h, m), 0.0)
        K = M * jnp.where(use, 1.0 / S, 0.0)[None]
        kept = kept._replace(M=put(kept.M, cell, M), v=put(kept.v, cell, v), S=put(kept.S, cell, S))
        return m + K * v[None], once(P - outer(K, M)), kept

    def step(t: Array, carry: tuple[Array, Array, Kept]) -> tuple[Array, Array, Kept]:
        m, P, kept = lax.fori_loop(ZERO, jnp.int32(series), lambda i, c: observe(t, i, *c), carry)
        kept = kept._replace(m=put(kept.m, t, m), P=put(kept.P, t, P))
        F = choose(model.F, get(record.regime, t + 1))
        Q = choose(model.Q, get(record.noise, t + 1))
        return apply(F, m) + get(moves, t + 1), once(apply(once(apply(F, P)), turned(F))) + Q, kept

    empty = Kept(
        m=jnp.zeros((length, n, lanes)),
        P=jnp.zeros((length, n, n, lanes)),
        M=jnp.zeros((length * series, n, lanes)),
        v=jnp.zeros((length * series, lanes)),
        S=jnp.zeros((length * series, lanes)),
    )
    start = jnp.broadcast_to(record.m0, (n, lanes)), jnp.broadcast_to(record.P0, (n, n, lanes)), empty
    return lax.fori_loop(ZERO, record.steps, step, start)[2]


def total(record: Record, kept: Kept) -> Float[Array, " chain"]:
    """Log-likelihood of the scored cells, `-inf` where a predictive variance is not positive or a number overflowed."""
    observed = ~jnp.isnan(record.y)
    counted = rows_of(observed & record.scored)
    value = -0.5 * jnp.where(counted, LOG_2PI + jnp.log(kept.S) + kept.v * kept.v / kept.S, 0.0).sum(0)
    impossible = (counted & ~(kept.S > 0.0)).any(0) | jnp.isnan(value)
    return jnp.where(impossible, -jnp.inf, value)


def backward(model: Model, record: Record, kept: Kept, free: bool) -> tuple[Slopes, Trace]:
    """Derivatives of the log-likelihood, by the adjoint of `forward`; those by `H` only if loadings are `free`."""
    (length, series), (n, lanes) = record.y.shape[:2], model.H.shape[1:]
    inverse = jnp.where(rows_of(~jnp.isnan(record.y)), 1.0 / kept.S, 0.0)
    gain = kept.v * inverse
    weight = rows_of(jnp.broadcast_to(record.scored, (length, series, 1)).astype(gain.dtype))
    by_mean, by_variance = weight * gain, 0.5 * weight * (gain * gain - inverse)

    def observe(t: Array, i: Array, m: Array, P: Array, to: Slopes, trace: Trace) -> tuple:
        cell = t * series + i
        h, M, g = loading(model, record, i, t), get(kept.M, cell), get(gain, cell)
        K = M * get(inverse, cell)[None]
        a = once(apply(to.P, K))
        along = inner(K, to.m)
        d = get(by_mean, cell) - along
        R = get(by_variance, cell) - along * g + inner(K, a)
        by_M = once(to.m * g[None] - 2.0 * a + R[None] * h)
        if free:
            m, P = m - M * g[None], once(P + outer(K, M))
            H = m * d[None] + M * R[None] + apply(P, by_M)
            to = to._replace(H=put(to.H, i, get(to.H, i) + H))
        half = 0.5 * outer(by_M, h)
        to = to._replace(m=to.m + h * d[None], P=once(to.P + half + turned(half)))
        return m, P, to, trace._replace(d=put(trace.d, cell, d), R=put(trace.R, cell, R))

    def predict(t: Array, m: Array, P: Array, to: Slopes) -> Slopes:
        regime, noise = get(record.regime, t + 1), get(record.noise, t + 1)
        F = choose(model.F, regime)
        PF = once(apply(to.P, F))
        by_F = outer(to.m, m) + 2.0 * apply(PF, P)
        return to._replace(
            m=apply(turned(F), to.m),
            P=once(apply(turned(F), PF)),
            F=once(add(to.F, regime, by_F)),
            Q=add(to.Q, noise, to.P),
        )

    def step(k: Array, carry: tuple[Slopes, Trace]) -> tuple[Slopes, Trace]:
        t, (to, trace) = record.steps - 1 - k, carry
        m, P = get(kept.m, t), get(kept.P, t)
        to = predict(t, m, P, to)
        last = jnp.int32(series - 1)
        _, _, to, trace = lax.fori_loop(
            ZERO, jnp.int32(series), lambda i, c: observe(t, last - i, *c), (m, P, to, trace)
        )
        return to, trace._replace(b=put(trace.b, t, to.m))

    slopes = Slopes(
        jnp.zeros((n, lanes)), jnp.zeros((n, n, lanes)), *(jnp.zeros_like(part) for part in (model.F, model.Q, model.H))
    )
    trace = Trace(jnp.zeros((length, n, lanes)), jnp.zeros_like(kept.v), jnp.zeros_like(kept.v))
    return lax.fori_loop(ZERO, record.steps, step, (slopes, trace))


@jax.jit
def innovations(model: Model, record: Record) -> tuple[Float[Array, " chain"], Array, Array]:
    """The log-likelihood; innovation and variance of each cell (any numbers where missing)."""
    kept = forward(model, record)
    shape = (*record.y.shape[:2], -1)
    return total(record, kept), kept.v.reshape(shape), kept.S.reshape(shape)


@partial(jax.jit, static_argnames="free")
def value_and_slopes(model: Model, record: Record, *, free: bool) -> tuple[Float[Array, " chain"], Model]:
    """The log-likelihood and its derivative by every entry of the model (zero by `H` unless it is `free`)."""
    kept = forward(model, record)
    slopes, trace = backward(model, record, kept, free)
    by_cell = trace.R.reshape(*record.y.shape[:2], -1)
    by_mean = trace.d.reshape(by_cell.shape)
    return total(record, kept), Model(
        F=slopes.F,
        Q=slopes.Q,
        B=jnp.tensordot(record.u, trace.b, (0, 0)),
        H=slopes.H,
        D=jnp.tensordot(record.x, by_mean, (0, 0)),
        R=(by_cell if record.stretch is None else by_cell * record.stretch).sum(0),
    )


@jax.jit
def smoothed(
    model: Model, record: Record
) -> tuple[Float[Array, "time state chain"], Float[Array, "time series chain"]]:
    """`E[s_t | y] = m + P r` with filtered moments; `u` such that `R u` is the mean of the noise. All cells count.

    Source: Durbin & Koopman (2012), sections 4.5 and 6.4.
    """
    series = record.y.shape[1]
    kept = forward(model, record)
    inverse = jnp.where(rows_of(~jnp.isnan(record.y)), 1.0 / kept.S, 0.0)

    def observe(t: Array, i: Array, r: Array, u: Array) -> tuple[Array, Array]:
        cell = t * series + i
        now = get(inverse, cell) * (get(kept.v, cell) - inner(get(kept.M, cell), r))
        return r + loading(model, record, i, t) * now[None], put(u, cell, now)

    def step(k: Array, carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        t, (r, state, u) = record.steps - 1 - k, carry
        r = apply(turned(choose(model.F, get(record.regime, t + 1))), r)
        state = put(state, t, get(kept.m, t) + apply(get(kept.P, t), r))
        last = jnp.int32(series - 1)
        r, u = lax.fori_loop(ZERO, jnp.int32(series), lambda i, c: observe(t, last - i, *c), (r, u))
        return r, state, u

    start = jnp.zeros_like(kept.m[0]), jnp.zeros_like(kept.m), jnp.zeros_like(kept.v)
    _, state, u = lax.fori_loop(ZERO, record.steps, step, start)
    return state, u.reshape(*record.y.shape[:2], -1)
