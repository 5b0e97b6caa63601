"""Weighted summaries of posterior draws, and probabilities of direction and size."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Summary(NamedTuple):
    """Mean, standard deviation and quantiles of one scalar."""

    mean: float
    sd: float
    q05: float
    q50: float
    q95: float
    prob_positive: float


def summary_of(draws: Float[np.ndarray, " draw"], weights: Float[np.ndarray, " draw"] | None = None) -> Summary:
    """Summarise draws; infinite draws count in quantiles (`inf` when one falls among them), not in the mean."""
    w = np.full(draws.size, 1.0 / draws.size) if weights is None else weights / weights.sum()
    finite = np.isfinite(draws)
    w_finite = w[finite] / w[finite].sum() if finite.any() else w[finite]
    mean = float((w_finite * draws[finite]).sum()) if finite.any() else float("nan")
    sd = float(np.sqrt((w_finite * (draws[finite] - mean) ** 2).sum())) if finite.any() else float("nan")
    q05, q50, q95 = (weighted_quantile(draws, w, p) for p in (0.05, 0.5, 0.95))
    ties = float(w[draws == 0].sum()) / 2
    return Summary(mean, sd, q05, q50, q95, float(w[draws > 0].sum()) + ties)


def weighted_quantile(
    draws: Float[np.ndarray, " draw"], weights: Float[np.ndarray, " draw"], probability: float
) -> float:
    """Smallest draw at which the cumulated weight reaches `probability`."""
    order = np.argsort(draws, kind="stable")
    cumulated = np.cumsum(weights[order])
    return float(draws[order][min(np.searchsorted(cumulated, probability * cumulated[-1]), draws.size - 1)])


def probability_outside(
    draws: Float[np.ndarray, " draw"], low: float, high: float, weights: Float[np.ndarray, " draw"]
) -> float:
    """`P(effect < low or effect > high)`."""
    return float(weights[(draws < low) | (draws > high)].sum() / weights.sum())
