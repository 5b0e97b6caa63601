"""Pathfinder: the factorised inverse Hessian is the dense one, Gaussian targets are recovered, paths are weighed."""

import numpy as np
import pytest

from schemas.spec import Series
from ssm_core.inference.approximation.inverse import History
from ssm_core.inference.approximation.marginal import NotMarginalError
from ssm_core.inference.approximation.pathfinder import Search, pathfinder
from ssm_core.inference.density import Evaluation
from ssm_core.inference.modes import NoModeError, starting_points
from tests.ssm_core.inference.problems import (
    evidence_by_quadrature,
    evidence_given_sd,
    record,
    regression,
    target_of,
)


def walked(parameters=5, steps=9, memory=4, paths=3):
    """Random steps over a quadratic, remembered; and the same steps in full."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(parameters, parameters))
    curvature = root @ root.T + np.eye(parameters)
    history, steps_seen = History(paths, parameters, memory, np.ones(parameters)), []
    for _ in range(steps):
        s = rng.normal(size=(parameters, paths))
        history.learn(np.arange(paths), s, curvature @ s)
        steps_seen.append((s, curvature @ s, history.alpha.copy()))
    return history, steps_seen, curvature


def dense(diagonal, pairs):
    """BFGS updates of a diagonal, one by one, as Nocedal & Wright (2006), eq. 6.17."""
    H = np.diag(diagonal)
    for s, z in pairs:
        V = np.eye(len(s)) - np.outer(s, z) / (s @ z)
        H = V @ H @ V.T + np.outer(s, s) / (s @ z)
    return H


@pytest.mark.parametrize(("parameters", "memory", "steps"), [(5, 4, 9), (5, 8, 9), (7, 3, 2), (4, 6, 0)])
def test_the_factors_are_the_dense_update(parameters, memory, steps):
    history, seen, _ = walked(parameters, steps, memory)
    got = history.factors(np.arange(3))
    rng = np.random.default_rng(2)
    for path in range(3):
        expected = dense(history.alpha[path], [(s[:, path], z[:, path]) for s, z, _ in seen[-memory:]])
        np.testing.assert_allclose(got.times(np.tile(np.eye(parameters)[0], (3, 1)))[path], expected[0], atol=1e-9)
        root = got.spread(np.tile(np.eye(parameters), (3, 1, 1)))[path]
        np.testing.assert_allclose(root @ root.T, expected, rtol=1e-8, atol=1e-9)
        assert got.log_determinant[path] == pytest.approx(np.linalg.slogdet(expected)[1], abs=1e-8)
        away = rng.normal(size=(3, parameters, 4))
        distance = np.einsum("pk,pq,qk->k", away[path], np.linalg.inv(expected), away[path])
        constant = np.linalg.slogdet(expected)[1] + parameters * np.log(2 * np.pi)
        np.testing.assert_allclose(got.log_density(away)[path], -0.5 * (distance + constant), rtol=1e-7, atol=1e-7)


def test_the_diagonal_is_that_of_the_rescaled_update():
    """Gilbert & Lemarechal (1989): the diagonal of the BFGS update of `(a / b) diag(1 / alpha)`."""
    _, seen, _ = walked(steps=2, paths=1)
    (s, z, _), before = seen[1], seen[0][2][0]
    s, z, after = s[:, 0], z[:, 0], seen[1][2][0]
    B = np.diag(1 / before) * (z @ (before * z)) / (s @ z)
    B = B - np.outer(B @ s, B @ s) / (s @ B @ s) + np.outer(z, z) / (s @ z)
    np.testing.assert_allclose(after, 1 / np.diag(B), rtol=1e-10)


def test_steps_without_curvature_are_forgotten():
    history, *_ = walked()
    before, alpha = history.factors(np.arange(3)), history.alpha.copy()
    s = np.random.default_rng(3).normal(size=(5, 3))
    history.learn(np.arange(3), s, -s)
    np.testing.assert_array_equal(history.alpha, alpha)
    np.testing.assert_array_equal(history.factors(np.arange(3)).beta, before.beta)


class Quadratic:
    """A Gaussian posterior with a known evidence of one, standing in for `LogPosterior`."""

    def __init__(self, mean, covariance):
        self.mean, self.covariance = mean, covariance
        self.precision, self.evaluations, self.spec = np.linalg.inv(covariance), 0, regression()

    def __call__(self, x):
        self.evaluations += x.shape[1]
        return Evaluation(self.value(x), np.zeros(x.shape[1]), -self.precision @ (x - self.mean[:, None]))

    def value(self, x):
        away = x - self.mean[:, None]
        constant = np.linalg.slogdet(self.covariance)[1] + len(x) * np.log(2 * np.pi)
        return -0.5 * ((away * (self.precision @ away)).sum(axis=0) + constant)

    def natural(self, x):
        return x


@pytest.mark.parametrize("parameters", [1, 12])
def test_a_round_target_is_recovered_exactly(parameters):
    """One step shows its curvature: all weights are equal, mean and spread are exact but for the draws."""
    rng = np.random.default_rng(4)
    target = Quadratic(rng.normal(size=parameters), 0.3 * np.eye(parameters))
    got = pathfinder(target, 3 * rng.normal(size=(parameters, 4)), rng)
    np.testing.assert_allclose(got.elbo, 0.0, atol=1e-9)
    assert got.preview.weights.khat == -np.inf
    assert got.preview.weights.log_mean == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(got.preview.mean, target.mean, atol=4 * np.sqrt(0.3 / 2000))
    np.testing.assert_allclose(got.preview.sd, np.sqrt(0.3), rtol=0.08)


@pytest.mark.parametrize("parameters", [2, 4, 12])
def test_any_gaussian_target_is_recovered_up_to_what_a_path_has_seen_of_it(parameters):
    """A path of a dozen steps knows the curvature nearly; a good estimate of the ELBO picks the iterate that does."""
    rng = np.random.default_rng(4)
    root = rng.normal(size=(parameters, parameters)) / np.sqrt(parameters)
    covariance = root @ root.T + 0.2 * np.eye(parameters)
    target = Quadratic(rng.normal(size=parameters), covariance)
    got = pathfinder(target, 3 * rng.normal(size=(parameters, 4)), rng, Search(history=40, tried=50, enough=1e-12))
    np.testing.assert_allclose(got.elbo, 0.0, atol=0.06)
    assert got.preview.trust == "good"
    assert got.preview.weights.log_mean == pytest.approx(0.0, abs=4 * got.preview.weights.log_mean_se + 1e-6)
    assert got.preview.weights.ess > 0.95 * 2000
    sd = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(got.preview.mean, target.mean, atol=4 * sd.max() / np.sqrt(1900))
    np.testing.assert_allclose(got.preview.sd, sd, rtol=0.08)


def test_the_evidence_and_the_posterior_are_those_of_the_textbook():
    columns = record()
    rng = np.random.default_rng(5)
    known = target_of(regression(sd=0.7), columns)
    got = pathfinder(known, starting_points(known, rng, 4), rng)
    assert got.preview.weights.log_mean == pytest.approx(evidence_given_sd(columns, 0.7), abs=0.01)
    unknown = target_of(regression(), columns)
    got = pathfinder(unknown, starting_points(unknown, rng, 8), rng)
    assert got.preview.trust != "none"
    assert got.preview.weights.log_mean == pytest.approx(
        evidence_by_quadrature(columns), abs=4 * got.preview.weights.log_mean_se + 0.01
    )


def test_the_same_seed_gives_the_same_draws():
    target = target_of(regression(memory=True), record())
    one, two = (
        pathfinder(target, starting_points(target, np.random.default_rng(1), 4), np.random.default_rng(2))
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.preview.theta, two.preview.theta)
    assert one.gradients == two.gradients > 0
    assert one.values == two.values > 0


def test_paths_that_lead_nowhere_are_left_out_and_said():
    target = target_of(regression(memory=True), record())
    starts = starting_points(target, np.random.default_rng(1), 3)
    starts[:, 1] = np.nan
    got = pathfinder(target, starts, np.random.default_rng(2), Search(draws=50))
    assert got.elbo[1] == -np.inf
    assert np.isfinite(got.elbo[[0, 2]]).all()
    assert got.preview.theta.shape == (100, target.dimension)
    with pytest.raises(NoModeError, match="no path has an approximation"):
        pathfinder(target, np.full((target.dimension, 2), np.nan), np.random.default_rng(2))


def test_models_with_auxiliary_variables_are_refused():
    model = regression().model_copy(update={"series": (Series(name="y", family="student_t", options={"df": 4.0}),)})
    target = target_of(model, record())
    with pytest.raises(NotMarginalError, match="Pathfinder's approximation of 'regression'"):
        pathfinder(target, np.zeros((target.dimension, 2)), np.random.default_rng(1))
