"""Responses to an intervention, summaries, contrast: against simulation, limits and hand-made examples."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssm_core.effects.contrast import contrast_of, naive_difference
from ssm_core.effects.estimands import quantities_of
from ssm_core.effects.responses import (
    impulse_response,
    linear_of,
    noise_response,
    period_effect,
    settling_step,
    steady_state,
)
from ssm_core.effects.setting import Rule, Setting
from ssm_core.effects.summaries import probability_outside, summary_of, weighted_quantiles
from tests.ssm_core.models import MEDIATED_THETA, mediated_spec, simple_spec, step_by_step

SIMPLE_THETA = np.array([[0.5, 0.1, 0.6, 1.0, 0.8], [-0.2, 0.0, 0.3, 0.0, 1.0]])


def setting(linear, exposure=0, longest_run=50, steps=60):
    return Setting(
        linear=linear, exposure=exposure, outcome=0, size=1.0, lag=0, horizon=14,
        usable=np.ones(steps, dtype=bool), longest_run=longest_run, seed=1,
    )  # fmt: skip


def test_impulse_response_equals_the_difference_of_two_simulated_worlds():
    rng = np.random.default_rng(1)
    shocks, x = rng.normal(size=(20, 2)), rng.integers(0, 2, 20).astype(float)
    x[4] = 0.0
    with_pulse = x.copy()
    with_pulse[4] = 1.0
    difference = step_by_step(MEDIATED_THETA, with_pulse, shocks)[0] - step_by_step(MEDIATED_THETA, x, shocks)[0]
    response = impulse_response(linear_of(mediated_spec(), MEDIATED_THETA[None]), 0, 0, 15)
    np.testing.assert_allclose(response[0], difference[4:20], atol=1e-12)


def test_steady_state_is_the_limit_of_the_cumulated_response():
    linear = linear_of(mediated_spec(), MEDIATED_THETA[None])
    assert steady_state(linear, 0, 0)[0] == pytest.approx(impulse_response(linear, 0, 0, 400).sum(), abs=1e-10)


def test_period_effect_equals_two_simulated_worlds_over_the_whole_record():
    shocks = np.random.default_rng(2).normal(size=(30, 2))
    worlds = [step_by_step(MEDIATED_THETA, np.full(30, value), shocks)[0] for value in (1.0, 0.0)]
    usable = np.ones(30, dtype=bool)
    usable[[3, 9]] = False
    response = impulse_response(linear_of(mediated_spec(), MEDIATED_THETA[None]), 0, 0, 29)
    assert period_effect(response, usable)[0] == pytest.approx((worlds[0] - worlds[1])[usable].mean(), abs=1e-12)


def test_noise_response_gives_the_variance_of_a_forecast():
    rng = np.random.default_rng(3)
    ends = [step_by_step(MEDIATED_THETA, np.zeros(3), rng.normal(size=(3, 2)))[0][2] for _ in range(20000)]
    variance = (noise_response(linear_of(mediated_spec(), MEDIATED_THETA[None]), 0, 2) ** 2).sum()
    assert np.var(ends) == pytest.approx(variance, rel=0.05)


def test_effect_is_exactly_zero_without_a_path():
    linear = linear_of(simple_spec(), SIMPLE_THETA)
    for quantity in quantities_of(setting(linear, exposure=None)):
        if not quantity.in_steps and quantity.kind == "expected":
            assert np.all(quantity.draws == 0.0)


def test_a_sustained_exposure_longer_than_any_run_in_the_record_has_no_number():
    linear = linear_of(simple_spec(), np.array([[0.5, 0.0, 0.95, 0.0, 1.0]]))
    found = {q.name: q for q in quantities_of(setting(linear, longest_run=2, steps=200)) if q.kind == "expected"}
    for name in ("cumulative", "steady_state", "period_effect"):
        assert found[name].draws is None
        assert found[name].reason.startswith("extrapolation")
    assert found["immediate"].draws is not None


@pytest.mark.parametrize(
    ("response", "share", "steps"),
    [
        ([1.0, 0.5, 0.25, 0.0], 0.5, 1),
        ([1.0, 0.6, 0.4, 0.0], 0.5, 1 + np.log(1.2) / np.log(1.5)),
        ([0.2, 1.0, 0.5, 0.1], 0.5, 1),  # counted from the peak
        ([1.0, 0.0, 0.9, 0.0], 0.5, 2),  # it comes back: not settled before
        ([1.0, 1.0, 1.0, 1.0], 0.5, np.inf),
        ([-1.0, -0.6, -0.05, 0.0], 0.1, 1 + np.log(6) / np.log(12)),
        (0.8 ** np.arange(20), 0.5, np.log(0.5) / np.log(0.8)),
        (0.8 ** np.arange(20), 0.1, np.log(0.1) / np.log(0.8)),
        (np.zeros(4), 0.5, 0),
    ],
)
def test_settling_is_when_the_response_stays_below_a_share_of_its_peak(response, share, steps):
    assert settling_step(np.array([response]), share)[0] == pytest.approx(steps)


def test_predictive_interval_is_wider_by_two_days_of_noise():
    theta = np.tile(SIMPLE_THETA[:1], (40000, 1))
    found = [q for q in quantities_of(setting(linear_of(simple_spec(), theta))) if q.name == "immediate"]
    assert np.var(found[0].draws) == pytest.approx(0.0)
    assert np.std(found[1].draws) == pytest.approx(np.sqrt(2) * 0.8, rel=0.02)


def _asked(**more):
    """Quantities of the mediated model, one draw, by name and kind."""
    asked = setting(linear_of(mediated_spec(), MEDIATED_THETA[None]), longest_run=400, steps=40)
    found = quantities_of(replace(asked, longest_rest=400, **more))
    return {(q.name, q.kind, q.dose): q for q in found}


def test_predictive_mean_of_a_period_has_the_variance_of_simulated_periods():
    rng = np.random.default_rng(5)
    means = [step_by_step(MEDIATED_THETA, np.zeros(6), rng.normal(size=(6, 2)))[0].mean() for _ in range(20000)]
    many = linear_of(mediated_spec(), np.tile(MEDIATED_THETA, (20000, 1)))
    found = [q for q in quantities_of(replace(setting(many), period=6)) if q.name == "period_effect"]
    assert np.var(found[0].draws) == pytest.approx(0.0, abs=1e-20)
    assert np.var(found[1].draws) == pytest.approx(2 * np.var(means), rel=0.05)


def test_a_stated_period_is_the_mean_over_two_simulated_worlds_of_that_length():
    shocks = np.random.default_rng(6).normal(size=(7, 2))
    worlds = [step_by_step(MEDIATED_THETA, np.full(7, value), shocks)[0] for value in (1.0, 0.0)]
    found = _asked(period=7)["period_effect", "expected", None]
    assert found.draws[0] == pytest.approx((worlds[0] - worlds[1]).mean(), abs=1e-12)


def test_the_counterfactual_on_the_record_is_the_difference_to_the_same_days_simulated_without_exposure():
    rng = np.random.default_rng(7)
    shocks, x = rng.normal(size=(40, 2)), rng.integers(0, 2, 40).astype(float)
    worlds = [step_by_step(MEDIATED_THETA, values, shocks)[0] for values in (x, np.zeros(40))]
    found = _asked(recorded=x)["counterfactual", "expected", None]
    assert found.draws[0] == pytest.approx((worlds[0] - worlds[1]).mean(), abs=1e-12)


def test_undoing_an_exposure_that_never_happened_changes_nothing():
    assert _asked(recorded=np.zeros(40))["counterfactual", "expected", None].draws[0] == 0.0


def test_doses_are_recorded_values_and_the_response_is_a_line_through_the_reference():
    recorded = np.tile([0.0, 50.0, 100.0, 200.0], 10)
    found = {
        key[2]: q.draws[0] for key, q in _asked(recorded=recorded).items() if key[:2] == ("dose_response", "expected")
    }
    per_unit = _asked()["immediate", "expected", None].draws[0]
    assert set(found) <= set(recorded)
    assert 0.0 not in found
    assert found[200.0] == pytest.approx(200.0 * per_unit)


def test_an_exposure_of_two_values_has_no_dose_response():
    assert not [key for key in _asked(recorded=np.tile([0.0, 1.0], 20)) if key[0] == "dose_response"]


@pytest.mark.parametrize("lag", [1, 2])
def test_a_strategy_is_the_difference_to_the_same_days_simulated_under_the_rule(lag):
    rng = np.random.default_rng(8)
    shocks, x = rng.normal(size=(40, 2)), rng.integers(0, 2, 40).astype(float)
    lived = step_by_step(MEDIATED_THETA, x, shocks)[0]
    ruled = x.copy()
    for t in range(lag, 40):  # each step's exposure needs the world up to the step before
        ruled[t] = float(step_by_step(MEDIATED_THETA, ruled, shocks)[0][t - lag] > 0.3)
    rule = Rule("more when high", lived, 0, lag, None, 0.3, 1.0, 0.0)
    found = _asked(recorded=x, rules=(rule,))["strategy", "expected", None]
    expected = (step_by_step(MEDIATED_THETA, ruled, shocks)[0] - lived).mean()
    assert not np.array_equal(ruled, x)
    assert found.draws[0] == pytest.approx(expected, abs=1e-10)


def test_a_rule_that_looks_at_what_the_same_step_moves_has_no_number():
    rule = Rule("at once", np.ones(40), 0, 0, 0.0, None, 1.0, None)
    found = _asked(recorded=np.tile([0.0, 1.0], 20), rules=(rule,))["strategy", "expected", None]
    assert found.draws is None
    assert "same step" in found.reason


def test_a_rule_beyond_the_longest_run_of_the_record_is_extrapolation():
    rule = Rule("always", np.ones(40), None, 1, 5.0, None, 1.0, None)
    asked = setting(linear_of(mediated_spec(), MEDIATED_THETA[None]), longest_run=1, steps=40)
    found = quantities_of(replace(asked, recorded=np.tile([0.0, 1.0], 20), rules=(rule,)))
    reason = next(q.reason for q in found if q.name == "strategy")
    assert reason.startswith("extrapolation")


def test_time_to_ninety_per_cent_of_a_plain_autoregression_is_its_closed_form():
    linear = linear_of(simple_spec(), np.array([[0.5, 0.0, 0.8, 0.0, 1.0]]))
    found = {q.name: q for q in quantities_of(replace(setting(linear, longest_run=100, steps=300), horizon=60))}
    assert found["time_to_90"].draws[0] == np.ceil(np.log(0.1) / np.log(0.8))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_weighted_quantile_has_its_share_of_the_weight_below(values, probability):
    draws = np.array(values)
    weights = np.arange(1.0, draws.size + 1)
    (q,) = weighted_quantiles(draws, weights, [probability])
    assert weights[draws <= q].sum() >= probability * weights.sum() * (1 - 1e-12)
    assert weights[draws < q].sum() <= probability * weights.sum() * (1 + 1e-12)


def test_summary_of_two_weighted_graphs_is_that_of_the_mixture():
    rng = np.random.default_rng(4)
    first, second = rng.normal(1.0, 1.0, 50000), np.zeros(1000)
    weights = np.concatenate([np.full(first.size, 0.7 / first.size), np.full(second.size, 0.3 / second.size)])
    summary = summary_of(np.concatenate([first, second]), weights)
    assert summary.mean == pytest.approx(0.7, abs=0.02)
    assert summary.prob_positive == pytest.approx(0.7 * 0.8413 + 0.15, abs=0.01)
    assert probability_outside(np.concatenate([first, second]), -0.1, 0.1, weights) < 0.7


def test_naive_difference_equals_welch():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 2, 40).astype(float), rng.normal(size=40)
    x[3], y[7] = np.nan, np.nan
    ok = ~np.isnan(x) & ~np.isnan(y)
    high, low = y[ok & (x == 1)], y[ok & (x == 0)]
    got = naive_difference(x, y, 0, 1.0)
    assert got.mean == pytest.approx(high.mean() - low.mean())
    assert got.se == pytest.approx(np.sqrt(high.var(ddof=1) / high.size + low.var(ddof=1) / low.size))


def test_naive_difference_of_a_dose_is_the_least_squares_slope():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=50), rng.normal(size=50)
    got = naive_difference(x, y, 1, 2.0)
    slope = np.polyfit(x[:-1], y[1:], 1)[0]
    assert got.mean == pytest.approx(2 * slope)


def test_contrast_counts_switches_runs_and_usable_steps():
    x = np.array([0, 0, 1, 1, 1, np.nan, 0, 1.0])
    y = np.array([1, 2, 3, np.nan, 5, 6, 7, 8.0])
    got = contrast_of(x, y, 0)
    assert (got.switches, got.longest_run, got.n_exposed, got.n_unexposed) == (3, 3, 3, 3)
    later = contrast_of(x, y, 1)
    assert (later.n_exposed, later.n_unexposed) == (2, 3)


def test_a_dose_that_is_mostly_at_its_maximum_still_has_two_sides():
    x = np.array([2.0, 2, 0, 2, 2, 1, 2, 2, 0, 2])
    got = contrast_of(x, np.arange(10.0), 0)
    assert (got.n_exposed, got.n_unexposed, got.switches) == (7, 3, 6)


def test_reversing_the_contrast_swaps_the_sides():
    x, y = np.array([0, 0, 1, 1, 1, np.nan, 0, 1.0]), np.arange(8.0)
    plain, turned = contrast_of(x, y, 0), contrast_of(x, y, 0, reversed_sides=True)
    assert (plain.n_exposed, plain.n_unexposed) == (turned.n_unexposed, turned.n_exposed)
    assert (plain.longest_run, turned.longest_run) == (3, 2)
