"""Previews, screening and updates on the reference problem (T = 365, 32 parameters), against a long sample."""

import numpy as np
import pytest

from benchmarks.engine import problem as reference
from benchmarks.engine.ours.model import posterior
from ssm_core.inference.approximation.laplace import laplace
from ssm_core.inference.approximation.pathfinder import Search, pathfinder
from ssm_core.inference.evidence import bridge
from ssm_core.inference.modes import find_modes, starting_points
from ssm_core.inference.sample import sample
from ssm_core.inference.screening import screened
from ssm_core.inference.settings import Settings
from ssm_core.inference.update import Rule, base_of, updated

pytestmark = [pytest.mark.mcmc, pytest.mark.slow]


def silent(_text):
    """Progress nobody reads."""


def first(problem, rows):
    return problem._replace(u=problem.u[:rows], y=problem.y[:rows])


@pytest.fixture(scope="module")
def problem():
    return reference.generate(T=366)


@pytest.fixture(scope="module")
def sampled(problem):
    target = posterior(first(problem, 365), "auto")
    draws, warm = sample(target, Settings(), silent)
    return target, draws, warm, target.evaluations


def furthest(preview, draws):
    """Largest error of a mean, in posterior standard deviations."""
    return np.abs((preview.mean - draws.theta.mean(axis=(0, 1))) / draws.theta.std(axis=(0, 1))).max()


def test_laplace_and_pathfinder_have_the_means_of_the_long_sample(sampled):
    target, draws, *_ = sampled
    rng = np.random.default_rng(1)
    preview = laplace(target, find_modes(target, starting_points(target, rng, 16)), rng, 4000)
    assert preview.trust != "none"
    assert furthest(preview, draws) < 0.2
    paths = pathfinder(target, starting_points(target, rng, 20), rng, Search(draws=1000)).preview
    assert paths.trust != "none"
    assert furthest(paths, draws) < 0.3
    evidence = bridge(target, draws, rng)
    for one in (preview, paths):
        error = np.hypot(evidence.se, one.weights.log_mean_se)
        assert one.weights.log_mean == pytest.approx(evidence.log_evidence, abs=4 * error + 0.1)


def test_modes_are_found_with_few_gradients_and_minor_ones_are_reported():
    target = posterior(reference.generate(), "auto")
    modes = find_modes(target, starting_points(target, np.random.default_rng(2), 16))
    assert target.evaluations < 3500  # 30,000 make a whole posterior
    assert len(modes) > 1
    assert sum(mode.starts for mode in modes) == 16
    gradient = target(np.stack([mode.x for mode in modes], axis=1)).gradient
    for mode, slope in zip(modes, gradient.T, strict=True):
        assert slope @ mode.covariance @ slope < 1e-4


def test_forty_candidates_take_few_gradients_and_the_true_graph_is_kept(problem):
    graphs = reference.candidates(problem.spec, 40)
    targets = [posterior(first(problem, 365), "auto", graph) for graph in graphs]
    got = screened(targets, [1 / 40] * 40)
    assert got.gradients < 100_000
    assert 0 in [one.position for one in got.kept]
    assert len(got.cut) > 20
    assert got.cut_weight < 0.02


def test_one_new_row_is_reweighted_and_a_warm_refit_takes_half(problem, sampled):
    target, draws, warm, cold = sampled
    base = base_of(target, draws, warm)
    assert updated(base, posterior(problem, "auto"), Settings(), silent).how == "reweighted"
    taken = []
    for seed in (1, 2, 3):
        refit = updated(base, posterior(problem, "auto"), Settings(seed=seed), silent, Rule(share=1.0))
        assert refit.how == "refitted warm"
        taken.append(refit.gradients)
    assert np.mean(taken) < 0.5 * cold
