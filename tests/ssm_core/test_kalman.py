"""The filter against plain algebra, published figures, a second library and finite differences."""

import csv

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from ssm_core.kalman.filter import kalman_filter, log_likelihood
from ssm_core.kalman.linear_gaussian import LinearGaussian
from tests.ssm_core.models import joint_normal, random_model

run = jax.jit(kalman_filter)


def local_level(y, observation_variance, level_variance, diffuse=True):
    steps = len(y)
    return LinearGaussian(
        m=jnp.zeros(1),
        P=jnp.zeros((1, 1)) if diffuse else jnp.full((1, 1), 7.0),
        Pinf=jnp.ones((1, 1)) if diffuse else None,
        F=jnp.ones((steps, 1, 1)),
        b=jnp.zeros((steps, 1)),
        Q=jnp.full((steps, 1, 1), level_variance),
        H=jnp.ones((1, 1)),
        d=jnp.zeros((steps, 1)),
        R=jnp.array([observation_variance]),
    )


def test_likelihood_equals_the_brute_force_normal_over_100_random_models_with_missing_cells():
    rng = np.random.default_rng(1)
    for _ in range(100):
        model = random_model(rng)
        mean, cov = joint_normal(model)
        y = rng.multivariate_normal(mean.ravel(), cov).reshape(mean.shape)
        y[rng.random(y.shape) < 0.3] = np.nan
        seen = ~np.isnan(y.ravel())
        expected = stats.multivariate_normal(mean.ravel()[seen], cov[np.ix_(seen, seen)]).logpdf(y.ravel()[seen])
        assert float(run(model, jnp.array(y)).log_likelihood) == pytest.approx(
            expected if seen.any() else 0.0, abs=1e-9
        )


def test_last_filtered_mean_equals_the_conditional_normal():
    rng = np.random.default_rng(2)
    model = random_model(rng)
    mean, cov = joint_normal(model)
    y = rng.multivariate_normal(mean.ravel(), cov).reshape(mean.shape)
    out = run(model, jnp.array(y))
    # the last innovation is what is left of the last cell after regressing it on all cells before it
    weights = np.linalg.solve(cov[:-1, :-1], cov[:-1, -1])
    expected = y.ravel()[-1] - mean.ravel()[-1] - weights @ (y.ravel() - mean.ravel())[:-1]
    assert float(out.innovations[-1, -1]) == pytest.approx(expected, abs=1e-9)
    assert float(out.variances[-1, -1]) == pytest.approx(cov[-1, -1] - weights @ cov[:-1, -1], abs=1e-9)


def test_nile_likelihood_with_a_diffuse_start_is_the_published_one(shared_data):
    with (shared_data / "classic_interventions" / "Nile.csv").open() as stream:
        y = np.array([float(row["value"]) for row in csv.DictReader(stream)])
    assert float(run(local_level(y, 15098.5, 1469.2), jnp.array(y)[:, None]).log_likelihood) == pytest.approx(
        -632.5456, abs=1e-3
    )


def test_diffuse_filter_agrees_with_statsmodels_with_missing_cells():
    rng = np.random.default_rng(3)
    y = np.cumsum(rng.normal(size=80)) + rng.normal(size=80)
    y[[0, 1, 20, 21, 22, 79]] = np.nan
    witness = sm.tsa.UnobservedComponents(y, "local level")
    witness.ssm.initialize_diffuse()
    # statsmodels counts the constant of the diffuse step, Durbin and Koopman's published figures do not
    expected = witness.loglike([1.3, 0.7]) + 0.5 * np.log(2 * np.pi)
    assert float(run(local_level(y, 1.3, 0.7), jnp.array(y)[:, None]).log_likelihood) == pytest.approx(
        expected, abs=1e-8
    )


def test_missing_rows_change_nothing():
    rng = np.random.default_rng(4)
    model = random_model(rng)
    y = rng.normal(size=(6, 2))
    y[3:] = np.nan
    whole = run(model, jnp.array(y))
    short = jax.tree.map(lambda a: a[:3] if a.shape[:1] == (6,) else a, model)
    assert float(whole.log_likelihood) == pytest.approx(float(run(short, jnp.array(y[:3])).log_likelihood), abs=1e-12)


def test_a_record_without_any_observation_has_log_likelihood_zero():
    model = random_model(np.random.default_rng(5))
    assert float(run(model, jnp.full((6, 2), jnp.nan)).log_likelihood) == 0.0


def test_permuting_indicators_changes_nothing():
    rng = np.random.default_rng(6)
    model, y = random_model(rng), rng.normal(size=(6, 2))
    swapped = model._replace(H=model.H[::-1], d=model.d[:, ::-1], R=model.R[::-1])
    assert float(run(model, jnp.array(y)).log_likelihood) == pytest.approx(
        float(run(swapped, jnp.array(y[:, ::-1])).log_likelihood), abs=1e-9
    )


def test_gradient_equals_finite_differences():
    rng = np.random.default_rng(7)
    model, y = random_model(rng), rng.normal(size=(6, 2))
    y[2, 0] = np.nan

    @jax.jit
    def value(b):
        return log_likelihood(model._replace(b=b), jnp.array(y))

    gradient = np.asarray(jax.jit(jax.grad(value))(model.b))
    for index in ((1, 0), (3, 1), (5, 0)):
        step = np.zeros_like(gradient)
        step[index] = 1e-5
        difference = (float(value(model.b + step)) - float(value(model.b - step))) / 2e-5
        assert gradient[index] == pytest.approx(difference, rel=1e-6, abs=1e-7)


def test_an_observation_that_the_model_rules_out_has_no_density():
    model = local_level(np.zeros(3), 0.0, 0.0, diffuse=False)
    y = jnp.array([[1.0], [1.0], [2.0]])
    assert float(run(model, y).log_likelihood) == -np.inf
    assert np.isfinite(float(run(model, jnp.ones((3, 1))).log_likelihood))
