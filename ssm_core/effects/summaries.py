"""Weighted summaries of posterior draws, and probabilities of direction and size."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float


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
    q05, q50, q95 = weighted_quantiles(draws, w, (0.05, 0.5, 0.95))
    return Summary(mean, sd, q05, q50, q95, _share(w, draws > 0) + _share(w, draws == 0) / 2)


def _share(weights: Float[np.ndarray, " draw"], which: Bool[np.ndarray, " draw"]) -> float:
    """Weight of some draws as a share of all; rounding never takes it out of [0, 1]."""
    inside = float(weights[which].sum())
    return inside / (inside + float(weights[~which].sum()))


def weighted_quantiles(
    draws: Float[np.ndarray, " draw"], weights: Float[np.ndarray, " draw"], probabilities: Sequence[float]
) -> list[float]:
    """For each probability the smallest draw at which the cumulated weight reaches it."""
    order = np.argsort(draws, kind="stable")
    cumulated = np.cumsum(weights[order])
    at = np.searchsorted(cumulated, np.array(probabilities) * cumulated[-1])
    return [float(draws[order[min(index, draws.size - 1)]]) for index in at]


def probability_outside(
    draws: Float[np.ndarray, " draw"], low: float, high: float, weights: Float[np.ndarray, " draw"]
) -> float:
    """`P(effect < low or effect > high)`."""
    return _share(weights, (draws < low) | (draws > high))
