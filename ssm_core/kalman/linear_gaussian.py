"""The linear-Gaussian state-space model as arrays: what every algorithm here takes."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float


class LinearGaussian(NamedTuple):
    """A model with known matrices that may change from step to step.

    `s_0 ~ N(m, P + kappa Pinf), kappa -> inf`; `s_t = F_t s_{t-1} + b_t + N(0, Q_t)`;
    `y_t = H_t s_t + d_t + N(0, diag R_t)`.

    Entry 0 of `F`, `b`, `Q` is not used. A `NaN` in the data means "not observed".

    Attributes:
        m: mean of the first state.
        P: proper part of its covariance.
        Pinf: diffuse part of its covariance, or None when the first state is proper.
        F: transition matrices.
        b: known additions to the state (inputs).
        Q: covariances of the process noise, possibly singular.
        H: observation matrix, the same at all steps or one per step (coefficients that vary in time).
        d: known additions to the observations (mean function).
        R: variances of the measurement noise, one per observed series, or one per step and series (known errors).

    Source: Durbin & Koopman (2012), eqs. 3.1 and 5.2.
    """

    m: Float[Array, " state"]
    P: Float[Array, "state state"]
    Pinf: Float[Array, "state state"] | None
    F: Float[Array, "time state state"]
    b: Float[Array, "time state"]
    Q: Float[Array, "time state state"]
    H: Float[Array, "*time series state"]
    d: Float[Array, "time series"]
    R: Float[Array, "*time series"]


class Step(NamedTuple):
    """The matrices of one step; stacked along time they are what a recursion scans over."""

    F: Float[Array, "*time state state"]
    b: Float[Array, "*time state"]
    Q: Float[Array, "*time state state"]
    H: Float[Array, "*time series state"]
    d: Float[Array, "*time series"]
    R: Float[Array, "*time series"]


def steps(model: LinearGaussian) -> Step:
    """All steps of a model, with the move into step 0 replaced by "stay" (`F = I, b = 0, Q = 0`)."""
    length, n = model.b.shape
    series = model.d.shape[1]
    return Step(
        F=model.F.at[0].set(jnp.eye(n)),
        b=model.b.at[0].set(0.0),
        Q=model.Q.at[0].set(0.0),
        H=jnp.broadcast_to(model.H, (length, series, n)),
        d=model.d,
        R=jnp.broadcast_to(model.R, (length, series)),
    )
