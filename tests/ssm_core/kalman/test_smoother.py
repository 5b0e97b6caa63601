"""Laws of the smoothers: dense algebra over the whole record, the last step, noises, what the data leave open."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.ssm_core.kalman.models import (
    STEPS,
    constant,
    means_all,
    random_model,
    random_record,
    root_run_all,
    root_smooth,
    root_smooth_all,
    run_all,
    smooth,
    smooth_all,
    stack,
)
from tests.ssm_core.witnesses import answer

MANY = 20
KINDS = {
    "regular": {},
    "diffuse": {"diffuse": True},
    "singular": {"singular": True},
    "diffuse and singular": {"diffuse": True, "singular": True},
}


def gram(L):
    return np.asarray(L) @ np.swapaxes(L, -1, -2)


@pytest.fixture(scope="module", params=KINDS)
def case(request):
    rng = np.random.default_rng(11)
    models = [random_model(rng, **KINDS[request.param]) for _ in range(MANY)]
    records = [random_record(rng, whole_rows=4) for _ in models]
    answers = [answer(model, y) for model, y in zip(models, records, strict=True)]
    return stack(models), jnp.array(records), answers


def exact(answers):
    """Means, covariances, lag-one covariances, and means and covariances of the process noise."""
    steps = range(STEPS)
    return {
        "m": np.stack([a.mean for a in answers]),
        "P": np.stack([[a.covariance(t) for t in steps] for a in answers]),
        "lag_one": np.stack([[a.covariance(t, t - 1) for t in steps[1:]] for a in answers]),
        "w": np.stack([a.noise_mean for a in answers]),
        "W": np.stack([[f @ f.T for f in a.noise_factor] for a in answers]),
    }


def test_smoother_equals_dense_algebra(case):
    model, y, answers = case
    found, expected = smooth_all(model, y), exact(answers)
    np.testing.assert_allclose(found.m, expected["m"], atol=1e-9)
    np.testing.assert_allclose(found.P, expected["P"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.lag_one[:, 1:], expected["lag_one"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.w, expected["w"], atol=1e-9)
    np.testing.assert_allclose(found.W, expected["W"], atol=1e-9)
    assert found.Pinf is None or float(jnp.abs(found.Pinf).max()) == 0.0


def test_square_root_smoother_equals_dense_algebra(case):
    model, y, answers = case
    found, expected = root_smooth_all(model, y), exact(answers)
    np.testing.assert_allclose(found.m, expected["m"], atol=1e-9)
    np.testing.assert_allclose(gram(found.L), expected["P"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.lag_one[:, 1:], expected["lag_one"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.w, expected["w"], atol=1e-9)
    np.testing.assert_allclose(gram(found.Lw), expected["W"], atol=1e-9)


def test_backward_pass_of_vectors_gives_the_same_means(case):
    model, y, answers = case
    found, expected = means_all(model, y), exact(answers)
    np.testing.assert_allclose(found.m, expected["m"], atol=1e-9)
    np.testing.assert_allclose(found.w, expected["w"], atol=1e-9)
    left = y - model.d - jnp.einsum("ktij,ktj->kti", model.H, found.m)
    np.testing.assert_allclose(found.v, np.where(np.isnan(y), 0.0, left), atol=1e-9)


def test_square_root_filter_equals_the_filter(case):
    model, y, _ = case
    one, other = run_all(model, y), root_run_all(model, y)
    np.testing.assert_allclose(one.log_likelihood, other.log_likelihood, atol=1e-9)
    np.testing.assert_allclose(one.m, other.m, atol=1e-9)
    np.testing.assert_allclose(one.P, gram(other.L), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.innovations, other.innovations, atol=1e-9)
    np.testing.assert_allclose(one.variances, other.variances, rtol=1e-9, atol=1e-9)


def test_smoother_equals_filter_at_the_last_step(case):
    model, y, _ = case
    filtered, smoothed = run_all(model, y), smooth_all(model, y)
    assert jnp.array_equal(filtered.m[:, -1], smoothed.m[:, -1])
    assert jnp.array_equal(filtered.P[:, -1], smoothed.P[:, -1])


def test_square_root_smoother_survives_states_that_noiseless_data_pin_down():
    """Variances shrink to 1e-10 of what they were; covariances lose half their digits there, factors do not."""
    rng = np.random.default_rng(3)
    models = [random_model(rng, singular=True, rank=1) for _ in range(MANY)]
    records = [random_record(rng, whole_rows=4) for _ in models]
    expected = exact([answer(model, y) for model, y in zip(models, records, strict=True)])
    found = root_smooth_all(stack(models), jnp.array(records))
    np.testing.assert_allclose(found.m, expected["m"], atol=1e-8)
    np.testing.assert_allclose(gram(found.L), expected["P"], atol=1e-8)
    np.testing.assert_allclose(smooth_all(stack(models), jnp.array(records)).m, expected["m"], atol=1e-8)


def test_what_the_record_leaves_open_is_reported_as_diffuse():
    """One observation of the sum of two random walks: the sum is known, the difference is not, at any step."""
    H, Q, Pinf = [[1, 1, 0], [0, 0, 1]], np.diag([0.5, 0.25, 0.0]), np.diag([1.0, 1.0, 0.0])
    model = constant(np.eye(3), Q, H, [0.1, 1.0], STEPS, Pinf=Pinf)
    y = jnp.full((STEPS, 2), jnp.nan).at[1, 0].set(2.0)
    one, other = smooth(model, y), root_smooth(model, y)
    for found, P in ((one, one.P), (other, gram(other.L))):
        half = np.array([[0.5, -0.5, 0], [-0.5, 0.5, 0], [0, 0, 0]])
        np.testing.assert_allclose(found.Pinf, np.broadcast_to(half, (STEPS, 3, 3)), atol=1e-12)
        np.testing.assert_allclose(found.m.sum(-1), 2.0, atol=1e-12)
        # measurement noise plus the moves between the observation and the step
        np.testing.assert_allclose(P.sum((-1, -2)), 0.1 + 0.75 * np.abs(np.arange(STEPS) - 1), atol=1e-12)
