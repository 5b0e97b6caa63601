"""The sampler: the same draws twice, and the truth among them."""

import numpy as np
import pytest

from schemas.params import Infer
from ssm_core.checks.convergence import convergence_of
from ssm_core.inference.nuts import sample
from ssm_core.model.design import design_of, standard_of
from ssm_core.model.structure import scale_of, structure_of
from tests.ssm_core.models import simple_spec

pytestmark = pytest.mark.mcmc


def fitted(y, x, chains=2):
    spec, data = simple_spec(), {"x": x, "y": y}
    standard = standard_of(spec, data)
    design = design_of(spec, data, standard, None, structure_of(spec).input_lags)
    scale = scale_of(spec, standard.spread, standard.centre, len(y))
    settings = Infer(chains=chains, warmup=300, draws=400)
    told = []
    return sample(spec, scale, design, settings, told.append), told


def simulated(steps=300, effect=0.8, persistence=0.5):
    rng = np.random.default_rng(8)
    x, y = rng.integers(0, 2, steps).astype(float), np.zeros(steps)
    for t in range(1, steps):
        y[t] = persistence * y[t - 1] + effect * x[t] + rng.normal()
    return y, x


def test_the_same_seed_gives_the_same_draws_and_the_truth_lies_among_them():
    y, x = simulated()
    (first, told), (second, _) = fitted(y, x), fitted(y, x)
    np.testing.assert_array_equal(first.theta, second.theta)
    assert len(told) == 2
    effect, persistence = first.theta[..., 0], first.theta[..., 2]
    assert np.quantile(effect, 0.005) < 0.8 < np.quantile(effect, 0.995)
    assert np.quantile(persistence, 0.005) < 0.5 < np.quantile(persistence, 0.995)
    assert convergence_of(effect).rhat < 1.02
    # least squares on the same regression is the witness of mean and spread (weak priors, 300 steps)
    design = np.column_stack([x[1:], x[:-1], y[:-1], np.ones(299)])
    beta, rss, *_ = np.linalg.lstsq(design, y[1:], rcond=None)
    se = np.sqrt(rss[0] / 295 * np.linalg.inv(design.T @ design)[0, 0])
    assert effect.mean() == pytest.approx(beta[0], abs=0.3 * se)
    assert effect.std() == pytest.approx(se, rel=0.15)
