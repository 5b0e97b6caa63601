"""Priors on the whole line: transforms, log densities and their derivatives, for many parameter vectors at once."""

import math
from collections.abc import Callable
from typing import NamedTuple, assert_never

import numpy as np
from jaxtyping import Float, Int

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, Prior, StudentT, TruncatedNormal

Values = Float[np.ndarray, "member chain"]

KNEE = 0.15
"""Where positive parameters pass from a logarithmic to a linear scale, in standardised units."""


HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class Point(NamedTuple):
    """Parameters of one family: their values, `d theta / dx`, the log prior of x and its derivative."""

    theta: Values
    slope: Values
    log_density: Values
    gradient: Values


class Group(NamedTuple):
    """Parameters whose priors are of one family, with its constants as columns."""

    members: Int[np.ndarray, " member"]
    constants: tuple[Float[np.ndarray, "member 1"], ...]
    at: Callable[..., Point]
    back: Callable[..., Values]


def groups_of(priors: list[Prior]) -> tuple[Group, ...]:
    """Sort priors into families. Bounded parameters are sampled as logits, positive ones through `softplus`.

    The density is that of the unconstrained x, Jacobian included: `log p(theta(x)) + log |d theta / dx|`.
    """
    found: dict[type, list[int]] = {}
    for position, prior in enumerate(priors):
        found.setdefault(type(prior), []).append(position)
    return tuple(_group([priors[i] for i in members], members) for members in found.values())


def _group(priors: list, members: list[int]) -> Group:
    def column(values: list[float]) -> Float[np.ndarray, "member 1"]:
        return np.array(values, dtype=float)[:, None]

    match priors[0]:
        case Normal():
            constants = column([p.mean for p in priors]), column([p.sd for p in priors])
            at, back = _normal, _identity
        case LogNormal():
            constants = column([math.log(p.median) for p in priors]), column([p.log_sd for p in priors])
            at, back = _log_normal, _inverse_softplus
        case TruncatedNormal():
            mass = column([math.log(_normal_mass(p)) for p in priors])
            numbers = (column([getattr(p, name) for p in priors]) for name in ("mean", "sd", "low", "high"))
            constants = (*numbers, mass)
            at, back = _truncated_normal, _logit_between
        case StudentT():
            norm = [
                math.lgamma((p.df + 1) / 2) - math.lgamma(p.df / 2) - 0.5 * math.log(p.df * math.pi) for p in priors
            ]
            constants = (*(column([getattr(p, n) for p in priors]) for n in ("df", "mean", "scale")), column(norm))
            at, back = _student_t, _identity
        case HalfNormal():
            constants = (column([p.sd for p in priors]),)
            at, back = _half_normal, _inverse_softplus
        case Gamma():
            norm = [p.shape * math.log(p.rate) - math.lgamma(p.shape) for p in priors]
            constants = column([p.shape for p in priors]), column([p.rate for p in priors]), column(norm)
            at, back = _gamma, _inverse_softplus
        case Beta():
            norm = [math.lgamma(p.a + p.b) - math.lgamma(p.a) - math.lgamma(p.b) for p in priors]
            constants = column([p.a for p in priors]), column([p.b for p in priors]), column(norm)
            at, back = _beta, _logit
        case other:
            raise TypeError(f"no transform for a {type(other).__name__} prior")
    return Group(np.array(members), constants, at, back)


FAMILIES = (Normal, LogNormal, TruncatedNormal, StudentT, HalfNormal, Gamma, Beta)
"""In the order of `Family` in `native/priors.hpp`."""
CONSTANTS = 5
"""Of each parameter in the table of the compiled priors."""


class Table(NamedTuple):
    """Priors as the compiled library reads them: a family for each parameter, and its constants."""

    family: Int[np.ndarray, " parameter"]
    constants: Float[np.ndarray, "parameter constant"]


def table_of(priors: list[Prior]) -> Table:
    """The constants that `native/priors.hpp` names, in its order; they follow from those of `groups_of`."""
    constants = np.zeros((len(priors), CONSTANTS))
    for group in groups_of(priors):
        family = type(priors[group.members[0]])
        for member, row in zip(group.members, np.column_stack(group.constants), strict=True):
            compiled = _compiled(family, *row.tolist())
            constants[member, : len(compiled)] = compiled
    return Table(np.array([FAMILIES.index(type(prior)) for prior in priors], dtype=np.int32), constants)


def _compiled(family: type, *c: float) -> tuple[float, ...]:
    """The constants of a group, logarithms taken once."""
    if family is Normal:
        return c[0], c[1], math.log(c[1]) + HALF_LOG_2PI
    if family is LogNormal:
        return c[0], c[1], math.log(c[1]) + HALF_LOG_2PI, KNEE
    if family is TruncatedNormal:
        mean, sd, low, high, mass = c
        return mean, sd, math.log(sd) + HALF_LOG_2PI + mass, low, high - low
    if family is StudentT:
        df, mean, scale, norm = c
        return df, mean, scale, norm - math.log(scale)
    if family is HalfNormal:
        return c[0], 0.5 * math.log(2 / math.pi) - math.log(c[0]), KNEE
    return (*c, KNEE) if family is Gamma else c


def _normal_mass(prior: TruncatedNormal) -> float:
    """`P(low < N(mean, sd^2) < high)`, from the tail that is the smaller one."""
    low, high = ((bound - prior.mean) / (prior.sd * math.sqrt(2)) for bound in (prior.low, prior.high))
    if low > 0:
        low, high = -high, -low
    return 0.5 * (math.erfc(-high) - math.erfc(-low))


def _gaussian(x: Values, mean: Values, sd: Values) -> tuple[Values, Values]:
    z = (x - mean) / sd
    return -0.5 * z * z - np.log(sd) - HALF_LOG_2PI, -z / sd


