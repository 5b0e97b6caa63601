"""The preview: exact for Gaussian posteriors, honest about its distance elsewhere."""

import numpy as np
import pytest
from scipy import stats

from schemas.prior import Normal
from schemas.spec import Series
from ssm_core.inference.approximation.gaussians import Gaussians, fitted, touching
from ssm_core.inference.approximation.laplace import Preview, laplace
from ssm_core.inference.approximation.marginal import NotMarginalError, log_stationary_share
from ssm_core.inference.approximation.psis import smoothed
from ssm_core.inference.modes import Mode, find_modes, starting_points
from tests.ssm_core.inference.problems import (
    BELIEF,
    NOISE,
    evidence_by_quadrature,
    evidence_given_sd,
    record,
    regression,
    target_of,
)
from tests.ssm_core.zoo import p, spec


def preview(target, draws=4000, seed=1):
    modes = find_modes(target, starting_points(target, np.random.default_rng(seed), 4))
    return modes, laplace(target, modes, np.random.default_rng(seed), draws)


def test_a_gaussian_posterior_is_recovered_exactly():
    """Known noise, no memory: the posterior is the textbook's, all weights are equal, the evidence is exact."""
    columns = record()
    modes, got = preview(target_of(regression(sd=0.7), columns))
    y, x = columns["y"][1:], columns["x"][1:]
    X = np.column_stack([np.ones(x.size), x])[~np.isnan(y)]
    precision = X.T @ X / 0.49 + np.eye(2) / BELIEF.sd**2
    mean = np.linalg.solve(precision, X.T @ y[~np.isnan(y)] / 0.49 + BELIEF.mean / BELIEF.sd**2)
    np.testing.assert_allclose(modes[0].x, mean, atol=1e-6)
    np.testing.assert_allclose(modes[0].covariance, np.linalg.inv(precision), rtol=1e-5)
    assert np.ptp(got.weights.log) < 1e-4
    assert got.trust == "good"
    exact = evidence_given_sd(columns, 0.7)
    assert modes[0].log_mass == pytest.approx(exact, abs=1e-5)
    assert got.weights.log_mean == pytest.approx(exact, abs=1e-5)


def test_weights_turn_an_approximate_evidence_into_an_exact_one():
    columns = record()
    modes, got = preview(target_of(regression(), columns), 20_000)
    exact = evidence_by_quadrature(columns)
    assert got.trust == "good"
    assert got.weights.log_mean == pytest.approx(exact, abs=4 * got.weights.log_mean_se + 1e-4)
    assert abs(modes[0].log_mass - exact) > 3 * abs(got.weights.log_mean - exact)


def test_trust_follows_khat():
    x = np.random.default_rng(1).normal(size=(1, 4000))
    for width, trust in ((1.0, "good"), (2.3, "rough"), (30.0, "none")):
        log_ratios = -0.5 * (x[0] / width) ** 2 + 0.5 * x[0] ** 2
        if trust == "none":
            log_ratios = 1.2 * x[0] ** 2
        assert Preview(x, x.T, smoothed(log_ratios)).trust == trust


def test_weighted_quantiles_are_those_of_the_repeated_draws():
    rng = np.random.default_rng(3)
    theta, weight = rng.normal(size=(400, 2)), rng.integers(0, 5, 400)
    with np.errstate(divide="ignore"):
        got = Preview(theta.T, theta, smoothed(np.full(400, 0.0))._replace(log=np.log(weight / weight.sum())))
    repeated = np.repeat(theta, weight, axis=0)
    np.testing.assert_allclose(got.mean, repeated.mean(axis=0))
    np.testing.assert_allclose(got.sd, repeated.std(axis=0))
    expected = np.quantile(repeated, [0.05, 0.5, 0.95], axis=0, method="hazen")
    np.testing.assert_allclose(got.quantiles([0.05, 0.5, 0.95]), expected, atol=0.05)


def test_a_mixture_is_drawn_and_evaluated_as_one():
    modes = [
        Mode(np.array([-3.0, 0.0]), 0.0, np.diag([0.25, 1.0]), np.log(0.7), 1),
        Mode(np.array([3.0, 1.0]), 0.0, np.array([[1.0, 0.5], [0.5, 1.0]]), np.log(0.3), 1),
    ]
    mixture = touching(modes)
    x = mixture.draw(np.random.default_rng(1), 40_000)
    assert (x[0] > 0).mean() == pytest.approx(0.3, abs=0.005)
    grid = np.stack(np.meshgrid(np.linspace(-7, 8, 301), np.linspace(-6, 7, 301)), axis=0).reshape(2, -1)
    assert np.exp(mixture.log_density(grid)).sum() * 15 / 300 * 13 / 300 == pytest.approx(1.0, abs=1e-3)
    again = fitted(x, mixture)
    np.testing.assert_allclose(again.centres, mixture.centres, atol=0.03)
    np.testing.assert_allclose(again.shares, mixture.shares, atol=0.01)
    np.testing.assert_allclose(again.factors, mixture.factors, atol=0.03)


def test_a_part_that_no_draw_belongs_to_stays_as_it_was():
    first = Gaussians(np.array([0.5, 0.5]), np.array([[0.0], [50.0]]), np.array([[[1.0]], [[2.0]]]))
    got = fitted(np.random.default_rng(1).normal(2.0, 1.0, (1, 500)), first)
    np.testing.assert_allclose(got.centres[1], 50.0)
    np.testing.assert_allclose(got.factors[1], 2.0)
    assert 0 < got.shares[1] < 0.01
    assert got.centres[0, 0] == pytest.approx(2.0, abs=0.2)


def test_models_with_auxiliary_variables_are_refused():
    columns = record(30)
    model = regression().model_copy(update={"series": (Series(name="y", family="student_t", options={"df": 4.0}),)})
    target = target_of(model, columns)
    modes = find_modes(target, starting_points(target, np.random.default_rng(1), 2))
    with pytest.raises(NotMarginalError, match="series 'y' is of family 'student_t'"):
        laplace(target, modes, np.random.default_rng(1))


def test_the_share_of_stationary_models_is_one_where_bounds_see_to_it():
    assert log_stationary_share(target_of(regression(memory=True), record())) == 0.0


def test_the_share_of_stationary_second_order_memories_is_that_of_the_triangle():
    """`|f2| < 1`, `f1 + f2 < 1`, `f2 - f1 < 1`, under independent normal priors, by quadrature."""
    memory = [p("dynamics", "y", "y", lag, Normal(mean=0, sd=1)) for lag in (1, 2)]
    target = target_of(spec([*memory, p("process_sd", "y", prior=NOISE)]), record())
    f2 = np.linspace(-1, 1, 20_001)
    across = stats.norm.cdf(1 - f2) - stats.norm.cdf(f2 - 1)
    exact = (stats.norm.pdf(f2) * across).sum() * (f2[1] - f2[0])
    assert np.exp(log_stationary_share(target)) == pytest.approx(exact, abs=0.012)
