"""Are ranks uniform? Exact simultaneous bands for their empirical distribution function.

`c_i = #{rank < i}` of N ranks from 0..K-1 is Binomial(N, i / K) when ranks are uniform. The smallest of the pointwise
two-sided tail probabilities over all i is one statistic; its law follows from the counts being a Markov chain:
`c_{i+1} - c_i | c_i ~ Binomial(N - c_i, 1 / (K - i))`.
Source: Säilynoja, Bürkner & Vehtari (2022), Graphical test for discrete uniformity, section 3 and algorithm 2.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import bdtr, chdtrc, gammaln


class Band(NamedTuple):
    """Smallest and largest count that is no surprise at each inner point i = 1..K-1."""

    low: Int[np.ndarray, " point"]
    high: Int[np.ndarray, " point"]


def counts_below(ranks: Int[np.ndarray, " replication"], values: int) -> Int[np.ndarray, " point"]:
    """`#{rank < i}` for i = 1..values-1."""
    return np.cumsum(np.bincount(ranks, minlength=values))[:-1]


@lru_cache(maxsize=8)
def _tail_table(size: int, values: int) -> Float[np.ndarray, "point count"]:
    """Two-sided tail probability of every count 0..size at every point."""
    at = np.arange(1, values)[:, None] / values
    below = bdtr(np.arange(size + 1), size, at)
    above = bdtr(size - np.arange(size + 1), size, 1.0 - at)  # P(C >= c) = P(size - C <= size - c)
    return np.minimum(1.0, 2.0 * np.minimum(below, above))


def tails(counts: Int[np.ndarray, " point"], size: int) -> Float[np.ndarray, " point"]:
    """Two-sided tail probability of each count, by itself."""
    return _tail_table(size, counts.size + 1)[np.arange(counts.size), counts]


def band(level: float, size: int, values: int) -> Band:
    """Counts whose pointwise tail probability exceeds `level`, which is below one."""
    inside = _tail_table(size, values) > level
    return Band(inside.argmax(axis=1), size - inside[:, ::-1].argmax(axis=1))


def inside_probability(within: Band, size: int) -> float:
    """Probability that the counts of uniform ranks stay inside a band at every point."""
    values = within.low.size + 1
    log_factorial = gammaln(np.arange(size + 2) + 1.0)
    before, mass = np.array([0]), np.array([1.0])
    for i, (low, high) in enumerate(zip(*within, strict=True)):
        now = np.arange(low, high + 1)
        gain, left = now[None, :] - before[:, None], size - before[:, None]
        fine = (gain >= 0) & (gain <= left)
        some = np.where(fine, gain, 0)
        chance = 1.0 / (values - i)
        log_pmf = log_factorial[left] - log_factorial[some] - log_factorial[left - some]
        log_pmf = log_pmf + some * np.log(chance) + (left - some) * np.log1p(-chance)
        mass = mass @ np.where(fine, np.exp(log_pmf), 0.0)
        before = now
    return float(mass.sum())


def p_value(ranks: Int[np.ndarray, " replication"], values: int) -> float:
    """Probability that uniform ranks leave their pointwise bands as far as these, somewhere."""
    smallest = float(tails(counts_below(ranks, values), ranks.size).min())
    return (
        1.0 - inside_probability(band(smallest * (1.0 - 1e-9), ranks.size, values), ranks.size) if smallest < 1 else 1.0
    )


def simultaneous_band(alpha: float, size: int, values: int) -> Band:
    """The band of equal pointwise probability that uniform ranks leave anywhere with probability at most `alpha`."""
    low, high = np.log(alpha) - 12.0, np.log(alpha)
    for _ in range(30):
        middle = (low + high) / 2
        if 1.0 - inside_probability(band(float(np.exp(middle)), size, values), size) > alpha:
            high = middle
        else:
            low = middle
    return band(float(np.exp(low)), size, values)


def chi_square_p(ranks: Int[np.ndarray, " replication"], values: int, bins: int = 20) -> float:
    """Pearson's chi-square over equal bins: a second look that sees other departures."""
    found = np.bincount(ranks * bins // values, minlength=bins)
    expected = ranks.size / bins
    return float(chdtrc(bins - 1, np.square(found - expected).sum() / expected))
