"""Laws of what explore computes: change points, outliers, calendar, missing patterns."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tasks.profiles.calendar import calendar_shares, explained, linear, months_of
from tasks.profiles.changes import change_points, outliers
from tasks.profiles.missing import missing_patterns

RNG = np.random.default_rng(7)


def autoregressive(rng, n, rho):
    x = np.zeros(n)
    noise = rng.normal(size=n)
    for t in range(1, n):
        x[t] = rho * x[t - 1] + noise[t]
    return x


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_a_level_change_is_found_where_it_is(rho):
    x = autoregressive(np.random.default_rng(1), 400, rho)
    x[250:] += 4
    (found,) = change_points(x)
    assert abs(found.step - 250) <= 5
    assert found.after - found.before == pytest.approx(4, abs=0.6)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_without_a_change_hardly_any_is_found(rho):
    false = sum(bool(change_points(autoregressive(np.random.default_rng(seed), 300, rho))) for seed in range(100))
    assert false <= 8


def test_missing_steps_do_not_move_a_change_point():
    x = np.random.default_rng(3).normal(size=300)
    x[150:] += 3
    x[60:100] = np.nan
    (found,) = change_points(x)
    assert abs(found.step - 150) <= 4


def test_short_or_constant_series_have_no_change_points():
    assert change_points(np.arange(20.0)) == ()
    assert change_points(np.ones(100)) == ()
    assert change_points(np.full(100, np.nan)) == ()


def test_two_exact_levels_are_a_change():
    (found,) = change_points(np.repeat([1.0, 2.0], 50))
    assert (found.step, found.before, found.after) == (50, 1, 2)


def test_outliers_are_counted_and_the_farthest_shown_first():
    x = np.concatenate([RNG.normal(size=200), [30, -40, 25, 20, 19, 18]])
    count, shown = outliers(x)
    assert count == 6
    assert [outlier.value for outlier in shown] == [-40, 30, 25, 20, 19]
    assert outliers(np.ones(50)) == (0, ())


def test_what_a_weekday_explains():
    weekday = np.tile(np.arange(1, 8), 60)
    noise = np.random.default_rng(2).normal(size=420)
    assert explained(3.0 * (weekday >= 6) + noise, weekday) == pytest.approx(9 * 10 / 49 / (9 * 10 / 49 + 1), abs=0.08)
    assert explained(noise, weekday) < 0.03
    assert explained(np.ones(420), weekday) is None
    assert linear(np.arange(50.0)) == 1


def test_a_part_of_the_calendar_that_carries_both_is_a_candidate():
    start = [datetime(2024, 1, 1) + timedelta(days=n) for n in range(140)]
    weekend = np.array([day.weekday() >= 5 for day in start], dtype=float)
    noise = np.random.default_rng(4).normal(size=(2, 140))
    panel = pl.DataFrame({"step": range(140), "start": start, "x": 2 * weekend + noise[0], "y": 2 * weekend + noise[1]})
    weekday, trend = calendar_shares(panel, "x", "y")
    assert (weekday.part, weekday.candidate, trend.part, trend.candidate) == ("weekday", True, "trend", False)
    assert calendar_shares(panel, None, None) == ()
    assert [share.candidate for share in calendar_shares(panel, "x", None)] == [False, False]


def test_months_need_most_of_a_year():
    month = np.array([(datetime(2024, 1, 1) + timedelta(days=n)).month for n in range(366)])
    assert months_of(month.astype(float), month) == tuple(float(n) for n in range(1, 13))
    assert months_of(month[:100].astype(float), month[:100]) == (None,) * 12


def test_patterns_of_what_is_missing_together():
    gone = np.nan
    found = missing_patterns({"a": np.array([1, gone, gone, 1]), "b": np.array([1, gone, gone, gone])})
    assert [(pattern.variables, pattern.steps) for pattern in found] == [(("a", "b"), 2), ((), 1), (("b",), 1)]
    assert sum(pattern.steps for pattern in found) == 4
