"""Standard deviations with an inverse-gamma prior on the variance and an upper limit."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import gammaincc, gammainccinv

TINY = 1e-280
"""Below this probability of keeping the limit the inverse of the distribution function has no digits left."""


class ScalePrior(NamedTuple):
    """`1 / sd^2 ~ Gamma(size / 2, size guess^2 / 2)`, cut off where `sd > limit`.

    Attributes:
        guess: a likely standard deviation, in the unit of the quantity.
        size: how many observations the guess is worth.
        limit: largest standard deviation, likewise.

    Source: `SdPrior` of the R package Boom.
    """

    guess: float
    size: float
    limit: float

    @property
    def squares(self) -> float:
        """Sum of squares that the guess stands for."""
        return self.size * self.guess**2


def draw_scale(
    count: float, squares: Float[np.ndarray, " chain"], limit: float, rng: np.random.Generator
) -> Float[np.ndarray, " chain"]:
    """`sd` with `1 / sd^2 ~ Gamma(count / 2, squares / 2)` given `sd < limit`.

    Args:
        count: prior observations and recorded ones.
        squares: their sums of squares.
        limit: the largest standard deviation.
        rng: of the draws.
    """
    shape, least = count / 2.0, squares / (2.0 * limit**2)
    inside = gammaincc(shape, least)
    far = inside < TINY
    precision = gammainccinv(shape, np.maximum(inside, TINY) * (1.0 - rng.random(squares.shape)))
    if far.any():
        precision[far] = _far_out(shape, least[far], rng)
    return np.minimum(np.sqrt(squares / (2.0 * precision)), limit)


def log_inside(count: float, squares: Float[np.ndarray, " chain"], limit: float) -> Float[np.ndarray, " chain"]:
    """`log P(sd < limit)` under the law of `draw_scale` without its limit; `log(TINY)` where it is less."""
    return np.log(np.maximum(gammaincc(count / 2.0, squares / (2.0 * limit**2)), TINY))


def _far_out(shape: float, least: Float[np.ndarray, " chain"], rng: np.random.Generator) -> Float[np.ndarray, " chain"]:
    """`Gamma(shape, 1)` given that it exceeds `least`, far in its tail: exponential proposals, exact rejection.

    With `rate = 1 - (shape - 1) / least` the ratio of the densities is largest at `least` itself, for
    `log(x / least) <= x / least - 1`.
    """
    power = max(shape - 1.0, 0.0)
    rate = 1.0 - power / least
    drawn = np.full(least.shape, np.nan)
    waiting: Bool[np.ndarray, " chain"] = np.ones(least.shape, dtype=bool)
    while waiting.any():
        over = rng.exponential(size=least.shape) / rate
        ratio = (shape - 1.0) * np.log1p(over / least) - over * (1.0 - rate)
        taken = waiting & (np.log1p(-rng.random(least.shape)) <= ratio)
        drawn[taken] = (least + over)[taken]
        waiting &= ~taken
    return drawn
