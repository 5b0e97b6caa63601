"""The linear-Gaussian state-space model as arrays: what every algorithm here takes."""

from typing import NamedTuple

from jaxtyping import Array, Float


class LinearGaussian(NamedTuple):
    """A model with known matrices that may change from step to step.

    `s_0 ~ N(m, P + kappa Pinf), kappa -> inf`; `s_t = F_t s_{t-1} + b_t + N(0, Q_t)`;
    `y_t = H s_t + d_t + N(0, diag R)`.

    Entry 0 of `F`, `b`, `Q` is not used. A `NaN` in the data means "not observed".

    Attributes:
        m: mean of the first state.
        P: proper part of its covariance.
        Pinf: diffuse part of its covariance, or None when the first state is proper.
        F: transition matrices.
        b: known additions to the state (inputs).
        Q: covariances of the process noise.
        H: observation matrix.
        d: known additions to the observations (mean function).
        R: variances of the measurement noise, one per observed series.

    Source: Durbin & Koopman (2012), eqs. 3.1 and 5.2.
    """

    m: Float[Array, " state"]
    P: Float[Array, "state state"]
    Pinf: Float[Array, "state state"] | None
    F: Float[Array, "time state state"]
    b: Float[Array, "time state"]
    Q: Float[Array, "time state state"]
    H: Float[Array, "series state"]
    d: Float[Array, "time series"]
    R: Float[Array, " series"]
