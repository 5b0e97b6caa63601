"""Nothing that data or a sampler may propose gives NaN silently, and no covariance loses its sign."""

import jax.numpy as jnp
import numpy as np
import pytest

from ssm_core.kalman.factors import compress, factor
from ssm_core.kalman.linear_gaussian import LinearGaussian
from tests.ssm_core.kalman.models import (
    SERIES,
    STATES,
    STEPS,
    constant,
    local_level,
    random_model,
    random_record,
    root_run,
    root_run_all,
    root_smooth,
    root_smooth_all,
    run,
    run_all,
    smooth,
    smooth_all,
    stack,
)
from tests.ssm_core.witnesses import answer

MANY = 10_000


def gram(L):
    return np.asarray(L) @ np.swapaxes(L, -1, -2)


def wild_covariances(rng, count, n):
    """Eigenvalues from 1e-14 to 1 and exact zeros, units from 1e-6 to 1e6."""
    vectors = np.linalg.qr(rng.normal(size=(count, n, n)))[0]
    roots = 10.0 ** rng.uniform(-7, 0, size=(count, 1, n)) * (rng.random((count, 1, n)) > 0.25)
    units = 10.0 ** rng.uniform(-6, 6, size=(count, 1, 1))
    L = vectors * roots * units
    return L @ L.mT


def wild_models(rng, count):
    """Random rotations with roots up to and at the unit circle, near-singular noise, series with and without noise."""
    n, p = STATES, SERIES
    turn = np.linalg.qr(rng.normal(size=(count, n, n)))[0]
    shrink = 1.0 - 10.0 ** rng.uniform(-12, 0, size=(count, 1, n)) * (rng.random((count, 1, n)) > 0.2)
    F = np.broadcast_to((turn * shrink)[:, None], (count, STEPS, n, n))
    Q = np.broadcast_to(wild_covariances(rng, count, n)[:, None], (count, STEPS, n, n))
    H = rng.normal(size=(count, p, n)) * 10.0 ** rng.uniform(-3, 3, size=(count, 1, 1))
    H[:500, 1] = H[:500, 0]  # two series that say the same
    R = 10.0 ** rng.uniform(-12, 12, size=(count, p)) * (rng.random((count, p)) > 0.3)
    y = rng.normal(size=(count, STEPS, p)) * 10.0 ** rng.uniform(-6, 6, size=(count, 1, 1))
    y[rng.random(y.shape) < 0.3] = np.nan
    model = LinearGaussian(
        m=np.zeros((count, n)), P=wild_covariances(rng, count, n), Pinf=None, F=F, b=np.zeros((count, STEPS, n)),
        Q=Q, H=np.broadcast_to(H[:, None], (count, STEPS, p, n)), d=np.zeros((count, STEPS, p)),
        R=np.broadcast_to(R[:, None], (count, STEPS, p)),
    )  # fmt: skip
    return LinearGaussian(*(None if a is None else jnp.array(a) for a in model)), jnp.array(y)


@pytest.fixture(scope="module")
def wild():
    return wild_models(np.random.default_rng(31), MANY)


def test_10000_wild_models_give_no_nan_and_their_square_root_covariances_are_semidefinite(wild):
    filtered, smoothed = root_run_all(*wild), root_smooth_all(*wild)
    assert not np.isnan(np.asarray(filtered.log_likelihood)).any()
    for m in (filtered.m, smoothed.m, smoothed.w):
        assert np.isfinite(np.asarray(m)).all()
    for L in (filtered.L, smoothed.L, smoothed.Lw):
        P = gram(L)
        assert np.isfinite(P).all()
        smallest, largest = np.linalg.eigvalsh(P)[..., 0], np.linalg.eigvalsh(P)[..., -1]
        assert (smallest >= -1e-14 * largest).all()


