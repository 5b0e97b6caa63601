"""One-step predictions: each row of observations given the rows before it."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ssm_core.kalman import diffuse as unknown
from ssm_core.kalman.cell import Cell
from ssm_core.kalman.factors import product
from ssm_core.kalman.filter import Moments, predict, run, start
from ssm_core.kalman.linear_gaussian import LinearGaussian, Step, steps


class Predicted(NamedTuple):
    """`p(y_t | y_0..y_{t-1})`, jointly over the series of a row.

    Attributes:
        mean: predicted means.
        covariance: their covariances, measurement noise included (the proper part where not `known`).
        known: false where the prediction is still diffuse, that is, has infinite variance.
    """

    mean: Float[Array, "time series"]
    covariance: Float[Array, "time series series"]
    known: Bool[Array, "time series"]


def one_step_predictions(model: LinearGaussian, y: Float[Array, "time series"]) -> Predicted:
    """`mean = H (F m + b) + d`, `covariance = H (F P F' + Q) H' + R`, with the filtered moments of the step before.

    Rows of NaN appended to `y` (and to the model) are forecasts at growing distance.
    Source: Durbin & Koopman (2012), sections 4.3 and 4.11.
    """

    def keep(moments: Moments, _: list[Cell]) -> Moments:
        return moments

    filtered = run(model, y, keep)
    before = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b[:-1]]), start(model), filtered)
    return jax.vmap(_row)(before, steps(model))


def _row(moments: Moments, now: Step) -> Predicted:
    F, b, Q, H, d, R = now
    moved = predict(moments, F, b, Q)
    mean = (H * moved.m[None, :]).sum(1) + d
    covariance = product(product(H, moved.P), H.T) + jnp.diag(R)
    if moved.diffuse is None:
        return Predicted(mean, covariance, jnp.ones(len(d), bool))
    diffuse = moved.diffuse
    return Predicted(mean, covariance, ~jax.vmap(lambda h: unknown.gain(diffuse, h)[0])(H))
