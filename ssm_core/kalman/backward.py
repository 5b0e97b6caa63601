"""Where the last step came from: the law of `(s_{t-1}, w_t)` given `s_t` and the data before step `t`."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ssm_core.kalman.diffuse import Diffuse
from ssm_core.kalman.factors import FACTOR_RESOLUTION, row_norms


class Backward(NamedTuple):
    """`(s_{t-1}, w_t) = G s_t + g + N(0, Z Z')`, and what stays wholly unknown of it, `A delta`.

    The first half of the rows is the state, the second the process noise. Conditioning takes the rows of
    `s_t = F s_{t-1} + b + w_t` one at a time as exact observations of `(s_{t-1}, w_t)`. A row that says nothing new is
    passed over, so that no predicted covariance is inverted: states that only remember and a singular `Q` need no care.

    Source: Rauch-Tung-Striebel (1965) as in Särkkä (2013), eq. 8.6; rows one at a time and diffuse directions as in
    Durbin & Koopman (2012), section 6.4.
    """

    G: Float[Array, "joint state"]
    g: Float[Array, " joint"]
    Z: Float[Array, "joint factor"]
    A: Float[Array, "joint direction"] | None


class Known(NamedTuple):
    """What the filter knows of one step: mean, factor, diffuse part, and the yardstick of what is rounding in `L`."""

    m: Float[Array, " state"]
    L: Float[Array, "state state"]
    size: Float[Array, " state"]
    diffuse: Diffuse | None


def backward(
    known: Known, F: Float[Array, "state state"], b: Float[Array, " state"], Lq: Float[Array, "state state"]
) -> Backward:
    """Condition `(s_{t-1}, w_t)` on `s_t`.

    Args:
        known: filtered `s_{t-1}`.
        F: transition into step `t`.
        b: known addition of step `t`.
        Lq: factor of the noise of step `t`.
    """
    n = len(b)
    m, L, size, diffuse = known
    H = jnp.concatenate([F, jnp.eye(n)], axis=1)
    none = jnp.zeros((n, n))
    Z = jnp.block([[L, none], [none, Lq]])
    rounding = FACTOR_RESOLUTION * jnp.concatenate([size, row_norms(Lq)])
    A = full = None
    if diffuse is not None:
        A = jnp.concatenate([diffuse.A, none])
        full = FACTOR_RESOLUTION * jnp.concatenate([row_norms(diffuse.unresolved), jnp.zeros(n)])

    def learn(i: int, law: Backward) -> Backward:
        h = H[i]
        K = _gain(law.Z, h, rounding)
        if law.A is not None and full is not None:
            unknown = _gain(law.A, h, full)
            K = jnp.where((unknown != 0.0).any(), unknown, K)
        new = (jnp.arange(n) == i) - (h[:, None] * law.G).sum(0)
        return Backward(
            G=law.G + K[:, None] * new[None, :],
            g=law.g - K * (b[i] + (h * law.g).sum()),
            Z=_without(law.Z, h, K),
            A=None if law.A is None else _without(law.A, h, K),
        )

    law = Backward(jnp.zeros((2 * n, n)), jnp.concatenate([m, jnp.zeros(n)]), Z, A)
    law = jax.lax.fori_loop(0, n, learn, law)
    if law.A is None or full is None:
        return law
    return law._replace(A=jnp.where((row_norms(law.A) > full)[:, None], law.A, 0.0))


def _gain(L: Float[Array, "n k"], h: Float[Array, " n"], rounding: Float[Array, " n"]) -> Float[Array, " n"]:
    """`L L'h / |L'h|^2`, or zero where `|L'h|` is rounding."""
    seen = (L * h[:, None]).sum(0)
    power = (seen * seen).sum()
    floor = (jnp.abs(h) * rounding).sum() ** 2
    some = power > floor
    return jnp.where(some, (L * seen[None, :]).sum(1) / jnp.where(some, power, 1.0), 0.0)


def _without(L: Float[Array, "n k"], h: Float[Array, " n"], K: Float[Array, " n"]) -> Float[Array, "n k"]:
    """`(I - K h') L`."""
    return L - K[:, None] * (L * h[:, None]).sum(0)[None, :]
