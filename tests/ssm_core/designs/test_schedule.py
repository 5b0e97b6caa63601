"""Schedules: balance, chance, periods; and what a period costs in information."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssm_core.designs.assurance import Rule, prospects
from ssm_core.designs.schedule import tossed


@given(st.integers(1, 400), st.integers(1, 14), st.integers(0, 2**32 - 1))
def test_both_sides_are_as_long_as_pairs_allow_and_a_toss_holds_for_its_period(steps, period, seed):
    plan = tossed(steps, period, np.random.default_rng(seed))
    assert plan.size == steps
    assert abs(int(plan.sum()) * 2 - steps) <= period
    whole = plan[: steps // period * period].reshape(-1, period)
    assert np.all(whole == whole[:, :1])


def test_either_side_may_come_first():
    first = [tossed(2, 1, np.random.default_rng(seed))[0] for seed in range(400)]
    assert 0.4 < np.mean(first) < 0.6


@pytest.mark.parametrize(("steps", "period"), [(0, 1), (5, 0)])
def test_a_schedule_without_steps_is_refused(steps, period):
    with pytest.raises(ValueError, match="at least 1"):
        tossed(steps, period, np.random.default_rng(1))


@pytest.mark.parametrize("period", [1, 3, 7])
def test_the_information_of_periods_is_that_of_a_regression_with_carry_over(period):
    """Variance of a coefficient estimated along with the step before: s^2 / (n p (1 - p) (1 - r^2))."""
    rng, n = np.random.default_rng(2), 42000
    x = np.repeat(rng.random(n // period) < 0.5, period).astype(float)
    design = np.column_stack([np.ones(n - 1), x[1:], x[:-1]])
    variance = np.linalg.inv(design.T @ design)[1, 1]
    assumed = 1.0 / (n * 0.25 * (1 - ((period - 1) / period) ** 2))
    assert variance == pytest.approx(assumed, rel=0.05)


def test_longer_periods_promise_less():
    effect, noise = np.random.default_rng(3).normal(0.5, 0.3, 1000), np.ones(1000)
    rule = Rule(0.975, 0.8, 0.95, -0.1, 0.1)
    settled = [[p.settled for p in prospects(effect, noise, 0.5, rule, period=k)] for k in (1, 3, 7)]
    assert np.all(np.diff(settled, axis=0) <= 1e-12)
