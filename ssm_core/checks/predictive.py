"""Does the fitted model predict each step from the steps before it?"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy import stats

from ssm_core.kalman.filter import Filtered, kalman_filter
from ssm_core.model.assembly import matrices_of, state_space
from ssm_core.model.design import Design
from ssm_core.model.structure import Structure


class OneStep(NamedTuple):
    """One-step-ahead prediction of one series, standardised units; NaN where there was none.

    Attributes:
        mean, sd: of the prediction.
        residual: observed minus predicted, over its standard deviation.
    """

    mean: Float[np.ndarray, " time"]
    sd: Float[np.ndarray, " time"]
    residual: Float[np.ndarray, " time"]


def one_step(structure: Structure, design: Design, theta: Float[np.ndarray, " parameter"], series: int) -> OneStep:
    """Predict a series step by step at one parameter vector (standardised).

    Steps that follow nothing (the first ones, or a step whose exposure is unknown) have no prediction.
    """

    @jax.jit
    def run(theta: Float[Array, " parameter"]) -> Filtered:
        return kalman_filter(state_space(structure, matrices_of(structure, theta), design), jnp.array(design.y))

    filtered = run(jnp.asarray(theta))
    sd = np.sqrt(np.asarray(filtered.variances)[:, series])
    innovation = np.asarray(filtered.innovations)[:, series]
    predicted = design.scored & ~np.isnan(innovation)
    mean = np.where(predicted, design.y[:, series] - innovation, np.nan)
    return OneStep(mean, np.where(predicted, sd, np.nan), np.where(predicted, innovation / sd, np.nan))


class Adequacy(NamedTuple):
    """Three plain checks of one-step residuals.

    Attributes:
        coverage: share of steps inside their 90 % prediction interval.
        autocorrelation: lag-one autocorrelation of the residuals.
        uniformity: p-value of the Kolmogorov-Smirnov test of the probability integral transform.
        steps: how many predictions there are.
    """

    coverage: float
    autocorrelation: float
    uniformity: float
    steps: int


def adequacy(residual: Float[np.ndarray, " time"]) -> Adequacy:
    """Coverage, leftover autocorrelation and calibration of standardised one-step residuals.

    Source: Durbin & Koopman (2012), section 2.12; Dawid (1984) for the probability integral transform.
    """
    present = residual[~np.isnan(residual)]
    if present.size < 3:
        return Adequacy(float("nan"), float("nan"), float("nan"), int(present.size))
    inside = float(np.mean(np.abs(present) < stats.norm.ppf(0.95)))
    pairs = ~np.isnan(residual[1:]) & ~np.isnan(residual[:-1])
    now, before = residual[1:][pairs], residual[:-1][pairs]
    varies = pairs.sum() > 2 and now.std() > 0 and before.std() > 0
    correlation = float(np.corrcoef(now, before)[0, 1]) if varies else 0.0
    return Adequacy(inside, correlation, float(stats.kstest(present, "norm").pvalue), int(present.size))