def test_10000_wild_models_give_no_nan_in_covariance_form_and_its_signs_hold_up_to_rounding(wild):
    """Rounding of a covariance is relative to the largest variance that went into it; noiseless series magnify it."""
    model, y = wild
    filtered, smoothed = run_all(model, y), smooth_all(model, y)
    assert not np.isnan(np.asarray(filtered.log_likelihood)).any()
    largest = np.asarray(model.P + STEPS * model.Q[:, 0]).max((1, 2))[:, None]
    for m, P in ((filtered.m, filtered.P), (smoothed.m, smoothed.P)):
        assert np.isfinite(np.asarray(m)).all()
        smallest = np.linalg.eigvalsh(np.asarray(P))[..., 0]
        assert (smallest >= -1e-12 * largest).mean() > 0.999
        assert (smallest >= -1e-2 * largest).all()


def test_covariance_form_and_square_roots_agree_where_noise_is_not_extreme(wild):
    model, y = wild
    spread = model.P + STEPS * model.Q[:, 0]
    size = np.asarray(jnp.einsum("kpn,knm,kpm->kp", model.H[:, 0], spread, model.H[:, 0])).max(1)
    tame = np.asarray(model.R[:, 0]).min(1) > 1e-6 * size
    assert tame.sum() > 1000
    one, other = run_all(model, y).log_likelihood, root_run_all(model, y).log_likelihood
    np.testing.assert_allclose(one[tame], other[tame], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("diffuse", [False, True])
@pytest.mark.parametrize("steps", [1, STEPS])
def test_one_indicator_and_one_step_equal_dense_algebra(diffuse, steps):
    model = local_level(steps, 0.5, 0.2, diffuse)
    y = np.linspace(1.0, 2.0, steps)[:, None]
    exact = answer(model, y)
    for found in (run(model, jnp.array(y)), root_run(model, jnp.array(y))):
        assert float(found.log_likelihood) == pytest.approx(exact.log_likelihood, abs=1e-10)
    for found in (smooth(model, jnp.array(y)), root_smooth(model, jnp.array(y))):
        np.testing.assert_allclose(found.m, exact.mean, atol=1e-10)


@pytest.mark.parametrize("diffuse", [False, True])
def test_a_record_without_any_observation_returns_the_prior(diffuse):
    model = random_model(np.random.default_rng(32), diffuse)
    y = jnp.full((STEPS, SERIES), jnp.nan)
    exact = answer(model._replace(Pinf=None), np.asarray(y))
    for found, P in ((smooth(model, y), smooth(model, y).P), (root_smooth(model, y), gram(root_smooth(model, y).L))):
        known = np.broadcast_to(np.eye(3), (STEPS, 3, 3))
        if diffuse:  # what is finite is the variance of the one direction that is not diffuse
            np.testing.assert_allclose(found.Pinf[0], model.Pinf, atol=1e-9)
            known = np.linalg.eigh(np.asarray(found.Pinf))[1][:, :, :1]
        prior = np.stack([exact.covariance(t) for t in range(STEPS)])
        np.testing.assert_allclose(known.mT @ P @ known, known.mT @ prior @ known, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(known.mT @ found.m[..., None], known.mT @ exact.mean[..., None], atol=1e-6)


def test_a_constant_series_and_near_zero_noise_stay_finite():
    y = jnp.ones((STEPS, 1))
    for noise in (1e-6, 1e-12, 1e-100, 1e-200, 0.0):
        for diffuse in (False, True):
            model = local_level(STEPS, noise, 0.0, diffuse)
            for found in (run(model, y), root_run(model, y)):
                assert np.isfinite(float(found.log_likelihood))
                np.testing.assert_allclose(found.m[-1], 1.0, atol=1e-6)
            for found in (smooth(model, y), root_smooth(model, y)):
                np.testing.assert_allclose(found.m, 1.0, atol=1e-6)


def test_two_noiseless_series_that_agree_count_once_and_that_disagree_are_impossible():
    rng = np.random.default_rng(33)
    model, y = random_model(rng), random_record(rng, missing=0.0)
    H = jnp.broadcast_to(model.H[0], model.H.shape).at[:, 1].set(model.H[0, 0] * 3.0)
    twice = model._replace(H=H, d=model.d * 0.0, R=jnp.zeros_like(model.R))
    same, differ = np.stack([y[:, 0], 3.0 * y[:, 0]], 1), np.stack([y[:, 0], 3.0 * y[:, 0] + 1e-3], 1)
    alone = np.stack([y[:, 0], np.full(STEPS, np.nan)], 1)
    for f in (run, root_run):
        once = float(f(twice, jnp.array(alone)).log_likelihood)
        assert float(f(twice, jnp.array(same)).log_likelihood) == pytest.approx(once, abs=1e-9)
        assert float(f(twice, jnp.array(differ)).log_likelihood) == -np.inf


def test_an_observation_that_the_model_rules_out_has_no_density():
    model = local_level(STEPS, 0.0, 0.0, diffuse=False)
    for f in (run, root_run):
        assert float(f(model, jnp.ones((STEPS, 1)).at[-1].set(2.0)).log_likelihood) == -np.inf
        assert np.isfinite(float(f(model, jnp.ones((STEPS, 1))).log_likelihood))


def test_collinear_inputs_leave_their_difference_unknown_and_everything_else_finite():
    """Two regressors that are the same number at every step: only the sum of their diffuse coefficients is known."""
    x = np.array([1.0, 2.0, -1.0, 0.5, 3.0, 1.5, -2.0])
    model = constant(np.eye(3), np.zeros((3, 3)), np.zeros((2, 3)), [0.4, 0.4], STEPS, Pinf=np.eye(3))
    regressors = np.stack([x, x, np.ones(STEPS)], 1)
    model = model._replace(H=jnp.array(np.stack([regressors, regressors], 1)), R=jnp.full((STEPS, 2), 0.4))
    y = 2.0 * x + 1.0 + 0.1 * np.array([1, -1, 1, -1, 1, -1, 1])
    sum_and_level = np.linalg.lstsq(np.stack([x, np.ones(STEPS)], 1), y, rcond=None)[0]
    record = jnp.array(np.stack([y, np.full(STEPS, np.nan)], 1))
    for found in (smooth(model, record), root_smooth(model, record)):
        np.testing.assert_allclose(found.m[:, 0] + found.m[:, 1], sum_and_level[0], atol=1e-9)
        np.testing.assert_allclose(found.m[:, 2], sum_and_level[1], atol=1e-9)
        half = np.array([[0.5, -0.5, 0], [-0.5, 0.5, 0], [0, 0, 0]])
        np.testing.assert_allclose(found.Pinf, np.broadcast_to(half, (STEPS, 3, 3)), atol=1e-9)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_factor_reproduces_covariances_of_any_rank_and_unit(rank):
    rng = np.random.default_rng(34)
    units = 10.0 ** np.array([6.0, -6.0, 0.0])
    root = rng.normal(size=(3, rank)) * units[:, None]
    P = root @ root.T
    L = np.asarray(factor(jnp.array(P)))
    np.testing.assert_allclose(L @ L.T / np.outer(units, units), P / np.outer(units, units), atol=1e-12)
    assert (np.abs(L).max(0) > 0).sum() == rank
    np.testing.assert_allclose(gram(compress(jnp.array(root @ np.eye(rank, 3)))), P, rtol=1e-9)


def test_factor_refuses_what_is_no_covariance():
    for P in ([[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 1.0]]):
        assert np.isnan(np.asarray(factor(jnp.array(P)))).all()


def test_models_of_different_kinds_do_not_disturb_each_other_in_a_batch():
    rng = np.random.default_rng(35)
    models = [random_model(rng), random_model(rng, singular=True)]
    y = np.stack([random_record(rng), np.full((STEPS, SERIES), np.nan)])
    both = run_all(stack(models), jnp.array(y))
    for i, model in enumerate(models):
        assert float(both.log_likelihood[i]) == pytest.approx(float(run(model, jnp.array(y[i])).log_likelihood))
