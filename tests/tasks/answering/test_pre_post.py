"""The forecast from the steps before a single beginning, beside the main model: agrees, warns, or does not apply."""

import numpy as np
import pytest

from tasks.answering.checks.pre_post import NAME, beginning_of
from tests.tasks.answering.test_scorecard import lines

STEPS, START = 120, 80
DATED = {
    "forbid": [{"from": "y", "to": "x"}, {"from": "x", "to": "x"}],
    "roles": {"w": "confounder"},
    "components": {"weekday": "none"},
}


def begun(effect=1.5, seed=1, gap=False):
    """`w` goes with the outcome all along; `x` begins at step 80 and adds `effect`."""
    rng = np.random.default_rng(seed)
    w, x = np.sin(np.arange(STEPS) / 7) + 0.3 * rng.normal(size=STEPS), (np.arange(STEPS) >= START).astype(float)
    y = 20 + 2 * w + effect * x + 0.5 * rng.normal(size=STEPS)
    return {"x": x, "y": y, "w": np.where(gap & (np.arange(STEPS) == 30), np.nan, w)}


def test_a_beginning_is_the_only_change_between_two_values():
    nan = np.nan
    assert beginning_of(np.array([0.0, 0, nan, 1, 1])) == 3
    assert beginning_of(np.array([5.0, 5, 0])) == 2
    assert beginning_of(np.array([0.0, 1, 0])) is None
    assert beginning_of(np.array([0.0, 1, 2])) is None
    assert beginning_of(np.array([1.0, nan, 1])) is None
    assert beginning_of(np.full(3, nan)) is None


@pytest.mark.mcmc
def test_a_lasting_change_is_seen_alike_by_forecast_and_main_model():
    got = lines(begun(), configure=DATED)[NAME]
    assert got["status"] == "pass"
    assert got["value"] == pytest.approx(1.5, abs=0.5)
    assert "1 column of the record" in got["sentence"]
    assert "they agree" in got["sentence"]


@pytest.mark.mcmc
def test_a_column_with_gaps_is_left_out_and_named():
    got = lines(begun(gap=True), configure=DATED)[NAME]
    assert got["sentence"].endswith("Not used, for gaps or no movement before: w.")


@pytest.mark.mcmc
def test_a_main_model_whose_prior_denies_the_change_disagrees_aloud():
    nothing = {"family": "normal", "mean": 0.0, "sd": 0.001}
    denied = {**DATED, "priors": {"y <- x, lag 0": nothing, "y <- x, lag 1": nothing}}
    got = lines(begun(effect=3.0), configure=denied)[NAME]
    assert got["status"] == "warn"
    assert "they do not agree" in got["sentence"]


@pytest.mark.mcmc
def test_it_does_not_apply_to_an_exposure_that_comes_and_goes():
    columns = begun()
    columns["x"] = (np.arange(STEPS) // 10 % 2).astype(float)
    assert lines(columns, configure=DATED)[NAME]["status"] == "not_applicable"
