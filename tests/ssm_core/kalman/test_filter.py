"""Laws of the filter: plain algebra over the whole record, missing cells, scales, diffuse starts, derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from ssm_core.kalman.filter import log_likelihood
from ssm_core.kalman.prediction import one_step_predictions
from tests.ssm_core import models as plain
from tests.ssm_core.kalman.models import (
    SERIES,
    STEPS,
    constant,
    local_level,
    random_model,
    random_record,
    root_run,
    run,
    run_all,
    stack,
)
from tests.ssm_core.witnesses import answer, ornstein_uhlenbeck


def test_likelihood_equals_the_brute_force_normal_over_100_random_models_with_missing_cells():
    rng = np.random.default_rng(1)
    models, records = [plain.random_model(rng) for _ in range(100)], []
    expected = []
    for model in models:
        mean, cov = plain.joint_normal(model)
        y = rng.multivariate_normal(mean.ravel(), cov).reshape(mean.shape)
        y[rng.random(y.shape) < 0.3] = np.nan
        seen = ~np.isnan(y.ravel())
        normal = stats.multivariate_normal(mean.ravel()[seen], cov[np.ix_(seen, seen)])
        records.append(y)
        expected.append(normal.logpdf(y.ravel()[seen]))
    found = run_all(stack(models), jnp.array(records)).log_likelihood
    np.testing.assert_allclose(found, expected, atol=1e-9, rtol=0)


@pytest.mark.parametrize("diffuse", [False, True])
@pytest.mark.parametrize("singular", [False, True])
def test_likelihood_and_last_state_equal_dense_algebra(diffuse, singular):
    rng = np.random.default_rng(2)
    models = [random_model(rng, diffuse, singular) for _ in range(20)]
    records = [random_record(rng, whole_rows=4) for _ in models]
    found = run_all(stack(models), jnp.array(records))
    for i, (model, y) in enumerate(zip(models, records, strict=True)):
        exact = answer(model, y)
        assert float(found.log_likelihood[i]) == pytest.approx(exact.log_likelihood, abs=1e-9)
        np.testing.assert_allclose(found.m[i, -1], exact.mean[-1], atol=1e-9)
        np.testing.assert_allclose(found.P[i, -1], exact.covariance(STEPS - 1), atol=1e-9)


def test_last_innovation_equals_the_conditional_normal():
    rng = np.random.default_rng(2)
    model = plain.random_model(rng)
    mean, cov = plain.joint_normal(model)
    y = rng.multivariate_normal(mean.ravel(), cov).reshape(mean.shape)
    out = run(model, jnp.array(y))
    # what is left of the last cell after regressing it on all cells before it
    weights = np.linalg.solve(cov[:-1, :-1], cov[:-1, -1])
    expected = y.ravel()[-1] - mean.ravel()[-1] - weights @ (y.ravel() - mean.ravel())[:-1]
    assert float(out.innovations[-1, -1]) == pytest.approx(expected, abs=1e-9)
    assert float(out.variances[-1, -1]) == pytest.approx(cov[-1, -1] - weights @ cov[:-1, -1], abs=1e-9)


def test_one_step_predictions_equal_the_conditional_normal_of_a_row():
    rng = np.random.default_rng(3)
    model = plain.random_model(rng)
    mean, cov = plain.joint_normal(model)
    y = rng.multivariate_normal(mean.ravel(), cov).reshape(mean.shape)
    y[2, 0] = np.nan
    found = jax.jit(one_step_predictions)(model, jnp.array(y))
    old, new = np.flatnonzero(~np.isnan(y.ravel()[:-2])), [-2, -1]
    weights = np.linalg.solve(cov[np.ix_(old, old)], cov[np.ix_(old, new)]).T
    expected = mean.ravel()[new] + weights @ (y.ravel() - mean.ravel())[old]
    np.testing.assert_allclose(found.mean[-1], expected, atol=1e-9)
    np.testing.assert_allclose(found.covariance[-1], cov[np.ix_(new, new)] - weights @ cov[np.ix_(old, new)], atol=1e-9)
    assert bool(found.known.all())


def test_a_diffuse_start_predicts_nothing_until_the_first_observation():
    y = jnp.array([jnp.nan, jnp.nan, 3.0, 4.0, jnp.nan])[:, None]
    found = jax.jit(one_step_predictions)(local_level(5, 1.0, 1.0), y)
    assert found.known[:, 0].tolist() == [False, False, False, True, True]
    assert float(found.mean[3, 0]) == pytest.approx(3.0, abs=1e-12)


def test_missing_rows_change_nothing():
    rng = np.random.default_rng(4)
    model = plain.random_model(rng)
    y = rng.normal(size=(6, 2))
    y[3:] = np.nan
    whole = run(model, jnp.array(y))
    short = jax.tree.map(lambda a: a[:3] if a.shape[:1] == (6,) else a, model)
    assert float(whole.log_likelihood) == pytest.approx(float(run(short, jnp.array(y[:3])).log_likelihood), abs=1e-12)


@pytest.mark.parametrize("diffuse", [False, True])
def test_a_ragged_start_equals_a_start_moved_by_hand(diffuse):
    rng = np.random.default_rng(5)
    model, y = random_model(rng, diffuse), random_record(rng, whole_rows=5)
    y[:2] = np.nan
    F, b, Q = model.F, model.b, model.Q
    m, P, Pinf = model.m, model.P, model.Pinf
    for t in (1, 2):
        m, P, Pinf = F[t] @ m + b[t], F[t] @ P @ F[t].T + Q[t], None if Pinf is None else F[t] @ Pinf @ F[t].T
    # two steps earlier; what moves in behind the record is not observed
    later = jax.tree.map(lambda a: jnp.roll(a, -2, 0) if a.shape[:1] == (STEPS,) else a, model)
    later = later._replace(m=m, P=P, Pinf=Pinf)
    assert float(run(model, jnp.array(y)).log_likelihood) == pytest.approx(
        float(run(later, jnp.array(np.roll(y, -2, 0))).log_likelihood), abs=1e-9
    )


def test_a_record_without_any_observation_has_log_likelihood_zero():
    for diffuse in (False, True):
        model = random_model(np.random.default_rng(5), diffuse)
        assert float(run(model, jnp.full((STEPS, SERIES), jnp.nan)).log_likelihood) == 0.0


@pytest.mark.parametrize("diffuse", [False, True])
def test_permuting_indicators_changes_nothing(diffuse):
    rng = np.random.default_rng(6)
    models = [random_model(rng, diffuse, singular) for singular in (False, True) for _ in range(10)]
    y = np.stack([random_record(rng) for _ in models])
    swapped = [m._replace(H=m.H[:, ::-1], d=m.d[:, ::-1], R=m.R[:, ::-1]) for m in models]
    one, other = run_all(stack(models), jnp.array(y)), run_all(stack(swapped), jnp.array(y[:, :, ::-1]))
    np.testing.assert_allclose(one.log_likelihood, other.log_likelihood, atol=1e-9)
    np.testing.assert_allclose(one.m[:, -1], other.m[:, -1], atol=1e-9)


def test_units_of_states_and_data_shift_the_likelihood_by_their_logarithm():
    """A diffuse direction is recognised, and a resolved one not revived, whatever the units: 1e-6 to 1e6 each."""
    rng = np.random.default_rng(7)
    model, y = random_model(rng, diffuse=True), random_record(rng, missing=0.0)
    base = float(run(model, jnp.array(y)).log_likelihood)
    units, data = 10.0 ** np.array([[6, -6, 0], [-6, 6, 3], [6, 6, 6], [-6, -6, -6]]), 10.0 ** np.array([6, -6, -6, 6])
    for c, k in zip(units, data, strict=True):
        C = np.outer(c, c)
        scaled = model._replace(
            m=model.m * c,
            P=model.P * C,
            Pinf=model.Pinf * C,
            F=model.F * c[None, :, None] / c[None, None, :],
            b=model.b * c[None],
            Q=model.Q * C[None],
            H=model.H * k / c[None, None, :],
            d=model.d * k,
            R=model.R * k**2,
        )
        for f in (run, root_run):
            found = float(f(scaled, jnp.array(y * k)).log_likelihood)
            assert found + STEPS * SERIES * np.log(k) == pytest.approx(base, rel=1e-8)


@pytest.mark.parametrize("slope", [1.0, 1e-4, 1e-8])
def test_a_slope_in_small_units_is_still_a_diffuse_direction(slope):
    """Level and trend with the trend's unit far from the level's: the second observation resolves it, the third not."""
    y = np.array([1.0, 2.5, 3.0, 5.5])[:, None]
    model = constant([[1, slope], [0, 1]], np.diag([0.1, 0.2]), [[1, 0]], [0.3], 4, Pinf=np.eye(2))
    out = run(model, jnp.array(y))
    assert np.isinf(np.asarray(out.variances)[:, 0]).tolist() == [True, True, False, False]
    assert float(out.log_likelihood) == pytest.approx(answer(model, y).log_likelihood, abs=1e-7)


def test_discretised_ornstein_uhlenbeck_process_equals_its_gaussian_process_at_irregular_times():
    """`x' = -a x + g dW` between irregular times is an autoregression with `F = exp(-a dt)`, written out by hand."""
    a, g, noise = 0.7, 1.3, 0.4
    times = np.array([0.0, 0.2, 1.7, 1.9, 4.0, 9.0, 9.1])
    F = np.exp(-a * np.diff(times, prepend=0.0))
    model = constant([[1.0]], [[1.0]], [[1.0]], [noise], STEPS, P=[[g * g / (2 * a)]])
    model = model._replace(F=jnp.array(F)[:, None, None], Q=jnp.array(g * g / (2 * a) * (1 - F * F))[:, None, None])
    mean, covariance = ornstein_uhlenbeck(np.array([[-a]]), np.array([[g * g]]), np.eye(1), [noise], times)
    y = np.random.default_rng(9).normal(size=STEPS)
    expected = stats.multivariate_normal(mean.ravel(), covariance).logpdf(y)
    assert float(run(model, jnp.array(y)[:, None]).log_likelihood) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("diffuse", [False, True])
def test_gradient_equals_finite_differences(diffuse):
    rng = np.random.default_rng(8)
    model, y = random_model(rng, diffuse), random_record(rng)

    def value(parts):
        return log_likelihood(model._replace(**parts), jnp.array(y))

    parts = {name: getattr(model, name) for name in ("F", "b", "Q", "H", "R", "d", "P", "m")}
    gradient = jax.jit(jax.grad(value))(parts)
    direction = {name: jnp.array(rng.normal(size=part.shape)) for name, part in parts.items()}
    direction["Q"], direction["P"] = direction["Q"] + direction["Q"].mT, direction["P"] + direction["P"].mT

    def along(s):
        moved = model._replace(**{name: parts[name] + s * direction[name] for name in parts})
        return float(run(moved, jnp.array(y)).log_likelihood)

    difference = (along(1e-5) - along(-1e-5)) / 2e-5
    slope = sum(float((gradient[name] * direction[name]).sum()) for name in parts)
    assert slope == pytest.approx(difference, rel=1e-6)
