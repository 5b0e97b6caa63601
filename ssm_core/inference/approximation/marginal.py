"""What a marginal likelihood needs beyond the density: no auxiliary variables, and a prior that integrates to one."""

import numpy as np

from ssm_core.inference.density import LogPosterior
from ssm_core.model.unconstrained import prior_draws
from ssm_core.observations.registry import family_of

DRAWS = 20_000
SEED = 20260101


class NotMarginalError(ValueError):
    """The likelihood of a model is not available without its auxiliary variables."""


def require_marginal(target: LogPosterior, purpose: str) -> None:
    """Refuse models whose observations are Gaussian only given auxiliary variables.

    Raises:
        NotMarginalError: such a series is in the model.
    """
    for series in target.spec.recorded:
        if family_of(series.family, series.options).auxiliary is not None:
            raise NotMarginalError(
                f"{purpose} of '{target.spec.graph}' needs its likelihood in closed form, but series '{series.name}' "
                f"is of family '{series.family}', which is Gaussian only given auxiliary variables"
            )


def log_stationary_share(target: LogPosterior) -> float:
    """`log P(stationary)` under the priors: the density is cut off there, so its prior integrates to this share.

    By simulation where the priors' bounds do not see to stationarity (standard error below 0.7 % / P), exactly 0
    where they do.

    Raises:
        ValueError: no draw from the priors is stationary.
    """
    if not target.assembly.structure.may_be_unstable:
        return 0.0
    theta = prior_draws(target.priors, np.random.default_rng(SEED), DRAWS)
    share = float(target.assembly.stationary(theta).mean())
    if share == 0.0:
        raise ValueError(f"no draw from the priors of '{target.spec.graph}' is stationary")
    return float(np.log(share))
