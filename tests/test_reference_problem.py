"""The benchmark's reference density against a dense normal and a second library."""

import numpy as np
import pytest
from statsmodels.tsa.statespace.mlemodel import MLEModel

from benchmarks.engine import problem as reference

PUBLISHED = -2137.8146962073
"""Log-likelihood at the truth of `generate(T=365, n=4, seed=20260101, miss=0.15)`."""


def _dense(problem, values):
    A, B, q, C, d, r = reference.matrices(problem.spec, values)
    T, n = len(problem.y), problem.spec.n
    mean, cov = np.zeros((T, n)), np.zeros((T, n, T, n))
    cov[0, :, 0] = 4.0 * np.eye(n)
    for t in range(1, T):
        mean[t] = A @ mean[t - 1] + B @ problem.u[t]
        cov[t, :, :t] = np.einsum("ij,jsk->isk", A, cov[t - 1, :, :t])
        cov[:t, :, t] = cov[t, :, :t].transpose(1, 2, 0)
        cov[t, :, t] = A @ cov[t - 1, :, t - 1] @ A.T + np.diag(q**2)
    H = np.kron(np.eye(T), C)
    S = H @ cov.reshape(T * n, T * n) @ H.T + np.kron(np.eye(T), np.diag(r**2))
    seen = ~np.isnan(problem.y.ravel())
    e, S = (problem.y - mean @ C.T - d).ravel()[seen], S[np.ix_(seen, seen)]
    return -0.5 * (seen.sum() * np.log(2 * np.pi) + np.linalg.slogdet(S)[1] + e @ np.linalg.solve(S, e))


def _statsmodels(problem, values):
    A, B, q, C, d, r = reference.matrices(problem.spec, values)
    model = MLEModel(problem.y, k_states=problem.spec.n, k_posdef=problem.spec.n)
    model["transition"], model["selection"], model["state_cov"] = A, np.eye(problem.spec.n), np.diag(q**2)
    model["design"], model["obs_intercept"], model["obs_cov"] = C, d[:, None], np.diag(r**2)
    model["state_intercept"] = np.roll(B @ problem.u.T, -1, axis=1)
    model.ssm.initialize_known(np.zeros(problem.spec.n), 4.0 * np.eye(problem.spec.n))
    return model.ssm.loglike()


def test_the_published_log_likelihood_stands():
    problem = reference.generate()
    assert reference.log_likelihood(problem, reference.truth(problem.spec)) == pytest.approx(PUBLISHED, abs=1e-8)


@pytest.mark.parametrize("n", [2, 4, 8])
def test_log_likelihood_equals_the_dense_normal(n):
    problem = reference.generate(T=30, n=n, seed=3)
    for theta in reference.points(problem.spec, 3):
        values = reference.natural(problem.spec, theta)
        assert reference.log_likelihood(problem, values) == pytest.approx(_dense(problem, values), abs=1e-8)


def test_log_likelihood_equals_statsmodels():
    problem = reference.generate()
    values = reference.natural(problem.spec, reference.points(problem.spec, 2)[1])
    assert reference.log_likelihood(problem, values) == pytest.approx(_statsmodels(problem, values), abs=1e-7)


def test_unconstrained_and_natural_are_inverse():
    spec = reference.spec(4)
    values = reference.truth(spec)
    assert reference.natural(spec, reference.unconstrained(spec, values)) == pytest.approx(values, abs=1e-14)


def test_candidate_graphs_are_distinct_and_begin_with_the_true_one():
    spec = reference.spec(4)
    graphs = reference.candidates(spec, 40)
    assert len(set(graphs)) == 40
    assert set(graphs[0].off) == set(spec.off)
