"""Power-scaling: how the posterior answers when prior or likelihood count a little more, by reweighting the draws."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.inference.approximation.psis import smoothed

WEAKER, STRONGER = 0.8, 1.25
SENSITIVE = 0.05
"""Above this an estimate is called sensitive (Kallioinen et al. 2023, section 4)."""


class Sensitivity(NamedTuple):
    """Of one quantity to prior and likelihood; `khat` is the worst of the reweightings."""

    prior: float
    likelihood: float
    khat: float


def power_scaling(
    quantity: Float[np.ndarray, " draw"],
    log_prior: Float[np.ndarray, " draw"],
    log_likelihood: Float[np.ndarray, " draw"],
) -> Sensitivity:
    """`p(theta)^a p(y | theta)` and `p(theta) p(y | theta)^a` for `a` = 0.8 and 1.25, as distance per doubling of `a`.

    Args:
        quantity: draws of what is reported.
        log_prior: log density of the parameters (natural scale, no Jacobian) at the same draws.
        log_likelihood: log likelihood there.

    Source: Kallioinen, Paananen, Bürkner & Vehtari (2023, Statistics and Computing 34).
    """
    prior, worst = _per_doubling(quantity, log_prior)
    likelihood, other = _per_doubling(quantity, log_likelihood)
    return Sensitivity(prior, likelihood, max(worst, other))


def _per_doubling(quantity: Float[np.ndarray, " draw"], component: Float[np.ndarray, " draw"]) -> tuple[float, float]:
    slopes, worst = [], -np.inf
    for power in (WEAKER, STRONGER):
        weights = smoothed((power - 1.0) * (component - component.max()))
        slopes.append(distance(quantity, weights.plain) / abs(np.log2(power)))
        worst = max(worst, weights.khat)
    return float(np.mean(slopes)), float(worst)


def distance(draws: Float[np.ndarray, " draw"], weights: Float[np.ndarray, " draw"]) -> float:
    """Cumulative Jensen-Shannon distance between the draws and the draws reweighted, between 0 and 1.

    `sqrt((CJS(P || Q) + CJS(Q || P)) / int (P + Q))`, `CJS(P || Q) = int P log2(2 P / (P + Q)) + int (Q - P) / ln 4`
    with `P`, `Q` the two distribution functions; the larger of the values for the quantity and its negative.

    Source: Nguyen & Vreeken (2015), as used by Kallioinen et al. (2023), equation 5.
    """
    return max(_one_sided(draws, weights), _one_sided(-draws, weights))


def _one_sided(draws: Float[np.ndarray, " draw"], weights: Float[np.ndarray, " draw"]) -> float:
    order = np.argsort(draws, kind="stable")
    gaps = np.diff(draws[order])
    P = np.arange(1, draws.size) / draws.size
    Q = np.cumsum(weights[order])[:-1] / weights.sum()
    bound = float(((P + Q) * gaps).sum())
    if bound <= 0:
        return 0.0
    total = _divergence(P, Q, gaps) + _divergence(Q, P, gaps)
    return float(np.sqrt(max(total, 0.0) / bound))


def _divergence(P: Float[np.ndarray, " gap"], Q: Float[np.ndarray, " gap"], gaps: Float[np.ndarray, " gap"]) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(P > 0, P * np.log2(2.0 * P / (P + Q)), 0.0)
    return float((logs * gaps).sum() + ((Q - P) * gaps).sum() / (2.0 * np.log(2.0)))
