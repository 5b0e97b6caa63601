"""Marginal likelihoods: exact where algebra or quadrature knows them, with an error that is the true one."""

import numpy as np
import pytest
from scipy import stats

from schemas.spec import Series
from ssm_core.inference.approximation.gaussians import fitted, touching
from ssm_core.inference.approximation.marginal import NotMarginalError
from ssm_core.inference.approximation.psis import smoothed
from ssm_core.inference.draws import Draws
from ssm_core.inference.evidence import (
    DifferentRecordsError,
    Evidence,
    NoBridgeError,
    bridge,
    positions,
    record_of,
    weights_of,
)
from ssm_core.inference.modes import Mode, find_modes, starting_points
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings
from tests.ssm_core.inference.problems import (
    NOISE,
    evidence_by_quadrature,
    evidence_given_sd,
    record,
    regression,
    target_of,
)
from tests.ssm_core.zoo import p, spec

SETTINGS = Settings(seed=5, chains=8, starts=4, ess=400, rhat=1.02)


def silent(_text):
    """Progress nobody reads."""


def draws_of(theta):
    chains, length, _ = theta.shape
    return Draws(theta, np.zeros((chains, length), dtype=bool), np.zeros((chains, length)), np.ones((chains, length)))


@pytest.mark.mcmc
def test_a_regression_with_known_noise_has_its_textbook_evidence():
    columns = record()
    target = target_of(regression(sd=0.7), columns)
    draws, _ = sample(target, SETTINGS, silent)
    got = bridge(target, draws, np.random.default_rng(1))
    assert got.log_evidence == pytest.approx(evidence_given_sd(columns, 0.7), abs=4 * got.se)
    assert got.se < 0.01


@pytest.mark.mcmc
@pytest.mark.parametrize("steps", [12, 80])
def test_a_regression_with_unknown_noise_has_the_evidence_of_quadrature(steps):
    columns = record(steps)
    target = target_of(regression(), columns)
    draws, _ = sample(target, SETTINGS, silent)
    got = bridge(target, draws, np.random.default_rng(1))
    assert got.log_evidence == pytest.approx(evidence_by_quadrature(columns), abs=4 * got.se)
    assert got.se < 0.03


@pytest.mark.mcmc
def test_bridge_and_importance_sampling_agree_with_memory_and_hidden_stationarity_bounds():
    """Second-order memory: the prior is cut off at the border of stationarity and normalised there."""
    memory = [p("dynamics", "y", "y", lag) for lag in (1, 2)]
    target = target_of(spec([*memory, p("inputs", "y", "x"), p("process_sd", "y", prior=NOISE)]), record())
    draws, _ = sample(target, SETTINGS, silent)
    got = bridge(target, draws, np.random.default_rng(1))
    # importance sampling from a wide Student's t; the prior's mass inside the triangle of stationarity by quadrature
    x = positions(target, draws).reshape(-1, 4)
    tail = stats.multivariate_t(x.mean(axis=0), 1.5 * np.cov(x.T), df=5)
    proposed = tail.rvs(50_000, random_state=2)
    weights = smoothed(target.value(proposed.T) - tail.logpdf(proposed))
    f2 = np.linspace(-1, 1, 20_001)
    inside = (stats.norm.pdf(f2) * (stats.norm.cdf(1 - f2) - stats.norm.cdf(f2 - 1))).sum() * (f2[1] - f2[0])
    expected = weights.log_mean - np.log(inside)
    assert weights.reliable
    assert got.log_evidence == pytest.approx(expected, abs=4 * np.hypot(got.se, weights.log_mean_se) + 0.02)


def test_the_standard_error_is_the_spread_over_repetitions():
    """Forty samples of independent exact draws."""
    columns = record()
    target = target_of(regression(), columns)
    rng = np.random.default_rng(3)
    x = _independent_draws(target, rng, 40 * 800).reshape(40, 4, 200, 3)
    theta = np.stack([target.natural(part.reshape(-1, 3).T).T.reshape(4, 200, 3) for part in x])
    got = [bridge(target, draws_of(part), rng) for part in theta]
    spread = np.std([one.log_evidence for one in got], ddof=1)
    assert np.mean([one.se for one in got]) == pytest.approx(spread, rel=0.35)
    assert np.mean([one.log_evidence for one in got]) == pytest.approx(evidence_by_quadrature(columns), abs=spread)


