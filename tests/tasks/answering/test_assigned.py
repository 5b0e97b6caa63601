"""A randomised study with a plan: its headline, what stands beside it, and how guesses are judged."""

import numpy as np
import polars as pl
import pytest

from benchmarks.simulations.scenarios import Scenario
from benchmarks.simulations.study import answered, frozen, panel_of, params_of
from benchmarks.simulations.worlds import Shape, world
from schemas.errors import StudyError
from ssm_core.designs.assignment import Design
from ssm_core.designs.randomisation import randomisation_test
from tasks.answering.assigned import DESIGN, design_rows
from tasks.answering.checks.line import Case
from tasks.answering.scorecard import scorecard

STEPS, EFFECT = 180, 1.0
PLANNED = {"randomised": True, "planned": "plan", "design": {"kind": "coin"}}


def deviating(seed=4):
    """A coin decides the plan; after bad days the exposure is left out, which makes it look better than it is."""
    rng = np.random.default_rng(seed)
    plan, x, y = rng.integers(0, 2, STEPS).astype(float), np.zeros(STEPS), np.zeros(STEPS)
    mood = rng.normal(size=STEPS)
    for t in range(1, STEPS):
        x[t] = plan[t] * (mood[t] > -0.4)
        y[t] = 0.3 * y[t - 1] + EFFECT * x[t] + mood[t]
    return {"x": x, "y": y, "plan": plan}


def study(columns, **declared):
    scenario = Scenario("test", world(Shape()), study=declared)
    params, panel = params_of(scenario, 1), panel_of(columns)
    found, verdict = answered(frozen(params, panel), panel, params)
    return Case(found, params), verdict


@pytest.fixture(scope="module")
def planned():
    columns = deviating()
    right = np.random.default_rng(1).random(STEPS) < 0.7
    case, verdict = study({**columns, "guess": np.where(right, columns["plan"], 1 - columns["plan"])},
                          **PLANNED, guessed="guess")  # fmt: skip
    frame = scorecard(case)
    return case, verdict, {row["check"]: row for row in frame.iter_rows(named=True)}


@pytest.mark.mcmc
def test_the_headline_is_the_effect_of_the_assignment(planned):
    _, verdict, _ = planned
    share = float((np.random.default_rng(9).normal(size=10**6) > -0.4).mean())
    assert verdict.treatment == "plan"
    assert verdict.estimate.q05 <= share * EFFECT <= verdict.estimate.q95
    assert any("assignment (plan)" in reason for reason in verdict.reasons)


@pytest.mark.mcmc
def test_what_was_taken_stands_beside_it_and_is_biased_by_why_it_was_left(planned):
    case, verdict, lines = planned
    rows = {row.estimand: row for row in design_rows(case, "points")}
    assert set(rows) == {"design_based", "as_taken", "per_protocol"}
    assert {row.graph for row in rows.values()} == {DESIGN}
    assert rows["as_taken"].mean > EFFECT + 2 * rows["as_taken"].sd > verdict.estimate.mean
    assert rows["per_protocol"].mean > verdict.estimate.mean
    assert lines["assigned_and_taken"]["status"] == "warn"
    assert f"{rows['as_taken'].mean:+.2g}" in lines["assigned_and_taken"]["sentence"]


@pytest.mark.mcmc
def test_the_design_based_effect_is_that_of_the_plan_and_agrees_with_the_model(planned):
    case, verdict, lines = planned
    row = next(row for row in design_rows(case, "points") if row.estimand == "design_based")
    assert row.q05 < row.mean < row.q95
    assert row.mean == pytest.approx(verdict.estimate.mean, abs=verdict.estimate.sd)
    assert row.q95 - row.q05 == pytest.approx(verdict.estimate.q95 - verdict.estimate.q05, rel=0.25)
    assert "drawn at random" in lines["randomisation_test"]["sentence"]


@pytest.mark.mcmc
def test_deviations_are_counted_with_their_dates(planned):
    case, _, lines = planned
    columns = deviating()
    off = np.flatnonzero(columns["x"] != columns["plan"])
    first = case.findings.panel["start"][int(off[0])]
    said = lines["plan_followed"]["sentence"]
    assert f"as planned on {STEPS - off.size} of {STEPS} days; not on {first:%Y-%m-%d}" in said
    assert f"and {off.size - 3} more" in said


@pytest.mark.mcmc
def test_guesses_that_go_with_the_assignment_are_told(planned):
    case, _, lines = planned
    plan, guess = (case.findings.panel[name].to_numpy() for name in ("plan", "guess"))
    want = randomisation_test(plan, guess, np.ones((STEPS, 1)), 0, Design("coin"), np.random.default_rng(11))
    assert lines["blinding"]["status"] == "warn"
    assert lines["blinding"]["value"] == want.p
    assert f"right on {int((plan == guess).sum())} of {STEPS} days" in lines["blinding"]["sentence"]
    index = 2 * float((guess[plan == 1] == 1).mean()) - 1
    assert f"index is {index:+.2f} with it" in lines["blinding"]["sentence"]


@pytest.mark.mcmc
def test_a_person_may_ask_for_the_effect_of_what_was_taken():
    case, verdict = study(deviating(), **PLANNED, effect_of="taken")
    assert verdict.treatment == "x"
    assert verdict.estimate.mean > EFFECT
    assert {row.estimand for row in design_rows(case, "points")} == {"design_based", "as_assigned", "per_protocol"}


def refused(columns, match, **declared):
    params = params_of(Scenario("test", world(Shape()), study=declared), 1)
    with pytest.raises(StudyError, match=match):
        frozen(params, panel_of(columns))


def test_a_plan_that_the_design_cannot_have_made_is_refused_with_the_day():
    refused(deviating(), r"(?s)each unit of 3 steps.*2025-03.*correct period",
            **PLANNED | {"design": {"kind": "coin", "period": 3}})  # fmt: skip


def test_a_plan_in_other_values_than_the_exposure_is_refused():
    columns = deviating()
    refused({**columns, "plan": 1 + columns["plan"]}, "planned values among those of 'x': 0 and 1", **PLANNED)
    refused({**columns, "plan": np.zeros(STEPS)}, "one of the variables: x, y", **PLANNED)
    refused(columns, "a column of its own", **PLANNED | {"planned": "y"})


def test_without_chance_there_is_nothing_by_design():
    panel = panel_of(deviating())
    assert isinstance(panel, pl.DataFrame)
    case = Case.__new__(Case)
    protocol = frozen(params_of(Scenario("test", world(Shape())), 1), panel)
    case.findings, case._known = type("Found", (), {"protocol": protocol, "panel": panel}), {}
    assert design_rows(case, "points") == []
