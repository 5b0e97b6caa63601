"""Lines that look for a hidden cause, a wrong lag or a wandering effect: silent on clean records, else loud."""

import numpy as np
import pytest

from tests.tasks.answering.test_scorecard import STEPS, case_of, lines, record

NO_FEEDBACK = {"forbid": [{"from": "y", "to": "x"}]}
TRIAL = {"randomised": True}


def driven(strength, seed=1, steps=STEPS):
    """A lasting `u` drives `x`, `y` and the control `n` where `strength` is above zero; `x` does nothing."""
    rng = np.random.default_rng(seed)
    total = steps + 50
    w, e, d, coin = *rng.normal(size=(3, total)), rng.random(total)
    u, x, y = np.zeros((3, total))
    for t in range(1, total):
        u[t] = 0.8 * u[t - 1] + 0.6 * w[t]
        x[t] = coin[t] < 1 / (1 + np.exp(-2.0 * strength * u[t]))
        y[t] = 0.3 * y[t - 1] + strength * u[t] + e[t] + 0.5 * x[t] * (strength == 0)
    return {name: values[50:] for name, values in {"x": x, "y": y, "n": strength * u + d}.items()}


def in_periods(seed=2, steps=STEPS):
    """Exposure in randomised runs of ten, with an effect of one at once and a little memory."""
    rng = np.random.default_rng(seed)
    x = np.repeat(rng.permuted(np.tile([0.0, 1.0], steps // 20)), 10)
    y, e = np.zeros(steps), rng.normal(size=steps)
    for t in range(1, steps):
        y[t] = 0.3 * y[t - 1] + x[t] + e[t]
    return {"x": x, "y": y}


@pytest.mark.mcmc
def test_the_lead_test_hears_a_lasting_hidden_cause_that_the_graph_denies():
    assert lines(driven(1.0, seed=3, steps=365), configure=NO_FEEDBACK)["lead_test"]["status"] == "warn"


@pytest.mark.mcmc
def test_the_lead_test_is_silent_without_one():
    assert lines(driven(0.0), configure=NO_FEEDBACK)["lead_test"]["status"] == "pass"


@pytest.mark.mcmc
def test_negative_controls_of_both_kinds_hear_the_hidden_cause_that_they_share():
    got = lines(driven(1.0, seed=3, steps=365), negative_controls=("n",), negative_exposures=("n",))
    for found in (got["negative_control_outcome"], got["negative_control_exposure"]):
        assert found["status"] == "warn"
        assert "goes with" in found["sentence"]
        assert "p < 0.001" in found["sentence"]


@pytest.mark.mcmc
def test_a_negative_control_passes_or_says_that_it_could_not_have_heard_anything():
    found = lines(driven(0.0), negative_controls=("n",), negative_exposures=("n",))
    for got in (found["negative_control_outcome"], found["negative_control_exposure"]):
        share = int(got["sentence"].split("noticed in ")[1].split(" %")[0])
        assert got["status"] == ("pass" if share >= 50 else "uninformative")


@pytest.mark.mcmc
def test_an_exposure_that_acts_sooner_than_asked_is_noticed():
    got = lines(record(), study={**TRIAL, "lag": 1})["alternative_lag"]
    assert got["status"] == "warn"
    assert "sooner" in got["sentence"]


@pytest.mark.mcmc
def test_the_right_lag_is_left_in_peace():
    assert lines(record(), study={**TRIAL, "lag": 0})["alternative_lag"]["status"] == "pass"


@pytest.mark.mcmc
def test_steps_after_a_switch_do_not_matter_where_the_model_of_carry_over_holds():
    got = lines(in_periods(), study=TRIAL)
    assert got["washout_left_out"]["status"] == "pass"
    assert got["placebo_in_time"]["status"] == "not_applicable"


def late_start(step_at=None):
    """Sixty steps without exposure, then a coin each step; with a jump of the outcome that nobody caused."""
    columns = record(seed=5)
    x, cause = columns["x"], 0.5 * columns["x"]
    first = np.arange(STEPS) < 100
    y = columns["y"] - np.where(first, cause, 0.0)
    jump = 0.0 if step_at is None else 4.0 * (np.arange(STEPS) >= step_at) * (np.arange(STEPS) < 100)
    start = np.where(first, 0.0, np.where(np.arange(STEPS) < 160, 1.0, x))
    return {"x": start, "y": y + jump + 0.5 * np.where(first, 0.0, start - x)}


@pytest.mark.mcmc
def test_a_beginning_that_never_was_shows_nothing():
    assert lines(late_start(), study=TRIAL)["placebo_in_time"]["status"] in ("pass", "uninformative")


@pytest.mark.mcmc
def test_a_jump_before_the_exposure_began_is_noticed():
    assert lines(late_start(50), study=TRIAL)["placebo_in_time"]["status"] == "warn"


@pytest.mark.mcmc
def test_an_effect_that_grows_from_nothing_is_seen_to_wander():
    columns = record(seed=6)
    columns["y"] = columns["y"] + np.linspace(-2.5, 2.5, STEPS) * columns["x"]
    assert lines(columns, study=TRIAL)["drifting_effect"]["status"] == "warn"


@pytest.mark.mcmc
def test_a_tiny_effect_falls_to_a_weak_hidden_cause_and_a_large_one_does_not():
    small, large = record(seed=7, habit=0.1), record(seed=7, habit=0.1)
    large["y"] = large["y"] + 1.5 * large["x"]
    found = [lines(columns)["lasting_hidden_cause"] for columns in (small, large)]
    assert found[0]["value"] < found[1]["value"]
    assert found[1]["status"] == "pass"


@pytest.mark.mcmc
def test_an_exposure_of_weekends_is_not_blamed_for_the_weekend():
    errors = []
    for seed in range(3):
        rng, day = np.random.default_rng([seed, 5]), np.arange(STEPS) % 7
        x = (rng.random(STEPS) < np.where(day >= 4, 0.8, 0.15)).astype(float)
        y = 7 + 1.2 * (day >= 5) + 0.9 * (day == 4) + 0.6 * rng.normal(size=STEPS)
        errors.append(case_of({"x": x, "y": y}).headline.mean)
    assert abs(np.mean(errors)) < 0.12, "with a firm prior of weekdays it was 0.2"
