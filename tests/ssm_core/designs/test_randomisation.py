"""Randomisation tests: exact where everything can be enumerated, uniform under no effect, intervals that cover."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from ssm_core.designs.randomisation import Design, design_seen, randomisation_test, reassigned, runs_of

COIN = Design("coin")


def test_the_p_value_is_that_of_all_permutations():
    x, y = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]), np.array([3.1, 0.2, 2.0, 1.1, 2.5, 0.1, 0.3])
    found = randomisation_test(x, y, np.ones((7, 1)), 0, COIN, np.random.default_rng(1), sequences=60_000)
    gap = [abs(y[np.array(p) > 0].mean() - y[np.array(p) == 0].mean()) for p in set(permutations(x))]
    own = abs(y[x > 0].mean() - y[x == 0].mean())
    assert found.p == pytest.approx(np.mean(np.array(gap) >= own - 1e-12), abs=0.01)
    assert found.estimate == pytest.approx(y[x > 0].mean() - y[x == 0].mean())


def test_blocks_and_periods_keep_what_the_design_keeps():
    rng = np.random.default_rng(1)
    x = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, np.nan, 1.0])
    blocks = reassigned(x, Design("blocks", 2), rng, 50)
    assert np.all(blocks[:, :6].reshape(50, 3, 2).sum(axis=2) == 1.0)
    assert np.all(np.isnan(blocks[:, 6]))
    runs = np.repeat([1.0, 0.0, 1.0, 0.0], [3, 4, 2, 5])
    for row in reassigned(runs, Design("periods"), rng, 20):
        lengths, values = runs_of(row)
        assert values @ lengths == runs.sum()


def test_long_runs_look_like_periods_and_a_coin_like_a_coin():
    assert design_seen(np.repeat([0.0, 1.0] * 5, 9)).kind == "periods"
    assert design_seen(np.random.default_rng(1).integers(0, 2, 90).astype(float)).kind == "coin"


def simulated(rng, steps, effect):
    """An autocorrelated outcome under coin tosses; adjusted for its last value."""
    x, y, e = rng.integers(0, 2, steps).astype(float), np.zeros(steps), rng.normal(size=steps)
    for t in range(1, steps):
        y[t] = 0.7 * y[t - 1] + effect * x[t] + e[t]
    return x, y, np.column_stack([np.ones(steps), np.concatenate([[np.nan], y[:-1]])])


def test_p_values_are_uniform_without_an_effect():
    rng = np.random.default_rng(4)
    p = [randomisation_test(*simulated(rng, 40, 0.0), 0, COIN, rng, 199).p for _ in range(300)]
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_intervals_by_inversion_cover_the_effect():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(150):
        found = randomisation_test(*simulated(rng, 50, 0.8), 0, COIN, rng, 199)
        hits += found.low <= 0.8 <= found.high
    assert 0.82 <= hits / 150 <= 0.97


def test_an_exposure_that_never_changes_has_no_test():
    assert randomisation_test(np.ones(20), np.arange(20.0), np.ones((20, 1)), 0, COIN, np.random.default_rng(1)) is None


@pytest.mark.parametrize("kind", ["blocks", "periods"])
def test_dependent_assignments_have_no_interval_at_a_lag(kind):
    x, y, others = simulated(np.random.default_rng(6), 60, 0.5)
    design = Design(kind, 4)
    at_once, later = (randomisation_test(x, y, others, lag, design, np.random.default_rng(1), 199) for lag in (0, 1))
    assert at_once.low < at_once.high
    assert later.low is None
    assert later.high is None
