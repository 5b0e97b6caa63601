"""Randomisation tests: exact where everything can be enumerated, uniform under no effect, intervals that cover."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from ssm_core.designs.assignment import Design, assignments, contradicted, design_seen, runs_of
from ssm_core.designs.randomisation import randomisation_test

COIN = Design("coin")
RNG = np.random.default_rng


def ones(y):
    return np.ones((y.size, 1))


def difference(a, b, axis=-1):
    return np.abs(a.mean(axis=axis) - b.mean(axis=axis))


@pytest.mark.parametrize("kind", ["coin", "complete"])
def test_the_p_value_is_scipys_over_all_assignments(kind):
    x, y = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]), np.array([3.1, 0.2, 2.0, 1.1, 2.5, 0.1, 0.3])
    found = randomisation_test(x, y, ones(y), 0, Design(kind), RNG(1))
    sides = (y[x > 0], y[x == 0])
    want = stats.permutation_test(sides, difference, alternative="greater", vectorized=True, n_resamples=np.inf)
    assert (found.p, found.exact, found.sequences) == (pytest.approx(want.pvalue), True, 35)
    assert found.estimate == pytest.approx(sides[0].mean() - sides[1].mean())


@pytest.mark.parametrize("period", [1, 3])
def test_pairs_are_scipys_paired_permutations(period):
    rng, pairs = RNG(3), 7
    first = rng.integers(0, 2, pairs).astype(float)
    x = np.repeat(np.column_stack([first, 1 - first]).ravel(), period)
    y = rng.normal(size=x.size) + 0.8 * x
    found = randomisation_test(x, y, ones(y), 0, Design("blocks", 2, period), RNG(1))
    means, on = y.reshape(-1, period).mean(axis=1).reshape(pairs, 2), np.column_stack([first, 1 - first]) > 0
    sides = (means[on], means[~on])
    want = stats.permutation_test(
        sides, difference, permutation_type="samples", alternative="greater", vectorized=True, n_resamples=np.inf
    )
    assert (found.p, found.sequences) == (pytest.approx(want.pvalue), 2**pairs)
    assert found.estimate == pytest.approx(sides[0].mean() - sides[1].mean())


def test_all_orders_of_runs_are_looked_at():
    x, y = np.repeat([0.0, 1.0, 0.0, 1.0], [2, 3, 4, 1]), np.arange(10.0)
    found = randomisation_test(x, y, ones(y), 0, Design("periods"), RNG(1))
    made = []
    for order in permutations([(2, 0.0), (3, 1.0), (4, 0.0), (1, 1.0)]):
        z = np.concatenate([np.full(n, v) for n, v in order])
        made.append(abs(y[z > 0].mean() - y[z == 0].mean()))
    own = abs(y[x > 0].mean() - y[x == 0].mean())
    assert found.p == pytest.approx(np.mean(np.array(made) >= own - 1e-9))
    assert (found.exact, found.sequences) == (True, 24)


def test_a_sample_of_assignments_estimates_what_all_of_them_say():
    x, y = np.array([1.0, 0.0] * 6), RNG(2).normal(size=12) + np.array([0.7, 0.0] * 6)
    design, many = Design("complete"), 20_000
    exact = randomisation_test(x, y, ones(y), 0, design, RNG(1))
    drawn = assignments(x, design, RNG(1), many, most=10).exposures - 0.5
    assert not assignments(x, design, RNG(1), 5, most=10).exact
    p = np.mean(np.abs(drawn @ y) >= abs((x - 0.5) @ y) - 1e-9)
    assert p == pytest.approx(exact.p, abs=4 * np.sqrt(exact.p * (1 - exact.p) / many))


def test_an_interval_needs_enough_assignments():
    x, y = np.array([1.0, 0.0] * 4), np.array([1.2, 0.1, 1.9, 0.4, 0.9, 0.2, 1.4, 0.6])
    few, enough = (randomisation_test(x[:n], y[:n], ones(y[:n]), 0, Design("blocks"), RNG(1)) for n in (6, 8))
    assert (few.low, few.high, few.sequences) == (None, None, 8)  # no p-value below 2 in 8
    assert enough.sequences == 16
    assert enough.low is None


def test_the_interval_holds_every_effect_that_the_test_lets_stand():
    x, y = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]), RNG(8).normal(size=10)
    found = randomisation_test(x, y, ones(y), 0, Design("complete"), RNG(1))
    inside, outside = ((1 - w) * found.low + w * found.high for w in (0.01, -0.01))
    p = [randomisation_test(x, y - tau * x, ones(y), 0, Design("complete"), RNG(1)).p for tau in (inside, outside)]
    assert p[0] >= 0.1 > p[1]


def test_blocks_and_units_keep_what_the_design_keeps():
    x = np.array([np.nan, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, np.nan, 1.0])
    blocks = assignments(x, Design("blocks", 2), RNG(1), 50).exposures
    assert np.all(blocks[:, 1:7].reshape(-1, 3, 2).sum(axis=2) == 1.0)  # counted from the first known step
    assert np.all(np.isnan(blocks[:, [0, 7]]))
    assert len(blocks) == 8
    units = assignments(np.repeat([1.0, 0.0, 0.0, 1.0], 3), Design("blocks", 2, 3), RNG(1), 50).exposures
    assert {tuple(row[::3]) for row in units} == {(1, 0, 0, 1), (0, 1, 0, 1), (1, 0, 1, 0), (0, 1, 1, 0)}
    assert np.all(units.reshape(4, 4, 3) == units.reshape(4, 4, 3)[..., :1])
    runs = np.repeat([1.0, 0.0, 1.0, 0.0], [3, 4, 2, 5])
    for row in assignments(runs, Design("periods"), RNG(1), 20).exposures:
        lengths, values = runs_of(row)
        assert values @ lengths == runs.sum()


def test_an_assignment_that_the_design_cannot_have_made_is_refused():
    x = np.array([np.nan, 1.0, 1.0, 0.0, 1.0])
    assert contradicted(x, Design("coin", period=2)) == 4
    assert contradicted(x, Design("coin")) is None
    with pytest.raises(ValueError, match="step 4 differs"):
        assignments(x, Design("coin", period=2), RNG(1), 10)


def test_long_runs_look_like_periods_and_a_coin_like_a_coin():
    assert design_seen(np.repeat([0.0, 1.0] * 5, 9)).kind == "periods"
    assert design_seen(RNG(1).integers(0, 2, 90).astype(float)).kind == "coin"


def simulated(rng, steps, effect, design=COIN, lag=0):
    """An autocorrelated outcome of a randomised exposure, adjusted for its last value or, of pairs of periods, none."""
    units = -(-steps // design.period)
    tosses = {
        "coin": rng.integers(0, 2, units),
        "complete": rng.permutation(np.arange(units) % 2),
        "blocks": np.concatenate([rng.permutation(np.arange(design.block) % 2) for _ in range(units)])[:units],
    }[design.kind]
    x = np.repeat(tosses, design.period)[:steps].astype(float)
    before, y, e = np.concatenate([np.zeros(lag), x])[:steps], np.zeros(steps), rng.normal(size=steps)
    memory = 0.7 if design.period == 1 else 0.0
    for t in range(1, steps):
        y[t] = memory * y[t - 1] + effect * before[t] + e[t]
    if design.period == 1:
        return x, y, np.column_stack([np.ones(steps), np.concatenate([[np.nan], y[:-1]])])
    pair = np.arange(steps) // (2 * design.period)
    return x, y, (pair[:, None] == np.arange(pair.max() + 1)).astype(float)


def test_p_values_are_uniform_without_an_effect():
    rng = RNG(4)
    p = [randomisation_test(*simulated(rng, 40, 0.0), 0, COIN, rng, 199).p for _ in range(300)]
    assert stats.kstest(p, "uniform").pvalue > 0.001


@pytest.mark.parametrize(
    ("design", "lag"),
    [
        (COIN, 0),
        (Design("complete"), 0),
        (Design("blocks"), 0),
        (Design("blocks"), 1),
        (Design("blocks", 4), 0),
        (Design("blocks", 2, 4), 0),
        (Design("coin", period=4), 0),
    ],
    ids=str,
)
def test_intervals_by_inversion_cover_the_effect(design, lag):
    rng, hits = RNG(5), 0
    for _ in range(150):
        x, y, adjusters = simulated(rng, 48, 0.8, design, lag)
        if design.period > 1 and design.kind == "coin":
            adjusters = np.ones((y.size, 1))
        found = randomisation_test(x, y, adjusters, lag, design, rng, 199)
        hits += (found.low is None or found.low <= 0.8) and (found.high is None or found.high >= 0.8)
    assert 0.82 <= hits / 150 <= 0.97


def test_an_exposure_that_never_changes_has_no_test():
    assert randomisation_test(np.ones(20), np.arange(20.0), np.ones((20, 1)), 0, COIN, RNG(1)) is None
