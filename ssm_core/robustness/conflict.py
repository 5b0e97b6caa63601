"""Prior and record in conflict: each stated prior beside what the record says without it."""

import math
from typing import NamedTuple

import numpy as np

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, Prior, StudentT, TruncatedNormal
from schemas.spec import ModelSpec
from ssm_core.inference.ascent import newton
from ssm_core.inference.density import LogPosterior, sampled_priors
from ssm_core.model.unconstrained import prior_draws
from ssm_core.robustness.refits import Refitter

WIDER = 10.0
DRAWS = 4000


class Conflict(NamedTuple):
    """One stated prior.

    Attributes:
        parameter: its name.
        prior: median of the prior, in the unit of the parameter.
        record: estimate under priors ten times as wide, likewise.
        distance: `|prior - record| / sqrt(sd_prior^2 + sd_record^2)` on the scale on which the parameter is sampled.
    """

    parameter: str
    prior: float
    record: float
    distance: float


def prior_conflicts(fitted: Refitter, stated: frozenset[str]) -> tuple[Conflict, ...] | None:
    """How far each stated prior lies from what the record says when the stated priors are made ten times as wide.

    The distance is that of the prior's draws and of the Gaussian at the mode, both on the whole line: large only where
    the record would have been surprising under the prior. None where that model cannot be fitted.

    Args:
        fitted: the model as it was fitted.
        stated: names of the parameters whose priors somebody stated.

    Source: Box 1980, J R Stat Soc A 143:383 (prior predictive p-values); Evans and Moshonov 2006, Bayesian Anal 1:893.
    """
    spec = _widened(fitted.spec, stated)
    target = LogPosterior(spec, fitted.scale, fitted.design, fitted.kernel)
    summit = newton(target, fitted.start)
    eigenvalues, vectors = np.linalg.eigh(summit.precision)
    if not np.isfinite(summit.value) or eigenvalues.min() <= 0:
        return None
    sd = np.sqrt(((vectors**2) / eigenvalues).sum(axis=1))
    record = target.natural(summit.x[:, None])[:, 0]
    own = LogPosterior(fitted.spec, fitted.scale, fitted.design, fitted.kernel)
    draws = prior_draws(sampled_priors(fitted.spec, fitted.scale), np.random.default_rng(fitted.seed), DRAWS)
    lines = own.unconstrain(draws)
    medians = own.natural(np.median(lines, axis=1)[:, None])[:, 0]
    found = []
    for i, parameter in enumerate(spec.parameters):
        if parameter.name in stated:
            apart = abs(float(np.median(lines[i]) - summit.x[i]))
            width = math.hypot(float(lines[i].std()), float(sd[i]))
            found.append(Conflict(parameter.name, float(medians[i]), float(record[i]), apart / width))
    return tuple(found)


def _widened(spec: ModelSpec, stated: frozenset[str]) -> ModelSpec:
    parameters = tuple(
        p.model_copy(update={"prior": wider(p.prior)}) if p.name in stated else p for p in spec.parameters
    )
    return spec.model_copy(update={"parameters": parameters})


def wider(prior: Prior) -> Prior:
    """The same family around the same place, ten times as wide; a beta becomes flat."""
    match prior:
        case Normal():
            return prior.model_copy(update={"sd": prior.sd * WIDER})
        case TruncatedNormal():
            return prior.model_copy(update={"sd": prior.sd * WIDER})
        case StudentT():
            return prior.model_copy(update={"scale": prior.scale * WIDER})
        case HalfNormal():
            return prior.model_copy(update={"sd": prior.sd * WIDER})
        case LogNormal():
            return prior.model_copy(update={"log_sd": prior.log_sd * WIDER})
        case Gamma():
            return Gamma(shape=prior.shape / WIDER**2, rate=prior.rate / WIDER**2)
        case Beta():
            return Beta(a=1.0, b=1.0)
