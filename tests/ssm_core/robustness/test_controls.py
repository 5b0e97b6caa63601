"""Power, drift and switches against closed forms and simulation."""

import numpy as np
import pytest
from scipy import stats

from ssm_core.robustness.control import power, two_sided
from ssm_core.robustness.drift import LIMIT, nyblom
from ssm_core.robustness.refits import after_switches, blocks


def test_power_without_a_bias_is_the_level_and_half_at_the_limit():
    assert power(0.0, 1.0) == pytest.approx(0.05)
    assert power(stats.norm.ppf(0.975), 1.0) == pytest.approx(0.5, abs=1e-4)


def test_power_is_how_often_the_test_rejects():
    draws = np.random.default_rng(1).normal(1.5, 0.8, 20_000)
    assert power(1.5, 0.8) == pytest.approx(np.mean(np.array([two_sided(d, 0.8) for d in draws]) < 0.05), abs=0.01)


def test_a_stable_coefficient_exceeds_the_limit_once_in_a_hundred():
    rng = np.random.default_rng(3)
    found = [nyblom(rng.random(150) < 0.5, rng.normal(size=150)) for _ in range(4000)]
    assert np.mean(np.array(found) > LIMIT) == pytest.approx(0.01, abs=0.01)
    assert np.mean(np.array(found) > 0.461) == pytest.approx(0.05, abs=0.011)


def test_a_wandering_coefficient_is_seen():
    rng, seen = np.random.default_rng(4), []
    for _ in range(200):
        x = (rng.random(200) < 0.5).astype(float)
        coefficient = np.cumsum(rng.normal(0, 0.15, 200))
        y = coefficient * x + rng.normal(size=200)
        slope, level = np.polyfit(x, y, 1)
        seen.append(nyblom(x, y - level - slope * x) > LIMIT)
    assert np.mean(seen) > 0.6


def test_steps_after_a_switch_are_those_of_a_new_run():
    exposure = np.array([0, 0, 1, 1, 1, np.nan, 1, 0, np.nan, 1.0])
    assert np.flatnonzero(after_switches(exposure, 1)).tolist() == [2, 7, 9]
    assert np.flatnonzero(after_switches(exposure, 2)).tolist() == [2, 3, 7, 8, 9]


def test_blocks_cover_the_record_once():
    assert np.sum(blocks(103, 10), axis=0).tolist() == [1] * 103
