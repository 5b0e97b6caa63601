"""Square roots `L` of covariances `L L'` that may be singular."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

EPSILON = 2.220446049250313e-16
VARIANCE_RESOLUTION = 16 * EPSILON
"""A variance below this share (per state) of what it was computed from is rounding, not knowledge."""
FACTOR_RESOLUTION = 1e-12
"""The same for a standard deviation that is computed from a factor."""


def product(a: Float[Array, "i j"], b: Float[Array, "j k"]) -> Float[Array, "i k"]:
    """Small matrix product as multiply-and-sum: XLA then fuses the whole step instead of calling a library."""
    return (a[:, :, None] * b[None, :, :]).sum(1)


def factor(P: Float[Array, "n n"], size: Float[Array, " n"] | None = None) -> Float[Array, "n n"]:
    """`L` with `L L' = P`, by Cholesky with complete pivoting that stops where only rounding is left.

    Args:
        P: a symmetric positive semi-definite matrix of any rank, in any units.
        size: the variances that `P` was computed from; what is rounding of them, or negative, is taken for zero.
            Without it `P` is taken at its word.

    Returns:
        a factor whose last `n - rank` columns are zero; it is triangular up to the order of its rows. Without `size`, a
        matrix that is not positive semi-definite gives NaN.

    Source: Higham (2002) Accuracy and Stability of Numerical Algorithms, section 10.3.
    """
    n = P.shape[0]
    checked = size is None
    size = jnp.diagonal(P) if size is None else size
    smallest = 4 * n * EPSILON * size

    def eliminate(k: int, state: tuple[Array, Array]) -> tuple[Array, Array]:
        rest, L = state
        left = jnp.diagonal(rest)
        i = jnp.argmax(jnp.where(left > smallest, left / jnp.where(size > 0.0, size, 1.0), 0.0))
        pivot = left[i]
        some = pivot > smallest[i]
        column = jnp.where(some, rest[:, i] / jnp.sqrt(jnp.where(some, pivot, 1.0)), 0.0)
        done = some & (jnp.arange(n) == i)
        rest = rest - column[:, None] * column[None, :]
        return jnp.where(done[:, None] | done[None, :], 0.0, rest), L.at[:, k].set(column)

    rest, L = jax.lax.fori_loop(0, n, eliminate, (P, jnp.zeros_like(P)))
    if not checked:
        return L
    spread = jnp.sqrt(jnp.maximum(size, 0.0))
    tolerance = 1e-10 * spread[:, None] * spread[None, :]
    return jnp.where((jnp.abs(rest) <= tolerance).all(), L, jnp.nan)


def compress(*factors: Float[Array, "n k"]) -> Float[Array, "n n"]:
    """Lower-triangular `L` with `L L' = sum_i L_i L_i'`, by the QR decomposition of the factors side by side.

    The sum is never formed, so that a small standard deviation survives beside a large one.
    Source: Kailath, Sayed & Hassibi (2000) Linear Estimation, section 12.1.
    """
    stacked = jnp.concatenate(factors, axis=1)
    return jnp.linalg.qr(stacked.T, mode="r").T


def gram(L: Float[Array, "n k"]) -> Float[Array, "n n"]:
    """`L L'`."""
    return product(L, L.T)


def row_norms(L: Float[Array, "n k"]) -> Float[Array, " n"]:
    """Standard deviations, the square roots of the diagonal of `L L'`."""
    return jnp.sqrt((L * L).sum(1))
