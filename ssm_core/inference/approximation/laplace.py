"""A preview of the posterior: draws from the Gaussians at its modes, reweighted, with a word on how far to trust it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.inference.approximation.gaussians import touching
from ssm_core.inference.approximation.marginal import require_marginal
from ssm_core.inference.approximation.psis import Weights, smoothed
from ssm_core.inference.density import LogPosterior, Points
from ssm_core.inference.modes import Mode

Trust = Literal["good", "rough", "none"]


class Preview(NamedTuple):
    """Weighted draws of an approximation to the posterior.

    Attributes:
        x: draws on the unconstrained scale.
        theta: the same in the units of the data.
        weights: importance weights towards the posterior; their `log_mean` is the log evidence (before the prior's
            normalisation, see `marginal.log_stationary_share`).
    """

    x: Points
    theta: Float[np.ndarray, "draw parameter"]
    weights: Weights

    @property
    def trust(self) -> Trust:
        """`good`: k-hat is within what this many draws can bear; `rough`: the weights still have a mean; `none`."""
        if self.weights.reliable:
            return "good"
        return "rough" if self.weights.khat < 1.0 else "none"

    @property
    def mean(self) -> Float[np.ndarray, " parameter"]:
        """Weighted means."""
        return self.weights.plain @ self.theta

    @property
    def sd(self) -> Float[np.ndarray, " parameter"]:
        """Weighted standard deviations."""
        return np.sqrt(self.weights.plain @ np.square(self.theta - self.mean))

    def quantiles(self, probabilities: Sequence[float]) -> Float[np.ndarray, "probability parameter"]:
        """Weighted quantiles: where the cumulated weight, at the middle of each draw's own, reaches the probability."""
        order = np.argsort(self.theta, axis=0)
        weight = self.weights.plain[order]
        middle = np.cumsum(weight, axis=0) - weight / 2
        ordered = np.take_along_axis(self.theta, order, axis=0)
        columns = zip(middle.T, ordered.T, strict=True)
        return np.stack([np.interp(probabilities, levels, values) for levels, values in columns], axis=1)


def laplace(target: LogPosterior, modes: Sequence[Mode], rng: np.random.Generator, draws: int = 1000) -> Preview:
    """Draw from `sum_k share_k N(mode_k, (-Hessian_k)^-1)`, shares by Laplace mass, weight by `p / q`.

    Sources: Tierney & Kadane (1986) for the Gaussian; Vehtari et al. (2024) for the weights.

    Args:
        target: the posterior.
        modes: from `find_modes`.
        rng: source of the draws.
        draws: how many.

    Raises:
        NotMarginalError: the model has auxiliary variables.
    """
    require_marginal(target, "a Laplace approximation")
    proposal = touching(modes)
    x = proposal.draw(rng, draws)
    return Preview(x, target.natural(x).T, smoothed(target.value(x) - proposal.log_density(x)))
