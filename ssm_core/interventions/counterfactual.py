"""What would have come without the intervention, forecast from the steps before it, and what it changed."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.checks.convergence import convergence_of
from ssm_core.interventions.sampler import Settings, default_prior, posterior_draws

FEWEST = 3


class Interval(NamedTuple):
    """Mean, standard deviation, 95 % and 90 % limits."""

    mean: float
    sd: float
    q025: float
    q05: float
    q95: float
    q975: float


class Impact(NamedTuple):
    """Actual minus forecast on the recorded steps after the intervention, as they were lived (noise included).

    Attributes:
        actual: mean of the outcome over these steps.
        forecast: of the same mean, had nothing happened.
        average, cumulative: mean and sum of actual minus forecast, outcome's unit.
        relative: the sum of the effect as a share of the sum of the forecast; no unit.
        pointwise: quantiles 2.5, 50, 97.5 % of the effect at each of these steps.
        tail: one-sided probability, under the forecast, of a sum at least as far out as the recorded one.
        inclusion: posterior probability that a column takes part.
        rhat: convergence of the average effect.
    """

    actual: float
    forecast: Interval
    average: Interval
    cumulative: Interval
    relative: Interval
    pointwise: Float[np.ndarray, "quantile step"]
    tail: float
    inclusion: Float[np.ndarray, " column"]
    rhat: float


def impact(
    y: Float[np.ndarray, " time"],
    covariates: Float[np.ndarray, "time column"],
    start: int,
    settings: Settings = Settings(),  # noqa: B008 - an immutable tuple
) -> Impact:
    """The counterfactual forecast of Brodersen et al. with the priors of their R package.

    `y_t = level_t + x_t' b + noise_t` is fitted to the steps before `start`, each column standardised by its own
    mean and spread there, and run on from the last of them with `x_t` as recorded. The effect is `y_t` minus a draw
    of that forecast.

    Args:
        y: outcome, NaN where missing.
        covariates: columns that the intervention does not change, without gaps; a constant is added to them.
        start: first step after the intervention.
        settings: length and seed of the sampler.

    Raises:
        ValueError: too few outcomes before or none after, an outcome or a column that is constant before, or a gap
            in a column.

    Source: Brodersen, Gallusser, Koehler, Remy & Scott (2015, Annals of Applied Statistics 9), sections 2 and 3.
    """
    _require(y, covariates, start)
    centre, spread = np.nanmean(y[:start]), np.nanstd(y[:start], ddof=1)
    before = covariates[:start]
    X = (covariates - before.mean(axis=0)) / before.std(axis=0, ddof=1)
    X = np.column_stack([np.ones(y.size), X]) if X.shape[1] else X
    z = (y[:start] - centre) / spread
    draws = posterior_draws(z, X[:start], default_prior(z, X), settings)
    rng = np.random.default_rng([settings.seed, 1])
    steps = rng.normal(size=(y.size - start, *draws.level.shape)) * draws.step_sd
    mean = draws.level + np.cumsum(steps, axis=0) + np.einsum("tj,dcj->tdc", X[start:], draws.coefficients)
    lived = mean + draws.noise_sd * rng.normal(size=mean.shape)
    recorded = ~np.isnan(y[start:])
    forecast = (centre + spread * lived)[recorded]
    return _summarised(y[start:][recorded], forecast, draws.included.mean(axis=(0, 1)))


def _require(y: Float[np.ndarray, " time"], covariates: Float[np.ndarray, "time column"], start: int) -> None:
    known = y[:start][~np.isnan(y[:start])]
    if known.size < FEWEST or np.ptp(known) == 0:
        raise ValueError(f"at least {FEWEST} outcomes before step {start} that are not all the same")
    if np.isnan(y[start:]).all():
        raise ValueError(f"at least one outcome from step {start} on")
    if np.isnan(covariates).any() or (np.ptp(covariates[:start], axis=0) == 0).any():
        raise ValueError("covariates without gaps that are not constant before the intervention")


def _summarised(
    actual: Float[np.ndarray, " step"],
    forecast: Float[np.ndarray, "step draw chain"],
    inclusion: Float[np.ndarray, " column"],
) -> Impact:
    effect = actual[:, None, None] - forecast
    average, total = effect.mean(axis=0), forecast.sum(axis=0)
    further = min(int((total >= actual.sum()).sum()), int((total <= actual.sum()).sum()))
    return Impact(
        actual=float(actual.mean()),
        forecast=_interval(forecast.mean(axis=0)),
        average=_interval(average),
        cumulative=_interval(effect.sum(axis=0)),
        relative=_interval(effect.sum(axis=0) / total),
        pointwise=np.quantile(effect, [0.025, 0.5, 0.975], axis=(1, 2)),
        tail=(further + 1) / (total.size + 1),
        inclusion=inclusion,
        rhat=convergence_of(average.T).rhat,
    )


def _interval(draws: Float[np.ndarray, "draw chain"]) -> Interval:
    limits = np.quantile(draws, [0.025, 0.05, 0.95, 0.975])
    return Interval(float(draws.mean()), float(draws.std(ddof=1)), *map(float, limits))
