"""What is still wholly unknown of the state: the exact diffuse start as a factor `A`."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ssm_core.kalman.factors import FACTOR_RESOLUTION, factor, product, row_norms


class Diffuse(NamedTuple):
    """The state is `proper part + A delta` with `delta ~ N(0, kappa I), kappa -> inf`.

    A factor instead of `Pinf = A A'` keeps directions apart whose scales differ by a factor 1e8 and more.

    Attributes:
        A: the directions that no observation has resolved.
        unresolved: the same directions had nothing ever been observed: the yardstick of what is rounding.
        left: how many directions remain; at zero, `A` is exactly zero.

    Source: Durbin & Koopman (2012), section 5.2; de Jong (1991).
    """

    A: Float[Array, "state direction"]
    unresolved: Float[Array, "state direction"]
    left: Int[Array, ""]


def start(Pinf: Float[Array, "state state"]) -> Diffuse:
    """All directions of `Pinf`."""
    A = factor(Pinf)
    return Diffuse(A, A, (A != 0.0).any(0).sum())


def move(diffuse: Diffuse, F: Float[Array, "state state"]) -> Diffuse:
    """`A <- F A`."""
    return diffuse._replace(A=product(F, diffuse.A), unresolved=product(F, diffuse.unresolved))


def gain(
    diffuse: Diffuse, h: Float[Array, " state"]
) -> tuple[Bool[Array, ""], Float[Array, " state"], Float[Array, ""]]:
    """Does `h's` contain an unknown direction? With `K = A A'h / Finf`, `Finf = |A'h|^2` (meaningless if it does not).

    `h's` counts as known when `|A'h|` is rounding of what it would be without any observation.
    """
    seen = (diffuse.A * h[:, None]).sum(0)
    Finf = (seen * seen).sum()
    full = (jnp.abs(h) * row_norms(diffuse.unresolved)).sum()
    unknown = (diffuse.left > 0) & (Finf > (FACTOR_RESOLUTION * full) ** 2)
    Finf = jnp.where(unknown, Finf, 1.0)
    return unknown, (diffuse.A * seen[None, :]).sum(1) / Finf, Finf


def resolve(diffuse: Diffuse, h: Float[Array, " state"], K: Float[Array, " state"], use: Bool[Array, ""]) -> Diffuse:
    """`A <- (I - K h') A`: one direction fewer."""
    left = diffuse.left - use.astype(diffuse.left.dtype)
    seen = (diffuse.A * h[:, None]).sum(0)
    A = diffuse.A - jnp.where(use, K, 0.0)[:, None] * seen[None, :]
    return diffuse._replace(A=jnp.where(left > 0, A, 0.0), left=left)
