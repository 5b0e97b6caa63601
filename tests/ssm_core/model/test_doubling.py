"""Discretisation of continuous time: exact, stable over any gap, the same by any route, with an exact adjoint."""

import numpy as np
import pytest
from scipy.linalg import expm, solve_continuous_lyapunov

from ssm_core.model.doubling import Discretised, discretise, discretise_adjoint


def system(rng, n=3, stable=True):
    A = rng.normal(size=(n, n))
    if stable:
        A = A - (np.linalg.eigvals(A).real.max() + 0.2) * np.eye(n)
    G = rng.normal(size=(n, n))
    return A, G @ G.T


def one(A, S, gap):
    out, _ = discretise(A[None], S[None], np.array([gap]))
    return Discretised(*(part[0] for part in out))


@pytest.mark.parametrize("gap", [1e-9, 0.01, 1.0, 7.3])
def test_the_integrals_are_those_of_van_loan(gap):
    A, S = system(np.random.default_rng(1))
    n, got = len(A), one(A, S, gap)
    block = expm(gap * np.block([[-A, S], [np.zeros((n, n)), A.T]]))
    inputs = expm(gap * np.block([[A, np.eye(n)], [np.zeros((n, 2 * n))]]))
    np.testing.assert_allclose(got.F, expm(A * gap), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(got.Phi, inputs[:n, n:], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(got.Q, block[n:, n:].T @ block[:n, n:], rtol=1e-9, atol=1e-12)


def test_two_half_steps_equal_one_step():
    rng = np.random.default_rng(2)
    for gap in (1e-3, 0.7, 30.0):
        A, S = system(rng, stable=gap > 1)
        half, whole = one(A, S, gap / 2), one(A, S, gap)
        np.testing.assert_allclose(half.F @ half.F, whole.F, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(half.Phi + half.F @ half.Phi, whole.Phi, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(half.Q + half.F @ half.Q @ half.F.T, whole.Q, rtol=1e-11, atol=1e-13)


def test_a_long_gap_reaches_the_stationary_law_where_block_exponentials_overflow():
    A, S = np.array([[-0.1, 0.0], [1.0, -9.0]]), np.diag([0.3, 2.0])
    got = one(A, S, 1000.0)
    np.testing.assert_allclose(got.F, 0.0, atol=1e-40)
    np.testing.assert_allclose(got.Q, solve_continuous_lyapunov(A, -S), rtol=1e-11)
    np.testing.assert_allclose(got.Phi, -np.linalg.inv(A), rtol=1e-11, atol=1e-15)


def test_nothing_is_divided_by_the_drift():
    S = np.diag([2.0, 0.0])
    still, walk = one(np.zeros((2, 2)), S, 3.0), one(np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([0.0, 1.0]), 3.0)
    np.testing.assert_allclose(still.F, np.eye(2))
    np.testing.assert_allclose(still.Q, 3.0 * S)
    np.testing.assert_allclose(walk.Q, [[9.0, 4.5], [4.5, 3.0]])  # an integrated random walk: D^3/3, D^2/2, D


def test_covariances_stay_positive_semidefinite():
    rng = np.random.default_rng(3)
    A = np.stack([system(rng)[0] for _ in range(500)])
    g = rng.normal(size=(500, 3, 1)) * 10.0 ** rng.uniform(-6, 6, (500, 1, 1))
    out, _ = discretise(A, g @ g.swapaxes(1, 2), 10.0 ** rng.uniform(-6, 3, 500))
    values = np.linalg.eigvalsh((out.Q + out.Q.swapaxes(1, 2)) / 2)
    assert np.all(values[:, 0] >= -1e-13 * values[:, -1])


def test_the_adjoint_equals_finite_differences():
    rng = np.random.default_rng(4)
    A, S = (np.stack(part) for part in zip(*(system(rng) for _ in range(4)), strict=True))
    gap = np.array([1e-3, 0.4, 2.0, 9.0])
    weights = Discretised(*(rng.normal(size=A.shape) for _ in range(3)))
    weights = weights._replace(Q=weights.Q + weights.Q.swapaxes(1, 2))

    def value(A, S):
        out, _ = discretise(A, S, gap)
        return sum((w * part).sum((1, 2)) for w, part in zip(weights, out, strict=True))

    _, tape = discretise(A, S, gap)
    A_bar, S_bar = discretise_adjoint(tape, weights)
    for i in range(3):
        for j in range(3):
            shift = np.zeros((3, 3))
            shift[i, j] = 1e-6
            slope = (value(A + shift, S) - value(A - shift, S)) / 2e-6
            np.testing.assert_allclose(A_bar[:, i, j], slope, rtol=1e-6, atol=1e-7)
            both = (shift + shift.T) / 2
            slope = (value(A, S + both) - value(A, S - both)) / 2e-6
            np.testing.assert_allclose(S_bar[:, i, j], slope, rtol=1e-6, atol=1e-7)
