"""Calibration: the laws of its own arithmetic, wrong posteriors found out, and the studies themselves."""

import numpy as np
import pytest

from benchmarks.calibration import shards
from benchmarks.calibration.classes import CLASSES
from benchmarks.calibration.page import write
from benchmarks.calibration.records import simulated
from benchmarks.calibration.recovery import PROBLEMS, coverage, recover, recovered
from benchmarks.calibration.replication import EFFECT, LIKELIHOOD, RANKED, lasting_effect, replicate, thinned
from benchmarks.calibration.summary import summary_of
from benchmarks.calibration.uniformity import (
    chi_square_p,
    counts_below,
    inside_probability,
    p_value,
    simultaneous_band,
    tails,
)
from ssm_core.model.cells import SHARED
from ssm_core.model.simulate import simulate

VALUES = RANKED + 1


def test_the_band_holds_as_often_as_it_says():
    """Exact probability against two thousand sets of uniform ranks."""
    rng, size, values = np.random.default_rng(1), 60, 10
    within = simultaneous_band(0.2, size, values)
    counts = np.stack([counts_below(rng.integers(0, values, size), values) for _ in range(2000)])
    share = ((counts >= within.low) & (counts <= within.high)).all(axis=1).mean()
    exact = inside_probability(within, size)
    assert exact >= 0.8
    assert share == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 2000))


def test_p_is_the_share_of_uniform_ranks_that_stray_as_far():
    rng, size, values = np.random.default_rng(2), 40, 8
    ranks = rng.integers(0, values, size)
    smallest = tails(counts_below(ranks, values), size).min()
    others = [tails(counts_below(rng.integers(0, values, size), values), size).min() for _ in range(2000)]
    assert p_value(ranks, values) == pytest.approx(np.mean(np.array(others) <= smallest * (1 + 1e-9)), abs=0.045)


@pytest.mark.parametrize(("a", "b"), [(1.4, 1.0), (1.5, 1.5), (0.7, 0.7)], ids=["biased", "too wide", "overconfident"])
def test_ranks_that_are_not_uniform_are_found_out(a, b):
    ranks = (np.random.default_rng(3).beta(a, b, 500) * VALUES).astype(int)
    assert p_value(ranks, VALUES) < 1e-3
    assert chi_square_p(ranks, VALUES) < 1e-3


@pytest.mark.parametrize("name", CLASSES)
def test_what_is_scored_is_what_is_drawn(name):
    """Every step but one that only conditions is scored, and the truth is possible under the posterior."""
    data = simulated(CLASSES[name], np.random.default_rng(4))
    layout = data.target.assembly.layout
    first, ignorant = (0, 0) if CLASSES[name].spec.series else (1, 0)
    if CLASSES[name].unknown_inputs:
        ignorant = int((~layout.scored[1:]).sum())
        assert 0 < ignorant < 10
    assert int(layout.scored.sum()) == len(layout.y) - first - ignorant
    assert np.isfinite(data.target(data.x).value).all()
    assert not np.isnan(layout.y[0]).any()
    assert np.isnan(layout.y).any()


@pytest.mark.parametrize("name", ["drifting", "mediated"])
def test_the_first_state_is_that_of_the_first_observation(name):
    """Given `y_0`, one-step predictions of the simulated record have the variance that the kernel says."""
    rng, scores = np.random.default_rng(5), []
    for _ in range(60):
        data = simulated(CLASSES[name], rng)
        cells, _ = data.target.assembly.cells(data.target.constrain(data.x))
        predicted = data.target.kernel.predict(cells)
        scores.append((predicted.innovation / np.sqrt(predicted.variance))[1:4, :, 0])
    z = np.stack(scores)
    z = z[~np.isnan(z)]
    assert np.mean(z**2) == pytest.approx(1.0, abs=5 * np.sqrt(2 / z.size))
    assert np.mean(z) == pytest.approx(0.0, abs=4 / np.sqrt(z.size))


@pytest.mark.parametrize("name", ["mediated", "latent", "continuous", "adstock"])
def test_the_steady_state_effect_is_what_a_long_simulation_shows(name):
    """The same shocks, once with the exposure on throughout and once without; at the end the states differ by it."""
    of = CLASSES[name]
    data = simulated(of._replace(steps=400, uneven=False), np.random.default_rng(6))
    cells, _ = data.target.assembly.cells(data.target.constrain(data.x))
    layout, state = data.target.assembly.layout, of.spec.states.index(of.responds)
    with_and_without = [
        simulate(layout._replace(u=np.full_like(layout.u, x)), cells, SHARED, np.random.default_rng(7)).states
        for x in (1.0, 0.0)
    ]
    expected = lasting_effect(of.spec, data.target.natural(data.x).T, of.responds)
    got = (with_and_without[0] - with_and_without[1])[-1, state]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_thinned_draws_come_from_all_chains_and_all_times():
    chains, draws = 16, 60
    marks = np.stack(np.meshgrid(np.arange(chains), np.arange(draws), indexing="ij"), axis=-1).astype(float)
    kept = thinned(marks)
    assert kept.shape == (RANKED, 2)
    assert len(np.unique(kept, axis=0)) == RANKED
    assert len(np.unique(kept[:, 0])) == chains
    assert kept[0, 1] == 0
    assert kept[-1, 1] == draws - 1


@pytest.mark.mcmc
def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path):
    of = CLASSES["plain"]
    first = dict(shards.carry_out("plain", of, 2, tmp_path))
    path = tmp_path / "plain.jsonl"
    path.write_text(path.read_text()[:-20])  # killed while it wrote the second line
    again = dict(shards.carry_out("plain", of, 2, tmp_path))
    assert list(again) == [1]
    assert again[1].ranks == first[1].ranks
    assert set(shards.found("plain", of, tmp_path)) == {0, 1}
    assert shards.found("plain", of._replace(steps=81), tmp_path) == {}


@pytest.mark.mcmc
def test_a_small_run_is_uniform():
    """A dozen replications only catch gross faults; the full run is `make calibration`."""
    replications = [replicate("plain", CLASSES["plain"], number) for number in range(12)]
    summary = summary_of(CLASSES["plain"], replications)
    assert summary.replications == 12
    assert summary.not_converged == 0
    assert {LIKELIHOOD, EFFECT} < set(summary.ranks)
    assert summary.adjusted_p > 1e-3


@pytest.mark.calibration
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", CLASSES)
def test_ranks_of_the_truth_are_uniform(name):
    """One hundred replications a class, stored beside those of `make calibration`."""
    of = CLASSES[name]
    for _ in shards.carry_out(name, of, 100):
        pass
    found = shards.found(name, of)
    summary = summary_of(of, [found[number] for number in sorted(found)])
    assert summary.adjusted_p > 0.05 / len(CLASSES)
    assert not summary.failed
    assert summary.not_converged <= 0.03 * summary.replications


@pytest.mark.calibration
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", ["four_latents", "outlying_student_t"])
def test_intervals_cover_the_truth_as_often_as_they_say(name):
    for _ in recover(name, 20):
        pass
    shown = coverage(list(recovered(name).values()))
    assert name in PROBLEMS
    assert 0.40 < shown["covered_0.5"] < 0.62
    assert 0.84 < shown["covered_0.9"] < 0.97
    assert shown["not_converged"] == 0


@pytest.mark.calibration
def test_the_page_is_written_from_what_there_is(tmp_path):
    assert "| plain |" in write(tmp_path)
    assert (tmp_path / "calibration.svg").stat().st_size < 300_000
