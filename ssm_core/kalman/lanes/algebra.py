"""Small matrices of many chains side by side (chains are the last axis), in the form that XLA compiles best on a CPU.

Products are sums of scaled slices instead of dots: one vectorised kernel each, no library call. XLA would compute a
product again inside every kernel that reads it; `once` around the dear ones forbids that (faster to run and compile).
"""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

Values = Array | np.ndarray
"""What a compiled function takes: arrays of either library."""

once = lax.optimization_barrier


def apply(A: Float[Array, "i j chain"], b: Float[Array, "j *k chain"]) -> Float[Array, "i *k chain"]:
    """`A b` of each chain, for a vector or a matrix `b`."""
    wide = (slice(None), *(None,) * (b.ndim - 2))
    total = A[:, 0][wide] * b[0][None]
    for j in range(1, A.shape[1]):
        total = total + A[:, j][wide] * b[j][None]
    return total


def inner(a: Float[Array, "j chain"], b: Float[Array, "j chain"]) -> Float[Array, " chain"]:
    """`a'b` of each chain."""
    total = a[0] * b[0]
    for j in range(1, a.shape[0]):
        total = total + a[j] * b[j]
    return total


def outer(a: Float[Array, "i chain"], b: Float[Array, "j chain"]) -> Float[Array, "i j chain"]:
    """`a b'` of each chain."""
    return a[:, None] * b[None]


def turned(A: Float[Array, "i j chain"]) -> Float[Array, "j i chain"]:
    """`A'` of each chain."""
    return A.swapaxes(0, 1)


def get(rows: Float[Values, "row ..."], index: Int[Values, ""]) -> Float[Array, "..."]:
    """The row at an index that is known at run time (the last one if it is too large)."""
    return lax.dynamic_index_in_dim(rows, index, keepdims=False, allow_negative_indices=False)


def put(rows: Float[Array, "row ..."], index: Int[Values, ""], row: Float[Array, "..."]) -> Array:
    """Replace the row at an index that is known at run time."""
    return lax.dynamic_update_index_in_dim(rows, row, index, 0, allow_negative_indices=False)


def choose(bank: Float[Values, "entry ..."], entry: Int[Values, ""]) -> Float[Array, "..."]:
    """An entry of a bank that often has only one."""
    return bank[0] if bank.shape[0] == 1 else get(bank, entry)


def add(bank: Float[Array, "entry ..."], entry: Int[Values, ""], change: Float[Array, "..."]) -> Array:
    """Add to an entry of a bank that often has only one."""
    return bank + change[None] if bank.shape[0] == 1 else put(bank, entry, get(bank, entry) + change)


def rows_of(values: Float[Array, "time series ..."]) -> Float[Array, "cell ..."]:
    """Cells one below the other, step by step."""
    return jnp.reshape(values, (-1, *values.shape[2:]))
