"""The log density of one cell given all cells before it, and what the smoothers need to know about the cell."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

LOG_2PI = 1.8378770664093453


class Cell(NamedTuple):
    """How one scalar observation `y = h's + d + N(0, R)` changed what is known of the state.

    At most one of `proper` and `diffuse` is true; with neither, the cell changed nothing (it is missing, or without
    noise and already known). The diffuse fields are None once and for all when the start is proper.

    Attributes:
        log_density: of `y`; while its direction is diffuse, `-log(Finf) / 2`.
        v: innovation (0 where missing).
        S: its variance; its finite part while diffuse.
        M: covariance of state and `h's` before the update.
        observed: not missing.
        proper: the state moved by `M v / S`.
        diffuse: the state moved by `K0 v`.
        K0: gain of the diffuse update.
        Finf: diffuse part of the innovation's variance.
    """

    log_density: Float[Array, ""]
    v: Float[Array, ""]
    S: Float[Array, ""]
    M: Float[Array, " state"]
    observed: Bool[Array, ""]
    proper: Bool[Array, ""]
    diffuse: Bool[Array, ""] | None = None
    K0: Float[Array, " state"] | None = None
    Finf: Float[Array, ""] | None = None

    @property
    def innovation(self) -> Float[Array, ""]:
        """Observed minus predicted, NaN where missing."""
        return jnp.where(self.observed, self.v, jnp.nan)

    @property
    def variance(self) -> Float[Array, ""]:
        """Variance of the innovation, infinite while its direction is diffuse."""
        return self.S if self.diffuse is None else jnp.where(self.diffuse, jnp.inf, self.S)


def log_density(
    v: Float[Array, ""],
    S: Float[Array, ""],
    observed: Bool[Array, ""],
    informative: Bool[Array, ""],
    slack: Float[Array, ""],
) -> Float[Array, ""]:
    """`log N(v; 0, S)`, zero where missing.

    A cell without noise that is already known (`informative` false) has density one if it is what was known up to
    `slack`, and is impossible (`-inf`) otherwise.
    """
    use = observed & informative
    S = jnp.where(use, S, 1.0)
    impossible = observed & ~informative & (jnp.abs(v) > slack)
    gaussian = jnp.where(use, -0.5 * (LOG_2PI + jnp.log(S) + v * v / S), 0.0)
    return jnp.where(impossible, -jnp.inf, gaussian)
