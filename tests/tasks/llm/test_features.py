"""Role 1's features: only what code can derive from this record, and nothing beside what it is made from."""

import pytest

from schemas.recording import VariablesReply
from tasks.llm.inputs import VariableSummary
from tasks.llm.roles.variables import roles_problems, variable_roles

VARIABLES = tuple(
    VariableSummary(name, None, "continuous", None, "nearly complete", None) for name in ("coffee", "sleep", "stress")
)
DERIVABLE = {"window": ("coffee",), "rolling": ("coffee", "sleep", "stress"), "load": ("coffee", "stress")}
EVENING = {"kind": "window", "of": "coffee", "by": "sum", "between": ["14:00", "23:59"], "absent": "zero"}
WEEK = {"kind": "rolling", "of": "stress", "by": "mean", "steps": 7}


def roles(coffee="exposure", sleep="outcome", stress="confounder") -> list[dict]:
    said = {"coffee": coffee, "sleep": sleep, "stress": stress}
    return [{"name": name, "role": role, "reason": "Known."} for name, role in said.items()]


def feature(made: dict, role: str, name: str = "made") -> dict:
    return {"name": name, "feature": made, "role": role, "reason": "Closer to the question."}


def reply(*features: dict, **said: str) -> dict:
    return {"roles": roles(**said), "features": list(features)}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (reply(feature(EVENING, "confounder")), "computed from the exposure"),
        (reply(feature({**WEEK, "of": "sleep"}, "confounder")), "computed from the outcome"),
        (reply(feature({**WEEK, "of": "tea"}, "confounder")), 'rolling cannot be made of "tea"'),
        (reply(feature({"kind": "count", "of": "coffee", "absent": "zero"}, "ignore")), "kind count cannot be made"),
        (reply(feature(WEEK, "confounder", "stress")), "has the name of a variable"),
        (reply(feature(WEEK, "confounder", "No Good")), "lower-case letters"),
        (reply(feature(WEEK, "confounder", "start")), "lower-case letters"),
        (reply(feature(WEEK, "confounder"), feature(WEEK, "ignore")), "twice"),
        (reply(*(feature(WEEK, "ignore", f"made_{i}") for i in range(7))), "at most 6"),
        (reply(feature(EVENING, "exposure")), "exactly one variable must be the exposure, not 2"),
        (reply(feature(EVENING, "exposure"), coffee="confounder"), '"coffee" must have the role ignore'),
    ],
)
def test_features_that_cannot_be_used_are_told(said: dict, problem: str):
    reasons = roles_problems(VariablesReply.model_validate(said), VARIABLES, None, None, DERIVABLE)
    assert any(problem in reason for reason in reasons), reasons


@pytest.mark.parametrize(
    "said",
    [
        reply(),
        reply(feature(WEEK, "confounder")),
        reply(feature(EVENING, "exposure"), coffee="ignore"),
        reply(feature({"kind": "load", "of": "stress", "half_life": 3}, "mediator")),
    ],
)
def test_features_that_can_be_derived_pass(said: dict):
    assert roles_problems(VariablesReply.model_validate(said), VARIABLES, None, None, DERIVABLE) == []


def test_a_fixed_exposure_is_not_replaced_by_a_feature():
    said = VariablesReply.model_validate(reply(feature(EVENING, "exposure"), coffee="ignore"))
    assert any("fixed" in reason for reason in roles_problems(said, VARIABLES, "coffee", "sleep", DERIVABLE))


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "tag", "of": "coffee", "contains": "wine", "absent": "zero"},
        {**EVENING, "between": ["25:00", "23:00"]},
        {**WEEK, "steps": 1},
        {"kind": "load", "of": "stress", "half_life": float("inf")},
        {"kind": "run", "of": "coffee", "code": "__import__('os')"},
    ],
)
def test_what_is_outside_the_closed_vocabulary_goes_back(answerer, script, broken: dict):
    calls = script(reply(feature(broken, "ignore")), reply())
    found = variable_roles(answerer(calls), "?", VARIABLES, None, None, DERIVABLE)
    assert found.features == ()
    assert "features.0.feature" in calls.requests[1].messages[-1].content


def test_the_schema_offers_only_what_can_be_derived_and_nobody_is_asked_for_nothing(answerer, script):
    calls = script(reply(), {"roles": roles()})
    variable_roles(answerer(calls), "?", VARIABLES, None, None, DERIVABLE)
    variable_roles(answerer(calls), "?", VARIABLES, None, None, {})
    with_features, without = calls.requests
    assert set(with_features.reply_schema["$defs"]) == {"VariableRole", "ProposedFeature", "Window", "Rolling", "Load"}
    assert with_features.reply_schema["$defs"]["Window"]["properties"]["of"]["enum"] == ["coffee"]
    assert "prefixItems" not in str(with_features.reply_schema)
    assert "asserted_by" not in str(with_features.reply_schema)
    assert set(without.reply_schema["$defs"]) == {"VariableRole"}
    assert "derivable" not in without.messages[1].content
