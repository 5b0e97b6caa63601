"""Has the sampler converged, for each quantity that is reported?"""

from typing import NamedTuple

import numpy as np
from arviz_stats.base import array_stats
from jaxtyping import Float

TAIL = (0.05, 0.95)


class Convergence(NamedTuple):
    """Figures of one scalar quantity over chains and draws.

    Source: Vehtari et al. (2021), rank-normalised split R-hat, bulk and tail effective sample size.
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    mcse: float


def convergence_of(draws: Float[np.ndarray, "chain draw"]) -> Convergence:
    """R-hat, effective sample sizes and Monte Carlo standard error of the mean; a constant has converged."""
    if np.ptp(draws) == 0.0:
        return Convergence(1.0, float(draws.size), float(draws.size), 0.0)
    axes = {"chain_axis": 0, "draw_axis": 1}
    return Convergence(
        rhat=float(array_stats.rhat(draws, **axes)),
        ess_bulk=float(array_stats.ess(draws, method="bulk", **axes)),
        ess_tail=float(array_stats.ess(draws, method="tail", prob=TAIL, **axes)),
        mcse=float(array_stats.mcse(draws, method="mean", **axes)),
    )


def lowest_bfmi(energy: Float[np.ndarray, "chain draw"]) -> float:
    """Smallest energy Bayesian fraction of missing information over chains (Betancourt 2016)."""
    return float(np.min(array_stats.bfmi(energy, chain_axis=0, draw_axis=1)))