def _independent_draws(target, rng, size):
    """Rejection sampling from a wide Student's t around the mode."""
    mode, *_ = find_modes(target, starting_points(target, rng, 2))
    tail = stats.multivariate_t(mode.x, 1.3 * mode.covariance, df=5)
    x = tail.rvs(6 * size, random_state=rng)
    log_ratio = target.value(x.T) - tail.logpdf(x)
    taken = x[np.log(rng.random(len(x))) < log_ratio - log_ratio.max()]
    assert len(taken) > size
    return taken[:size]


def test_a_mixture_of_modes_bridges_what_one_gaussian_does_not():
    """Two humps far apart: the fitted mixture has the moments of each."""
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal(-5, 0.5, 3000), rng.normal(5, 1, 1000)])[None]
    modes = [Mode(np.array([m]), 0.0, np.eye(1), 0.0, 1) for m in (-5.2, 4.8)]
    got = fitted(x, touching(modes))
    np.testing.assert_allclose(got.shares, [0.75, 0.25], atol=0.01)
    np.testing.assert_allclose(got.factors[:, 0, 0], [0.5, 1.0], rtol=0.06)


def test_draws_return_to_the_scale_that_is_sampled():
    target = target_of(regression(memory=True), record())
    x = 0.5 * np.random.default_rng(1).normal(size=(target.dimension, 12))
    theta = target.natural(x).T.reshape(3, 4, -1)
    np.testing.assert_allclose(positions(target, draws_of(theta)).reshape(12, -1).T, x, atol=1e-10)
    theta[0, 0, 2] = 0.99  # the upper bound of the memory
    with pytest.raises(NoBridgeError, match="'dynamics y y 1' lies on the border"):
        positions(target, draws_of(theta))


def test_draws_of_another_posterior_have_no_bridge():
    memory = [p("dynamics", "y", "y", lag) for lag in (1, 2)]
    target = target_of(spec([*memory, p("inputs", "y", "x"), p("process_sd", "y", prior=NOISE)]), record())
    theta = np.random.default_rng(1).uniform(1.0, 2.0, size=(4, 100, 4))  # none is stationary
    with pytest.raises(NoBridgeError, match="do not overlap"):
        bridge(target, draws_of(theta), np.random.default_rng(1))


def test_models_with_auxiliary_variables_are_refused():
    model = regression().model_copy(update={"series": (Series(name="y", family="student_t", options={"df": 4.0}),)})
    target = target_of(model, record())
    with pytest.raises(NotMarginalError, match="a marginal likelihood of 'regression'"):
        bridge(target, draws_of(np.ones((2, 10, 3))), np.random.default_rng(1))


def evidence(name, log, se=0.0, columns=None, **kind):
    return Evidence(name, log, se, record_of(target_of(regression(**kind), columns or record())))


def test_weights_are_prior_times_evidence_and_survive_large_numbers():
    some = [evidence("a", -5000.0), evidence("b", -5001.0, memory=True), evidence("c", -9000.0)]
    got = weights_of([0.2, 0.5, 0.3], some)
    odds = 0.5 * np.exp(-1) / 0.2
    np.testing.assert_allclose(got.weight, [1 / (1 + odds), odds / (1 + odds), 0.0], atol=1e-12)
    assert np.all(got.se == 0.0)


def test_errors_of_weights_are_those_of_simulation():
    logs, se = np.array([-10.0, -10.5, -12.0]), np.array([0.05, 0.1, 0.02])
    got = weights_of([1, 1, 1], [evidence("abc"[i], logs[i], se[i]) for i in range(3)])
    noisy = logs + se * np.random.default_rng(1).normal(size=(50_000, 3))
    shares = np.exp(noisy - np.logaddexp.reduce(noisy, axis=1, keepdims=True))
    np.testing.assert_allclose(got.se, shares.std(axis=0), rtol=0.05)


def test_different_cells_are_not_weighed():
    longer = evidence("longer", -3.0, columns=record(90))
    with pytest.raises(DifferentRecordsError, match="scores 78 cells and 'longer' 88"):
        weights_of([0.5, 0.5], [evidence("a", -2.0), longer])
    mediated = record_of(target_of(regression(), record()))._replace(series=("m", "y"))
    with pytest.raises(DifferentRecordsError, match="'a' is a model of y, 'b' of m, y"):
        weights_of([0.5, 0.5], [evidence("a", -2.0), Evidence("b", -2.0, 0.0, mediated)])


@pytest.mark.parametrize("prior", [[0.5], [-0.1, 1.1], [0.0, 0.0]])
def test_prior_weights_that_are_none_are_refused(prior):
    with pytest.raises(ValueError, match="expected 2 prior weights from 0 up"):
        weights_of(prior, [evidence("a", -2.0), evidence("b", -2.0)])