def _normal(x: Values, mean: Values, sd: Values) -> Point:
    return Point(x, np.ones_like(x), *_gaussian(x, mean, sd))


def _softplus(x: Values) -> tuple[Values, Values, Values]:
    """`theta = KNEE log(1 + exp(x / KNEE))`: the logarithm below the knee, a straight line above it.

    A standard deviation that the data bound from above only has a long tail in the logarithm, a short one here.

    Returns:
        theta, its derivative and the logarithm of the derivative, whose own derivative is `(1 - slope) / KNEE`.
    """
    t = x / KNEE
    soft = np.logaddexp(0.0, t)
    log_slope = t - soft
    return KNEE * soft, np.exp(log_slope), log_slope


def _log_normal(x: Values, mean: Values, sd: Values) -> Point:
    theta, slope, jacobian = _softplus(x)
    log_theta = np.log(theta)
    log_density, gradient = _gaussian(log_theta, mean, sd)
    gradient = (gradient - 1.0) * slope / theta + (1.0 - slope) / KNEE
    return Point(theta, slope, log_density - log_theta + jacobian, gradient)


def _half_normal(x: Values, sd: Values) -> Point:
    theta, slope, jacobian = _softplus(x)
    log_density = 0.5 * math.log(2 / math.pi) - np.log(sd) - 0.5 * (theta / sd) ** 2
    return Point(theta, slope, log_density + jacobian, (1.0 - slope) / KNEE - theta / sd**2 * slope)


def _gamma(x: Values, shape: Values, rate: Values, norm: Values) -> Point:
    theta, slope, jacobian = _softplus(x)
    log_density = norm + (shape - 1.0) * np.log(theta) - rate * theta
    gradient = ((shape - 1.0) / theta - rate) * slope + (1.0 - slope) / KNEE
    return Point(theta, slope, log_density + jacobian, gradient)


def _student_t(x: Values, df: Values, mean: Values, scale: Values, norm: Values) -> Point:
    z = (x - mean) / scale
    tail = 1.0 + z * z / df
    log_density = norm - np.log(scale) - 0.5 * (df + 1) * np.log(tail)
    return Point(x, np.ones_like(x), log_density, -(df + 1) * z / (df * scale * tail))


def _sigmoid(x: Values) -> tuple[Values, Values, Values]:
    """`s(x)`, `log s(x)`, `log (1 - s(x))`, without loss in the tails."""
    log_1_s = -np.logaddexp(0.0, x)
    log_s = x + log_1_s
    return np.exp(log_s), log_s, log_1_s


def _beta(x: Values, a: Values, b: Values, norm: Values) -> Point:
    s, log_s, log_1_s = _sigmoid(x)
    return Point(s, np.exp(log_s + log_1_s), norm + a * log_s + b * log_1_s, a - (a + b) * s)


def _truncated_normal(x: Values, mean: Values, sd: Values, low: Values, high: Values, mass: Values) -> Point:
    s, log_s, log_1_s = _sigmoid(x)
    theta, slope = low + (high - low) * s, (high - low) * np.exp(log_s + log_1_s)
    log_density, gradient = _gaussian(theta, mean, sd)
    jacobian = np.log(high - low) + log_s + log_1_s
    return Point(theta, slope, log_density - mass + jacobian, gradient * slope + 1.0 - 2.0 * s)


def _identity(theta: Values, *_: Values) -> Values:
    return theta


def _inverse_softplus(theta: Values, *_: Values) -> Values:
    return theta + KNEE * np.log(-np.expm1(-theta / KNEE))


def _logit(theta: Values, *_: Values) -> Values:
    return np.log(theta) - np.log1p(-theta)


def _logit_between(theta: Values, _mean: Values, _sd: Values, low: Values, high: Values, _mass: Values) -> Values:
    return np.log(theta - low) - np.log(high - theta)


def prior_draws(priors: list[Prior], rng: np.random.Generator, draws: int) -> Float[np.ndarray, "parameter draw"]:
    """Independent draws of every parameter from its prior, on the scale of the priors."""
    return np.stack([_draw(prior, rng, draws) for prior in priors])


def _draw(prior: Prior, rng: np.random.Generator, draws: int) -> Float[np.ndarray, " draw"]:
    match prior:
        case Normal():
            return rng.normal(prior.mean, prior.sd, draws)
        case StudentT():
            return prior.mean + prior.scale * rng.standard_t(prior.df, draws)
        case HalfNormal():
            return np.abs(rng.normal(0.0, prior.sd, draws))
        case LogNormal():
            return prior.median * np.exp(prior.log_sd * rng.normal(size=draws))
        case Gamma():
            return rng.gamma(prior.shape, 1.0 / prior.rate, draws)
        case Beta():
            return rng.beta(prior.a, prior.b, draws)
        case TruncatedNormal():
            return _draw_truncated(prior, rng, draws)
        case _:
            assert_never(prior)


def _draw_truncated(prior: TruncatedNormal, rng: np.random.Generator, draws: int) -> Float[np.ndarray, " draw"]:
    """By inversion of the distribution function on a fine grid of the bounded interval, refined where the mass is."""
    low, high = ((bound - prior.mean) / prior.sd for bound in (prior.low, prior.high))
    mode = min(max(0.0, low), high)
    near = np.linspace(max(low, mode - 9.0), min(high, mode + 9.0), 20_001)
    density = np.exp(-0.5 * (near**2 - mode**2))
    steps = np.diff(near) * (density[1:] + density[:-1]) / 2
    cumulated = np.concatenate([[0.0], np.cumsum(steps)])
    return prior.mean + prior.sd * np.interp(rng.random(draws), cumulated / cumulated[-1], near)
