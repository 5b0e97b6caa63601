"""Local level plus spike-and-slab regression: priors by default, and draws from the posterior (Gibbs)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.interventions.level import LevelModel, LevelStart, draw_level
from ssm_core.interventions.scales import ScalePrior, draw_scale
from ssm_core.interventions.spike_slab import Moments, SpikeSlab, draw_coefficients, draw_included

LEVEL_SD, LEVEL_SIZE = 0.01, 32.0
EXPECTED_COLUMNS, EXPECTED_R2, NOISE_SIZE, NOISE_LIMIT = 3.0, 0.8, 50.0, 1.2
SLAB_WEIGHT, DIAGONAL = 0.01, 0.5
ALONE_SIZE = 0.01


class Prior(NamedTuple):
    """Of the model `y_t = level_t + x_t' b + noise_t`.

    Attributes:
        start: of the level.
        step: of the standard deviation of the level's steps.
        regression: of `b` and of the residual standard deviation.
    """

    start: LevelStart
    step: ScalePrior
    regression: SpikeSlab


class Settings(NamedTuple):
    """Chains side by side, sweeps that are thrown away, sweeps that are kept, seed."""

    chains: int = 64
    burn: int = 50
    draws: int = 150
    seed: int = 1


class Draws(NamedTuple):
    """Draws of everything that a forecast needs.

    Attributes:
        level: the level at the last step.
        step_sd: of the level's steps.
        noise_sd: of the residual.
        coefficients: zero where a column is out.
        included: which columns are in.
    """

    level: Float[np.ndarray, "draw chain"]
    step_sd: Float[np.ndarray, "draw chain"]
    noise_sd: Float[np.ndarray, "draw chain"]
    coefficients: Float[np.ndarray, "draw chain column"]
    included: Bool[np.ndarray, "draw chain column"]


def default_prior(y: Float[np.ndarray, " time"], X: Float[np.ndarray, "row column"]) -> Prior:
    """The defaults of the R packages CausalImpact 1.3 and bsts, for a record in any unit.

    Level: first value known up to one `sd(y)`; steps `0.01 sd(y)`, worth 32 observations, at most `sd(y)`.
    Regression: three columns expected in; residual variance `0.2 var(y)`, worth 50 observations, at most
    `(1.2 sd(y))^2`; slab precision worth 0.01 rows, `(X'X + diag(X'X)) / 2 / rows`. Without columns the residual
    standard deviation is guessed to be `sd(y)`, worth 0.01 observations, with the same limit.

    Args:
        y: outcome before the intervention, NaN where missing, at least two values that differ.
        X: columns of the whole record (that is what bsts is given), the constant included.

    Source: CausalImpact, `R/impact_model.R`; bsts, `AddLocalLevel`, `bsts`; BoomSpikeSlab, `SpikeSlabPrior`.
    """
    known = y[~np.isnan(y)]
    spread = float(known.std(ddof=1))
    xx = X.T @ X / max(len(X), 1)
    precision = SLAB_WEIGHT * ((1.0 - DIAGONAL) * xx + DIAGONAL * np.diag(np.diag(xx)))
    columns = X.shape[1]
    noise = (
        ScalePrior(np.sqrt(1.0 - EXPECTED_R2) * spread, NOISE_SIZE, NOISE_LIMIT * spread)
        if columns
        else ScalePrior(spread, ALONE_SIZE, NOISE_LIMIT * spread)
    )
    inclusion = np.full(columns, min(1.0, EXPECTED_COLUMNS / max(columns, 1)))
    return Prior(
        LevelStart(float(known[0]), spread),
        ScalePrior(LEVEL_SD * spread, LEVEL_SIZE, spread),
        SpikeSlab(inclusion, precision, noise),
    )


def posterior_draws(
    y: Float[np.ndarray, " time"], X: Float[np.ndarray, "time column"], prior: Prior, settings: Settings
) -> Draws:
    """Gibbs sweeps: columns, residual and coefficients given the level; the level; its steps' standard deviation.

    Args:
        y: outcome before the intervention, NaN where missing.
        X: columns of the same steps, without gaps.
        prior: see `default_prior`.
        settings: length and seed; the same seed gives the same draws.
    """
    rng, chains = np.random.default_rng(settings.seed), settings.chains
    known = ~np.isnan(y)
    x, seen, xx = X[known], y[known][:, None], X[known].T @ X[known]
    step = prior.step
    level = np.full((y.size, chains), seen.mean())
    step_sd = np.full(chains, step.guess)
    included = rng.random((chains, X.shape[1])) < prior.regression.inclusion
    kept = []
    for sweep in range(settings.burn + settings.draws):
        left = seen - level[known]
        moments = Moments(int(known.sum()), xx, (x.T @ left).T, (left**2).sum(axis=0))
        included = draw_included(prior.regression, moments, included, rng)
        _, coefficients, noise_sd = draw_coefficients(prior.regression, moments, included, rng)
        unexplained = y[:, None] - X @ coefficients.T
        level = draw_level(LevelModel(prior.start, noise_sd, step_sd), unexplained, rng)
        squares = step.squares + (np.diff(level, axis=0) ** 2).sum(axis=0)
        step_sd = draw_scale(step.size + y.size - 1, squares, step.limit, rng)
        if sweep >= settings.burn:
            kept.append((level[-1], step_sd, noise_sd, coefficients, included))
    return Draws(*(np.stack(part) for part in zip(*kept, strict=True)))
