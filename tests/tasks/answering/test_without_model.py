"""The line of the scorecard that takes the language model's choices away."""

import pytest

from schemas.prior import Normal
from schemas.protocol import OtherModel
from tasks.answering.checks.line import Case
from tasks.answering.model_dependence import model_dependence
from tasks.answering.scorecard import scorecard
from tests.tasks.answering.test_scorecard import Scenario, Shape, answered, frozen, panel_of, params_of, record, world

NAME = "without_language_model"


def line(change=None, name=NAME, others=(), stated=None):
    """One line of the scorecard of such a case."""
    return {row["check"]: row for row in scorecard(case(change, others, stated)).iter_rows(named=True)}[name]


def case(change=None, others=(), stated=None):
    """A randomised record; `change` makes the rules' model out of the fitted one."""
    scenario = Scenario("test", world(Shape()), study={"randomised": True}, configure={})
    params, panel = params_of(scenario, 1), panel_of(record())
    protocol = frozen(params, panel)
    if change is not None:
        protocol = protocol.model_copy(update={"without_model": change(protocol.specs[0])})
    if others:
        models = tuple(
            OtherModel(
                name=n, spec=make and make(protocol.specs[0]), identified=True, why="" if make else "it says zero"
            )
            for n, make in others
        )
        protocol = protocol.model_copy(update={"other_models": models})
    if stated is not None:
        protocol = protocol.model_copy(update={"specs": tuple(stated_as(spec, stated) for spec in protocol.specs)})
    found, _ = answered(protocol, panel, params)
    return Case(found, params)


def stated_as(spec, prior):
    """The effect's prior as a language model stated it."""
    parameters = [
        p.model_copy(update={"prior": prior, "asserted_by": "model"})
        if p.matrix == "inputs" and p.column == spec.treatment and p.lag == spec.lag
        else p
        for p in spec.parameters
    ]
    return spec.model_copy(update={"parameters": tuple(parameters)})


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


@pytest.mark.mcmc
def test_models_that_agree_hardly_matter_and_each_is_told_with_its_estimate():
    got = line(name="other_language_models", others=(("one", lambda spec: spec),))
    assert got["status"] == "pass"
    assert "hardly depends on which language model" in got["sentence"]
    assert "one: " in got["sentence"]


@pytest.mark.mcmc
def test_a_model_with_another_answer_and_one_without_are_told():
    got = line(name="other_language_models", others=(("one", stubborn), ("two", None)))
    assert got["status"] == "warn"
    assert got["value"] > 2
    assert "depends on which language model was asked" in got["sentence"]
    assert "two: no number, as it says zero" in got["sentence"]


@pytest.mark.mcmc
def test_the_terminal_is_told_in_one_sentence_how_much_the_model_decides():
    told = model_dependence(case(lambda spec: spec, (("one", lambda spec: spec),)))
    own = told.split(": ")[1].split()[0]
    assert told == (
        f"The answer hardly depends on the language model: {own} points with this study's, {own} without any, "
        f"{own} with one (quick fits)."
    )
    told = model_dependence(case(stubborn, (("one\x1b[2J", None),)))
    assert told.startswith("The answer depends on the language model: ")
    assert r" without any, no number with 'one\x1b[2J' (quick fits)." in told
    many = tuple((f"model {i}", stubborn if i else None) for i in range(4))
    assert "with 3 others, no number with 1 other (quick fits)." in model_dependence(case(others=many))
    assert model_dependence(case()) == ""


@pytest.mark.mcmc
def test_a_prior_that_the_record_contradicts_is_told_with_both_values():
    got = line(name="prior_conflict", stated=Normal(mean=-8.0, sd=0.2))
    assert got["status"] == "warn"
    assert "the prior says -8" in got["sentence"]


@pytest.mark.mcmc
def test_a_prior_that_the_record_supports_is_no_conflict_however_wide():
    assert line(name="prior_conflict", stated=Normal(mean=0.0, sd=5.0))["status"] == "pass"
    assert line(name="prior_conflict")["status"] == "not_applicable"
