"""Pareto-smoothed importance sampling: weights whose heavy tail is tamed, with a figure that says how heavy it was."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

LogRatios = Float[np.ndarray, " draw"]

HIGHEST = 0.7
"""Largest k-hat at which importance sampling is of use, whatever the number of draws."""
FEWEST = 5
"""A tail of fewer draws is not fitted."""
FLAT = 1e-3
"""Log ratios that all lie within this range have no tail that matters."""


class Weights(NamedTuple):
    """Importance weights of draws from one density as draws from another.

    Attributes:
        log: normalised log weights, smoothed in the tail.
        khat: shape of the generalised Pareto law fitted to the largest ratios; the ratios have `1 / khat` moments.
            `-inf` when the ratios hardly differ, `inf` when their tail cannot be fitted.
        log_mean: logarithm of the mean of the smoothed ratios (the ratio of the two normalising constants).
    """

    log: LogRatios
    khat: float
    log_mean: float

    @property
    def plain(self) -> Float[np.ndarray, " draw"]:
        """The weights themselves; they add up to one."""
        return np.exp(self.log)

    @property
    def ess(self) -> float:
        """`1 / sum w^2`: as many independent draws from the right density would do as well."""
        return float(1.0 / np.square(self.plain).sum())

    @property
    def reliable(self) -> bool:
        """Whether k-hat is small enough for this many draws."""
        return self.khat <= highest_khat(self.log.size)

    @property
    def log_mean_se(self) -> float:
        """Standard error of `log_mean`, for independent draws: the coefficient of variation over the root of S."""
        return float(np.sqrt(max(1.0 / self.ess - 1.0 / self.log.size, 0.0)))


def highest_khat(draws: int) -> float:
    """`min(1 - 1 / log10 S, 0.7)`: above it S draws are too few. Source: Vehtari et al. (2024), section 3.2.4."""
    return min(1.0 - 1.0 / np.log10(max(draws, 2)), HIGHEST)


def smoothed(log_ratios: LogRatios, efficiency: float = 1.0) -> Weights:
    """Replace the M largest ratios by the expected order statistics of a generalised Pareto law fitted to them.

    `M = min(S / 5, 3 sqrt(S / efficiency))`; smoothed ratios are cut at the largest raw one.
    Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024, JMLR 25), algorithm 1.

    Args:
        log_ratios: `log p - log q` up to a constant; `-inf` where `p` is zero.
        efficiency: effective draws per draw, when the draws are a Markov chain's.

    Raises:
        ValueError: a ratio is NaN or infinite, or all are zero.
    """
    largest = log_ratios.max(initial=-np.inf)
    if not np.isfinite(largest) or np.isnan(log_ratios).any():
        raise ValueError(f"log ratios must be finite or -inf, and not all -inf; got a largest one of {largest}")
    ratios = log_ratios - largest
    size = ratios.size
    tail_size = int(min(size / 5, 3 * np.sqrt(size / efficiency)))
    khat = -np.inf if ratios.min() > -FLAT else np.inf
    if tail_size >= FEWEST and khat > 0:
        order = np.argsort(ratios, kind="stable")
        tail, cutoff = order[size - tail_size :], np.exp(ratios[order[size - tail_size - 1]])
        khat, sigma = fit_pareto(np.exp(ratios[tail]) - cutoff)
        if np.isfinite(khat):
            ranks = (np.arange(tail_size) + 0.5) / tail_size
            ratios[tail] = np.minimum(np.log(cutoff + _quantile(ranks, khat, sigma)), 0.0)
    log_sum = float(np.logaddexp.reduce(ratios))
    return Weights(ratios - log_sum, float(khat), float(largest + log_sum - np.log(size)))


def fit_pareto(excess: Float[np.ndarray, " draw"]) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto law; shape `inf` when there is none that fits.

    The profile likelihood over `theta = -k / sigma` is averaged on a grid under a weak prior; the shape is then drawn
    towards 0.5 as if ten more draws had said so. Sources: Zhang & Stephens (2009); Vehtari et al. (2024), appendix C.

    Args:
        excess: sorted excesses over the threshold.
    """
    size = excess.size
    quartile = excess[int(size / 4 + 0.5) - 1]
    if not quartile > excess[0]:
        return np.inf, np.nan
    grid = 30 + int(np.sqrt(size))
    theta = 1.0 / excess[-1] + (1.0 - np.sqrt(grid / (np.arange(grid) + 0.5))) / (3.0 * quartile)
    shape = np.log1p(-theta[:, None] * excess).mean(axis=1)
    profile = size * (np.log(-theta / shape) - shape - 1.0)
    weight = np.exp(profile - np.logaddexp.reduce(profile))
    best = float((theta * weight).sum())
    k = float(np.log1p(-best * excess).mean())
    return (size * k + 5.0) / (size + 10.0), -k / best


def _quantile(probability: Float[np.ndarray, " draw"], k: float, sigma: float) -> Float[np.ndarray, " draw"]:
    """Quantile function of the generalised Pareto law."""
    log_survival = np.log1p(-probability)
    return -sigma * log_survival if k == 0.0 else sigma * np.expm1(-k * log_survival) / k


def resampled(weights: Weights, rng: np.random.Generator, draws: int) -> np.ndarray:
    """Indices of `draws` equally weighted draws, by systematic resampling: no index is off its share by one or more."""
    edges = np.cumsum(weights.plain)
    return np.searchsorted(edges / edges[-1], (np.arange(draws) + rng.random()) / draws).clip(max=edges.size - 1)
