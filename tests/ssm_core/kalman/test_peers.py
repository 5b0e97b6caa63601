"""The same answers as dynamax and cuthbert, where they are installed (they are no dependency of this project)."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.ssm_core.kalman.models import STEPS, random_model, random_record, root_smooth, run, smooth

WHY = "a peer, installed in an environment of its own: pip install dynamax cuthbert"


def lower(P):
    return jnp.linalg.cholesky(jnp.asarray(P))


def test_dynamax_filters_and_smooths_the_same():
    inference = pytest.importorskip("dynamax.linear_gaussian_ssm", reason=WHY)
    rng = np.random.default_rng(41)
    model, y = random_model(rng), jnp.array(random_record(rng, missing=0.0))
    # its parameters take arrays over time; entry t + 1 of our dynamics is its entry t + 1 as well
    R = jnp.stack([jnp.diag(r) for r in model.R])
    params = inference.ParamsLGSSM(
        inference.ParamsLGSSMInitial(model.m, model.P),
        inference.ParamsLGSSMDynamics(model.F, model.b, jnp.zeros((STEPS, model.m.shape[0], 0)), model.Q),
        inference.ParamsLGSSMEmissions(model.H, model.d, jnp.zeros((STEPS, y.shape[1], 0)), R),
    )
    theirs = inference.lgssm_smoother(params, y)
    filtered, smoothed = run(model, y), smooth(model, y)
    assert float(filtered.log_likelihood) == pytest.approx(float(theirs.marginal_loglik), abs=1e-6)
    np.testing.assert_allclose(filtered.m, theirs.filtered_means, atol=1e-6)
    np.testing.assert_allclose(filtered.P, theirs.filtered_covariances, atol=1e-6)
    np.testing.assert_allclose(smoothed.m, theirs.smoothed_means, atol=1e-6)
    np.testing.assert_allclose(smoothed.P, theirs.smoothed_covariances, atol=1e-6)


def test_cuthbert_filters_and_smooths_the_same_with_missing_cells():
    filtering = pytest.importorskip("cuthbertlib.kalman.filtering", reason=WHY)
    smoothing = pytest.importorskip("cuthbertlib.kalman.smoothing", reason=WHY)
    rng = np.random.default_rng(42)
    model, y = random_model(rng), jnp.array(random_record(rng, missing=0.3))
    state, total, past = (model.m, lower(model.P)), 0.0, []
    for t in range(STEPS):
        if t:
            state = filtering.predict(*state, model.F[t], model.b[t], lower(model.Q[t]))
        noise = jnp.diag(jnp.sqrt(model.R[t]))
        state, total = filtering.update(*state, model.H[t], model.d[t], noise, y[t], total)
        past.append(state)
    later = [past[-1]]
    for t in range(STEPS - 1, 0, -1):
        move = model.F[t], model.b[t], lower(model.Q[t])
        later.append(smoothing.update(*past[t - 1], *later[-1], *move)[0])
    filtered, smoothed, roots = run(model, y), smooth(model, y), root_smooth(model, y)
    assert float(filtered.log_likelihood) == pytest.approx(float(total), abs=1e-9)
    for t, ((m, L), (ms, Ls)) in enumerate(zip(past, later[::-1], strict=True)):
        np.testing.assert_allclose(filtered.m[t], m, atol=1e-9)
        np.testing.assert_allclose(filtered.P[t], L @ L.T, atol=1e-9)
        for found in (smoothed, roots):
            np.testing.assert_allclose(found.m[t], ms, atol=1e-9)
        np.testing.assert_allclose(smoothed.P[t], Ls @ Ls.T, atol=1e-9)
