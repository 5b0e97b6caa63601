"""One judge for all methods: rank-normalised effective sample sizes and R-hat, agreement of posteriors."""

from typing import NamedTuple

import numpy as np
from arviz_stats.base import array_stats

from benchmarks.engine.settings import RHAT_WANTED

Draws = np.ndarray
TAILS = (0.05, 0.95)


class Judgement(NamedTuple):
    """Worst figures over all parameters (Vehtari et al. 2021), and the moments."""

    bulk_ess: float
    tail_ess: float
    rhat: float
    mean: list[float]
    sd: list[float]
    mean_ess: list[float]

    @property
    def converged(self) -> bool:
        """R-hat is small enough for every parameter."""
        return self.rhat < RHAT_WANTED


def judge(draws: Draws) -> Judgement:
    """Judge natural draws of shape `(chain, draw, parameter)`."""
    columns = np.moveaxis(draws, 2, 0)
    bulk, tail, mean_ess = (
        [float(array_stats.ess(column, method=method, prob=prob, chain_axis=0, draw_axis=1)) for column in columns]
        for method, prob in (("bulk", None), ("tail", TAILS), ("mean", None))
    )
    rhat = [float(array_stats.rhat(column, method="rank", chain_axis=0, draw_axis=1)) for column in columns]
    mean, sd = draws.mean(axis=(0, 1)), draws.std(axis=(0, 1))
    return Judgement(min(bulk), min(tail), max(rhat), mean.tolist(), sd.tolist(), mean_ess)


def distance(one: Judgement, other: Judgement) -> tuple[float, float]:
    """Largest difference of posterior means in Monte Carlo standard errors, and of standard deviations as log ratio."""
    m1, s1, e1 = (np.array(values) for values in (one.mean, one.sd, one.mean_ess))
    m2, s2, e2 = (np.array(values) for values in (other.mean, other.sd, other.mean_ess))
    z = np.abs(m1 - m2) / np.sqrt(s1**2 / e1 + s2**2 / e2)
    return float(z.max()), float(np.abs(np.log(s1 / s2)).max())
