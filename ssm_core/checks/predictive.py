"""Does the fitted model predict each step from the steps before it?"""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.inference.augmentation import augmentation_of
from ssm_core.inference.density import LogPosterior
from ssm_core.model.cells import SHARED, Mixture
from ssm_core.observations.registry import family_of

INSIDE = NormalDist().inv_cdf(0.95)
INDEX_SEED, INDEX_SWEEPS = 3, 30


class OneStep(NamedTuple):
    """One-step-ahead prediction of one series, standardised units; NaN where there was none.

    Attributes:
        mean, sd: of the prediction.
        residual: observed minus predicted, over its standard deviation.
    """

    mean: Float[np.ndarray, " time"]
    sd: Float[np.ndarray, " time"]
    residual: Float[np.ndarray, " time"]


def one_step(target: LogPosterior, theta: Float[np.ndarray, " parameter"], series: int) -> OneStep:
    """Predict a series step by step at one parameter vector (standardised).

    Steps that follow nothing (the first ones, or a step whose exposure is unknown) have no prediction. A family that is
    not Gaussian is predicted by its mean and variance; where only the sign of an index is seen, one draw of the index
    from its posterior stands for it (given such a draw the errors are standard normal under the model).
    """
    layout = target.assembly.layout
    cells, _ = target.assembly.cells(theta[:, None])
    mixture = _gaussian(target, theta)
    predicted = target.kernel.predict(cells, mixture)
    seen = layout.y if mixture.y is None else mixture.y[..., 0]
    sd = np.sqrt(predicted.variance[:, series, 0])
    innovation = predicted.innovation[:, series, 0]
    known = layout.scored & ~np.isnan(innovation)
    mean = np.where(known, seen[:, series] - innovation, np.nan)
    return OneStep(mean, np.where(known, sd, np.nan), np.where(known, innovation / sd, np.nan))


def _gaussian(target: LogPosterior, theta: Float[np.ndarray, " parameter"]) -> Mixture:
    families = [family_of(series.family, series.options) for series in target.spec.recorded]
    shape = (*target.assembly.layout.y.shape, 1)
    stretch = np.broadcast_to(np.array([family.spread for family in families])[None, :, None], shape)
    if any(family.is_index for family in families):
        gibbs, x = augmentation_of(target, 1, np.random.default_rng(INDEX_SEED)), target.unconstrain(theta[:, None])
        for _ in range(INDEX_SWEEPS):
            gibbs.draw(x)  # the parameters stay where they are: one Gibbs step after another given them
        return Mixture(gibbs.mixture.y, stretch)
    return SHARED if np.all(stretch == 1.0) else Mixture(stretch=stretch)


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
    from scipy import stats  # noqa: PLC0415 - a second of imports, wanted after sampling only

    present = residual[~np.isnan(residual)]
    if present.size < 3:
        return Adequacy(float("nan"), float("nan"), float("nan"), int(present.size))
    inside = float(np.mean(np.abs(present) < INSIDE))
    pairs = ~np.isnan(residual[1:]) & ~np.isnan(residual[:-1])
    now, before = residual[1:][pairs], residual[:-1][pairs]
    varies = pairs.sum() > 2 and now.std() > 0 and before.std() > 0
    correlation = float(np.corrcoef(now, before)[0, 1]) if varies else 0.0
    return Adequacy(inside, correlation, float(stats.kstest(present, "norm").pvalue), int(present.size))
