"""The forecast from the steps before a single beginning, beside the main model: agrees, warns, or does not apply."""

import numpy as np
import polars as pl
import pytest

from benchmarks.simulations.scenarios import Scenario
from benchmarks.simulations.study import answered, frozen, panel_of, params_of
from benchmarks.simulations.worlds import Shape, world
from schemas.deciding import Estimate, Thresholds
from schemas.params import Ingest
from ssm_core.effects.contrast import beginning_of, since_beginning
from tasks.answering.checks.line import Case
from tasks.answering.checks.pre_post import NAME
from tasks.answering.scorecard import scorecard
from tests.tasks.answering.test_scorecard import lines

STEPS, START = 120, 80
DATED = {
    "forbid": [{"from": "y", "to": "x"}, {"from": "x", "to": "x"}],
    "roles": {"w": "confounder"},
    "components": {"weekday": "none"},
}


def test_the_average_since_a_beginning_is_the_mean_over_its_usable_steps():
    exposure, usable = (np.arange(12) >= 5).astype(float), np.ones(12, dtype=bool)
    usable[8] = False
    response = np.array([2.0, 1.0, 0.5, 0.25, 0.0, 0.0, 0.0])
    for lag in (0, 2):
        got = since_beginning(exposure, usable, lag)
        steps = [t for t in range(5 + lag, 12) if usable[t]]
        by_hand = np.mean([response[: t - 5 + 1].sum() for t in steps])
        assert got.steps == len(steps)
        assert got.weights @ response[: got.weights.size] == pytest.approx(by_hand)
    assert since_beginning(np.array([0.0, 1, 0]), np.ones(3, dtype=bool), 0) is None


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
@pytest.mark.mcmc
def test_the_headline_of_what_began_once_is_its_average_since_then():
    panel, began = panel_of(begun()), {"interventions": {"x": {"start": START}}}
    params = params_of(Scenario("test", world(Shape()), configure=DATED), 1)
    params = params.model_copy(
        update={"ingest": Ingest.model_validate(began), "estimate": Estimate(thresholds=Thresholds(min_switches=1))}
    )
    found, verdict = answered(frozen(params, panel), panel, params)
    assert (verdict.estimate.name, verdict.estimate.horizon) == ("average_since_beginning", STEPS - START)
    quantities = {q.name: q.draws for q in found.graphs[0].quantities if q.kind == "expected" and q.horizon != 0}
    responses = [q.draws for q in found.graphs[0].quantities if q.name == "impulse_response" and q.kind == "expected"]
    later = np.cumsum(responses, axis=0)  # the response is gone long before the horizon of 14 steps
    by_hand = (later.sum(axis=0) + (STEPS - START - len(later)) * later[-1]) / (STEPS - START)
    np.testing.assert_allclose(quantities["average_since_beginning"], by_hand, atol=0.01)
    assert verdict.estimate.mean == pytest.approx(1.5, abs=0.5)
    assert "beginning it again" in verdict.next_step
    halves = scorecard(Case(found, params)).filter(pl.col("check") == "first_and_second_half")
    assert halves["status"][0] == "not_applicable"


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
