"""Draws of the states given the data have the mean and the covariance of the posterior."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ssm_core.kalman.simulation import Shocks, conditional_path, draw_shocks, sample_states, simulate
from tests.ssm_core.kalman.models import STATES, STEPS, local_level, random_model, random_record, stack
from tests.ssm_core.kalman.test_smoother import KINDS
from tests.ssm_core.witnesses import answer

COUNT = STATES + STEPS * (STATES + 2)


def unit_shocks():
    """No shock at all, then each shock alone."""
    rows = np.vstack([np.zeros(COUNT), np.eye(COUNT)])
    start, process, measurement = np.split(rows, [STATES, STATES + STEPS * STATES], axis=1)
    return Shocks(*map(jnp.array, (start, process.reshape(-1, STEPS, STATES), measurement.reshape(-1, STEPS, 2))))


respond_all = jax.jit(jax.vmap(jax.vmap(conditional_path, in_axes=(None, None, 0)), in_axes=(0, 0, None)))


@pytest.mark.parametrize("kind", KINDS)
def test_response_to_unit_shocks_is_a_square_root_of_the_posterior_covariance(kind):
    """A draw is affine in independent standard normal shocks, so this proves its law without drawing."""
    rng = np.random.default_rng(21)
    models = [random_model(rng, **KINDS[kind]) for _ in range(5)]
    records = [random_record(rng, whole_rows=4) for _ in models]
    paths = np.asarray(respond_all(stack(models), jnp.array(records), unit_shocks()))
    for i, (model, y) in enumerate(zip(models, records, strict=True)):
        exact = answer(model, y)
        np.testing.assert_allclose(paths[i, 0], exact.mean, atol=1e-9)
        J = (paths[i, 1:] - paths[i, 0]).reshape(COUNT, -1)
        root = exact.factor.reshape(STEPS * STATES, -1)
        np.testing.assert_allclose(J.T @ J, root @ root.T, rtol=1e-9, atol=1e-9)


def test_draws_are_affine_in_their_shocks():
    rng = np.random.default_rng(22)
    models = [random_model(rng, diffuse=True) for _ in range(5)]
    y = jnp.array(np.stack([random_record(rng) for _ in models]))
    units = np.asarray(respond_all(stack(models), y, unit_shocks()))
    shocks = jax.vmap(draw_shocks, in_axes=(0, None))(jax.random.split(jax.random.key(1), COUNT + 1), models[0])
    weights = np.concatenate([np.reshape(part, (COUNT + 1, -1)) for part in shocks], axis=1)
    expected = units[:, :1] + np.einsum("sk,mkti->msti", weights, units[:, 1:] - units[:, :1])
    np.testing.assert_allclose(respond_all(stack(models), y, shocks), expected, atol=1e-9)


def test_moments_of_many_draws_are_those_of_the_posterior_and_keys_decide():
    """20,000 draws: every mean and covariance within 4.5 Monte Carlo standard errors (one in 700 runs by chance)."""
    rng, count = np.random.default_rng(23), 20_000
    model, y = random_model(rng, singular=True), random_record(rng)
    sample = jax.jit(jax.vmap(sample_states, in_axes=(0, None, None)))
    keys = jax.random.split(jax.random.key(5), count)
    draws = np.asarray(sample(keys, model, jnp.array(y))).reshape(count, -1)
    assert np.array_equal(draws, np.asarray(sample(keys, model, jnp.array(y))).reshape(count, -1))
    assert len(np.unique(draws[:, -1])) == count
    exact = answer(model, y)
    root = exact.factor.reshape(STEPS * STATES, -1)
    covariance = root @ root.T
    variance = np.diag(covariance)
    free = variance > 1e-12  # the third state repeats the first: what it repeats is compared once
    error = np.abs(draws.mean(0) - exact.mean.ravel())
    assert (error[free] < 4.5 * np.sqrt(variance[free] / count)).all()
    assert (error[~free] < 1e-6).all()
    standard_error = np.sqrt((np.outer(variance, variance) + covariance**2) / count)
    assert (np.abs(np.cov(draws.T) - covariance) <= 4.5 * standard_error + 1e-12).all()


def test_a_noiseless_series_is_met_by_every_draw():
    rng = np.random.default_rng(25)
    models = [random_model(rng, singular=True) for _ in range(5)]
    y = np.stack([random_record(rng) for _ in models])
    paths = np.asarray(respond_all(stack(models), jnp.array(y), unit_shocks()))
    for i, model in enumerate(models):
        seen = np.einsum("tj,ktj->kt", model.H[:, 0], paths[i]) + np.asarray(model.d)[:, 0]
        known = ~np.isnan(y[i, :, 0])
        np.testing.assert_allclose(seen[:, known], np.broadcast_to(y[i, known, 0], (COUNT + 1, known.sum())), atol=1e-9)


def test_a_simulated_path_follows_the_equations_and_refuses_a_diffuse_start():
    model = local_level(4, 0.0, 0.0, diffuse=False)
    path = jax.jit(simulate)(jax.random.key(3), model)
    np.testing.assert_allclose(path.s, jnp.broadcast_to(path.s[:1], (4, 1)), atol=0)
    assert jnp.array_equal(path.s, path.y)
    with pytest.raises(ValueError, match="proper start"):
        simulate(jax.random.key(3), local_level(4, 1.0, 1.0))
