"""The line of the scorecard that takes the language model's choices away."""

import pytest

from schemas.prior import Normal
from tasks.answering.checks.line import Case
from tasks.answering.scorecard import scorecard
from tests.tasks.answering.test_scorecard import Scenario, Shape, answered, frozen, panel_of, params_of, record, world

NAME = "without_language_model"


def line(change=None):
    """The line for a randomised record; `change` makes the rules' model out of the fitted one."""
    scenario = Scenario("test", world(Shape()), study={"randomised": True}, configure={})
    params, panel = params_of(scenario, 1), panel_of(record())
    protocol = frozen(params, panel)
    if change is not None:
        protocol = protocol.model_copy(update={"without_model": change(protocol.specs[0])})
    found, _ = answered(protocol, panel, params)
    return {row["check"]: row for row in scorecard(Case(found, params)).iter_rows(named=True)}[NAME]


def stubborn(spec):
    """The same model with a prior that allows no effect to speak of."""
    held = Normal(mean=-5.0, sd=0.001)
    parameters = [
        p.model_copy(update={"prior": held}) if p.matrix == "inputs" and p.column == spec.treatment else p
        for p in spec.parameters
    ]
    return spec.model_copy(update={"parameters": tuple(parameters)})


@pytest.mark.mcmc
def test_without_a_language_model_there_is_nothing_to_take_away():
    assert line()["status"] == "not_applicable"


@pytest.mark.mcmc
def test_the_same_model_gives_the_same_estimate():
    got = line(lambda spec: spec)
    assert got["status"] == "pass"
    assert got["value"] == pytest.approx(0, abs=1e-3)


@pytest.mark.mcmc
def test_another_model_with_another_answer_is_told():
    got = line(stubborn)
    assert got["status"] == "warn"
    assert "without any choice of the language model" in got["sentence"]
