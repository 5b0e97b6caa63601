"""From three quantiles, as a person or a model can state them, to a prior of a given family, and back."""

from typing import Any, NamedTuple, assert_never

import numpy as np
from scipy import optimize, stats

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, Prior, StudentT, TruncatedNormal
from tasks.llm.inputs import PriorFamily

LEVELS = (0.05, 0.5, 0.95)
DF = 4.0
"""Degrees of freedom of a Student prior: three symmetric quantiles cannot tell them apart from the scale."""
PERSISTENCE = (-0.99, 0.99)
"""Bounds of a truncated normal where it is used, for the share of a deviation that is left one step later."""
WORST = 0.15
"""A family whose own quantiles miss a stated one by more than this share of their width does not fit them."""


class Fitted(NamedTuple):
    """A prior and how well it fits: the largest miss of a stated quantile over the width from 5 % to 95 %."""

    prior: Prior
    miss: float


def law_of(prior: Prior) -> Any:  # noqa: ANN401 - scipy names no public type for a frozen law
    """The distribution of scipy that a prior is."""
    match prior:
        case Normal(mean=mean, sd=sd):
            return stats.norm(mean, sd)
        case TruncatedNormal(mean=mean, sd=sd, low=low, high=high):
            return stats.truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)
        case StudentT(df=df, mean=mean, scale=scale):
            return stats.t(df, mean, scale)
        case HalfNormal(sd=sd):
            return stats.halfnorm(0, sd)
        case LogNormal(median=median, log_sd=log_sd):
            return stats.lognorm(log_sd, 0, median)
        case Gamma(shape=shape, rate=rate):
            return stats.gamma(shape, 0, 1 / rate)
        case Beta(a=a, b=b):
            return stats.beta(a, b)
        case _:
            assert_never(prior)


def quantiles_of(prior: Prior) -> tuple[float, float, float]:
    """The quantiles at `LEVELS`, in the unit of the prior."""
    low, middle, high = (float(q) for q in law_of(prior).ppf(LEVELS))
    return low, middle, high


def fitted(
    family: PriorFamily, low: float, middle: float, high: float, bounds: tuple[float, float] = PERSISTENCE
) -> Fitted:
    """The member of `family` whose quantiles at `LEVELS` come closest to the stated ones.

    Closed forms where there are any: Normal mean = q50, sd = (q95 - q05) / (2 z); log-normal likewise on the log scale;
    otherwise least squares of the three misses over the stated width.

    Args:
        family: which one.
        low: 5 % quantile, in the unit of the parameter.
        middle: 50 % quantile.
        high: 95 % quantile.
        bounds: of a truncated normal.

    Raises:
        ValueError: quantiles that are not finite or do not ascend, or that no member of the family can have.

    Source: O'Hagan et al. 2006, Uncertain Judgements, chapter 6 (fitting a distribution to elicited quantiles).
    """
    stated = np.array([low, middle, high])
    if not np.isfinite(stated).all() or not low < middle < high:
        raise ValueError("the 5 %, 50 % and 95 % quantiles must be finite and ascend")
    _check_support(family, low, high, bounds)
    prior = _fit(family, stated, bounds)
    misses = np.abs(np.array(quantiles_of(prior)) - stated) / (high - low)
    return Fitted(prior, float(misses.max()))


def _check_support(family: PriorFamily, low: float, high: float, bounds: tuple[float, float]) -> None:
    lowest, highest = {
        "normal": (-np.inf, np.inf), "student_t": (-np.inf, np.inf), "truncated_normal": bounds,
        "half_normal": (0.0, np.inf), "log_normal": (0.0, np.inf), "gamma": (0.0, np.inf), "beta": (0.0, 1.0),
    }[family]  # fmt: skip
    if low <= lowest or high >= highest:
        raise ValueError(f"the quantiles must lie between {lowest:g} and {highest:g}")


def _fit(family: PriorFamily, stated: np.ndarray, bounds: tuple[float, float]) -> Prior:
    low, middle, high = (float(q) for q in stated)
    match family:
        case "normal":
            return Normal(mean=middle, sd=(high - low) / (2 * float(stats.norm.ppf(LEVELS[2]))))
        case "student_t":
            return StudentT(df=DF, mean=middle, scale=(high - low) / (2 * float(stats.t.ppf(LEVELS[2], DF))))
        case "half_normal":
            unit = stats.halfnorm.ppf(LEVELS)
            return HalfNormal(sd=float(unit @ stated / (unit @ unit)))
        case "log_normal":
            return LogNormal(median=middle, log_sd=float(np.log(high / low)) / (2 * float(stats.norm.ppf(LEVELS[2]))))
        case "gamma":
            return _least(stated, (2.0, 2.0 / middle), lambda p: Gamma(shape=p[0], rate=p[1]), log=(True, True))
        case "beta":
            return _least(stated, (1 + 2 * middle, 3 - 2 * middle), lambda p: Beta(a=p[0], b=p[1]), log=(True, True))
        case "truncated_normal":
            start, (lowest, highest) = (middle, (high - low) / 3), bounds
            return _least(
                stated,
                start,
                lambda p: TruncatedNormal(mean=p[0], sd=p[1], low=lowest, high=highest),
                log=(False, True),
            )
        case _:
            assert_never(family)


def _least(stated: np.ndarray, start: tuple[float, float], make: Any, log: tuple[bool, bool]) -> Prior:  # noqa: ANN401
    """Least squares over two parameters, positive ones on the log scale."""
    width = stated[2] - stated[0]

    def parameters(x: np.ndarray) -> list[float]:
        return [
            float(np.exp(np.clip(v, -30, 30))) if positive else float(v) for v, positive in zip(x, log, strict=True)
        ]

    def misses(x: np.ndarray) -> np.ndarray:
        return np.nan_to_num((np.array(quantiles_of(make(parameters(x)))) - stated) / width, nan=10.0, posinf=10.0)

    first = [np.log(v) if positive else v for v, positive in zip(start, log, strict=True)]
    found = optimize.least_squares(misses, first, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    return make(parameters(found.x))
