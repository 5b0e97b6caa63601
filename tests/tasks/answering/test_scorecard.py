"""The scorecard on studies whose faults are known: a line fires when it must and stays silent when it must."""

from time import process_time

import numpy as np
import pytest

from benchmarks.simulations.scenarios import SCENARIOS, Scenario
from benchmarks.simulations.study import answered, frozen, panel_of, params_of
from benchmarks.simulations.worlds import Shape, world
from tasks.answering.checks.line import Case
from tasks.answering.scorecard import CHECKS, scorecard

STEPS = 180
STRENGTHS = ("e_value", "robustness_value", "lasting_hidden_cause")


def lines(columns, study=None, configure=None, **estimate):
    frame = scorecard(case_of(columns, study, configure, **estimate))
    return {row["check"]: row for row in frame.iter_rows(named=True)}


def case_of(columns, study=None, configure=None, **estimate):
    scenario = Scenario("test", world(Shape()), study=study or {}, configure=configure or {})
    params = params_of(scenario, 1)
    params = params.model_copy(update={"estimate": params.estimate.model_copy(update=estimate)})
    panel = panel_of(columns)
    found, _ = answered(frozen(params, panel), panel, params)
    return Case(found, params)


def record(seed=1, **shape):
    return world(Shape(**shape))(np.random.default_rng(seed), STEPS, 0.5)


@pytest.fixture(scope="module")
def clean():
    return lines(record(), study={"randomised": True})


@pytest.mark.mcmc
def test_every_check_has_one_line_with_a_sentence(clean):
    assert len(clean) == len(CHECKS)
    assert all(row["sentence"].endswith(".") and row["did"][0].isupper() for row in clean.values())


@pytest.mark.mcmc
def test_a_clean_trial_passes(clean):
    doubtful = {name for name, row in clean.items() if row["status"] in ("warn", "fail")}
    assert doubtful <= {"prespecified"}


@pytest.mark.mcmc
def test_confounding_figures_do_not_apply_where_a_coin_decided(clean):
    assert {clean[name]["status"] for name in STRENGTHS} == {"not_applicable"}


@pytest.mark.mcmc
def test_under_feedback_the_lead_test_does_not_apply_and_strengths_are_given():
    got = lines(record(feedback=-1.0))
    assert got["lead_test"]["status"] == "not_applicable"
    assert got["e_value"]["value"] > 1.0
    assert 0.0 < got["robustness_value"]["value"] < 1.0
    assert "weekday" in got["robustness_value"]["sentence"]
    assert 0.0 < got["lasting_hidden_cause"]["value"] < 1.0


@pytest.mark.mcmc
def test_an_outcome_that_drives_the_next_exposure_of_a_trial_fails_the_lead_test():
    got = lines(record(feedback=2.5), study={"randomised": True})
    assert got["lead_test"]["status"] == "warn"


@pytest.mark.mcmc
def test_an_effect_that_turns_around_half_way_is_seen():
    columns = record()
    late = np.arange(STEPS) >= STEPS // 2
    columns["y"] = columns["y"] + 2.0 * np.where(late, -1, 1) * columns["x"]
    assert lines(columns, study={"randomised": True})["first_and_second_half"]["status"] == "warn"


@pytest.mark.mcmc
def test_one_stretch_that_carries_the_answer_is_named():
    columns = record(seed=3)
    stretch = (np.arange(STEPS) >= 90) & (np.arange(STEPS) < 108)
    columns["y"] = columns["y"] + 6.0 * stretch * columns["x"]
    got = lines(columns, study={"randomised": True})["leave_one_block_out"]
    assert got["status"] == "warn"
    assert "days 91 to 108" in got["sentence"]


@pytest.mark.mcmc
def test_the_scorecard_costs_less_than_the_fit():
    params = params_of(Scenario("test", world(Shape())), 1)
    panel = panel_of(record(feedback=-1.0))
    protocol = frozen(params, panel)
    began = process_time()
    found, _ = answered(protocol, panel, params)
    fitted = process_time()
    scorecard(Case(found, params))
    assert process_time() - fitted < fitted - began


@pytest.mark.mcmc
def test_a_study_without_a_path_has_a_scorecard_too():
    configure = {"forbid": [{"from": "x", "to": "y"}]}
    got = lines(record(), configure=configure)
    assert got["leave_one_block_out"]["status"] == "not_applicable"


def test_scenarios_have_names_that_make_file_names():
    assert all(name == name.lower() for name in SCENARIOS)


@pytest.mark.mcmc
def test_periods_of_a_plan_do_not_contradict_the_graph():
    rng = np.random.default_rng(2)
    plan = np.concatenate([np.repeat(rng.permutation([0.0, 1.0]), 5) for _ in range(STEPS // 10)])
    study = {"randomised": True, "design": {"kind": "blocks", "block": 2, "period": 5}}
    got = lines({"x": plan, "y": 0.5 * plan + rng.normal(size=STEPS)}, study=study)
    assert got["implied_independences"]["status"] in ("pass", "not_applicable")
