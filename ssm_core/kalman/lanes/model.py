"""A state-space model of many chains as dense arrays, and the record that it is compared with."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from ssm_core.kalman.lanes.algebra import Values, get


class Model(NamedTuple):
    """Dense parameters (or derivatives by them), one per chain; `B` has a block of inputs for each regime.

    Attributes:
        F: transitions.
        Q: covariances of the process noise.
        B: effects of the inputs.
        H: loadings without those that are data.
        D: coefficients of the mean.
        R: variances of the measurement noise.
    """

    F: Float[Values, "regime state state chain"]
    Q: Float[Values, "noise state state chain"]
    B: Float[Values, "input state chain"]
    H: Float[Values, "series state chain"]
    D: Float[Values, "regressor series chain"]
    R: Float[Values, "series chain"]


class Record(NamedTuple):
    """A record padded in time; only the first `steps` rows count. An axis `some` is 1, or the number of chains.

    Attributes:
        steps: length of the record.
        u: inputs, zero outside the block of the step's regime and at step 0.
        x: regressors of the mean.
        z: loadings that are data, or None.
        y: observations, NaN where missing.
        scored: which steps count in the likelihood.
        known: variance of measurement that is known, or None.
        stretch: factors of the variance of measurement, or None.
        regime: transition into each step.
        noise: process noise into each step.
        m0: mean of the first state.
        P0: its covariance.
    """

    steps: Int[Array, ""] | np.int32
    u: Float[Values, "time input"]
    x: Float[Values, "time regressor"]
    z: Float[Values, "time series state 1"] | None
    y: Float[Values, "time series some"]
    scored: Bool[Values, "time 1 1"]
    known: Float[Values, "time series 1"] | None
    stretch: Float[Values, "time series chain"] | None
    regime: Int[Values, " time"]
    noise: Int[Values, " time"]
    m0: Float[Values, "state 1"]
    P0: Float[Values, "state state 1"]


def loading(model: Model, record: Record, i: Int[Array, ""], t: Int[Array, ""]) -> Float[Array, "state chain"]:
    """`h` of series `i` at step `t`."""
    h = get(model.H, i)
    return h if record.z is None else h + get(get(record.z, t), i)


def variances(model: Model, record: Record) -> Float[Array, "time series chain"]:
    """Variance of the measurement noise of each cell."""
    R = jnp.broadcast_to(model.R, (*record.y.shape[:2], model.R.shape[1]))
    R = R if record.stretch is None else R * record.stretch
    return R if record.known is None else R + record.known
