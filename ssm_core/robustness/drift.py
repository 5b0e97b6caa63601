"""Does a coefficient wander over the record?"""

import numpy as np
from jaxtyping import Float

LIMIT = 0.743
"""One in a hundred of stable coefficients has a larger statistic (Cramer-von Mises law; Anderson & Darling, 1952)."""


def nyblom(exposure: Float[np.ndarray, " step"], residual: Float[np.ndarray, " step"]) -> float:
    """`L = sum_t S_t^2 / (n sum_t f_t^2)`, `f_t = (x_t - mean x) e_t` centred, `S_t` their running sum.

    The test against a coefficient that is a random walk: locally most powerful for normal noise. For a stable
    coefficient `L` has the law of the integral of a squared Brownian bridge (5 %: 0.461, 1 %: 0.743).

    Args:
        exposure: the exposure where the outcome was predicted.
        residual: prediction errors.

    Source: Nyblom (1989, JASA 84); Hansen (1992, Journal of Policy Modeling 14), equation 9 for one coefficient.
    """
    scores = (exposure - exposure.mean()) * residual
    scores = scores - scores.mean()
    total = float(scores @ scores)
    running = np.cumsum(scores)
    return 0.0 if total <= 0 else float(running @ running) / (scores.size * total)
