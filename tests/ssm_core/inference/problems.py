"""Small posteriors whose evidence and moments are known, for the tests of this package."""

import numpy as np
from scipy import stats

from schemas.prior import LogNormal, Normal, TruncatedNormal
from ssm_core.inference.density import LogPosterior
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import Standard
from ssm_core.model.structure import scale_of, structure_of
from tests.ssm_core.zoo import c, p, spec

BELIEF = Normal(mean=0.2, sd=0.7)
NOISE = LogNormal(median=0.8, log_sd=0.5)
MEMORY = TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99)


def target_of(model, columns, kernel="auto"):
    """The posterior of a model on columns in their own units."""
    names = (*model.states, *(s.name for s in model.recorded), *model.inputs)
    plain = Standard(dict.fromkeys(names, 0.0), dict.fromkeys(names, 1.0))
    design = design_of(model, columns, plain, Calendar(), structure_of(model).input_lags)
    return LogPosterior(model, scale_of(model, plain.spread, plain.centre, len(design.y)), design, kernel)


def regression(graph="regression", sd=None, memory=False, carry_over=False):
    """`y_t = a + b x_t (+ c x_{t-1}) (+ f y_{t-1}) + noise`; the noise sd is known when `sd` is given."""
    terms = [p("mean", "y", "intercept", prior=BELIEF), p("inputs", "y", "x", 0, BELIEF)]
    terms += [p("inputs", "y", "x", 1, BELIEF)] if carry_over else []
    terms += [p("dynamics", "y", "y", 1, MEMORY)] if memory else []
    terms += [p("process_sd", "y", prior=NOISE)] if sd is None else []
    constants = () if sd is None else (c("process_sd", "y", value=sd),)
    return spec(terms, constants=constants).model_copy(update={"graph": graph})


def record(steps=80, effect=0.6, persistence=0.0, seed=4):
    """A coin-tossed exposure and an outcome with a gap."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 2, steps).astype(float), np.zeros(steps)
    for t in range(1, steps):
        y[t] = persistence * y[t - 1] + effect * x[t] + 0.3 * (1 - persistence) + 0.7 * rng.normal()
    y[steps // 2] = np.nan
    return {"x": x, "y": y}


def evidence_given_sd(columns, sd):
    """`log N(y | X m, sd^2 I + s^2 X X')` of the steps after the first, by plain algebra."""
    y, x = columns["y"][1:], columns["x"][1:]
    seen = ~np.isnan(y)
    # inputs are centred on the mean of the record only when they are standardised; here their centre is zero
    X = np.column_stack([np.ones(seen.sum()), x[seen]])
    covariance = sd**2 * np.eye(seen.sum()) + BELIEF.sd**2 * X @ X.T
    return stats.multivariate_normal(X @ np.full(2, BELIEF.mean), covariance).logpdf(y[seen])


def evidence_by_quadrature(columns):
    """The same with the prior of the noise integrated out on a fine grid of its logarithm."""
    log_sd = np.linspace(np.log(0.2), np.log(3.0), 91)
    inner = np.array([evidence_given_sd(columns, np.exp(s)) for s in log_sd])
    outer = inner + stats.norm(np.log(NOISE.median), NOISE.log_sd).logpdf(log_sd)
    return float(np.logaddexp.reduce(outer) + np.log(log_sd[1] - log_sd[0]))
