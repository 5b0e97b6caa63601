"""Nodes that a person declares hidden: in the graph, in identification, in the model."""

import pytest

from schemas.errors import StudyError
from ssm_core.graphs.identification import identify
from tasks.modelling.candidates import rule_graphs
from tasks.modelling.constraints import check_rules, constrained
from tasks.modelling.question import question_of, usable_names
from tasks.modelling.specification import spec_of
from tests.tasks.modelling.making import catalog_of, params, record, with_section

FRONT_DOOR = {
    "hidden": {"worry": {}},
    "require": [
        {"from": "worry", "to": "coffee"},
        {"from": "worry", "to": "sleep"},
        {"from": "coffee", "to": "stress"},
        {"from": "stress", "to": "sleep"},
    ],
    "forbid": [{"from": "coffee", "to": "sleep"}, {"from": "sleep", "to": "coffee"}],
}


def graph_of(**configure):
    given = with_section(params(), "configure", **configure)
    catalog = catalog_of(record())
    check_rules(given, usable_names(catalog))
    question = question_of(given, catalog)
    return constrained(rule_graphs(question, given)[0], given), question, given


def test_a_declared_front_door_is_identified_and_fitted_with_its_hidden_node():
    graph, question, given = graph_of(**FRONT_DOOR)
    assert [node.name for node in graph.nodes if not node.observed] == ["worry"]
    found = identify(graph, "coffee", "sleep", 0)
    assert (found.identified, found.method) == (True, "frontdoor")
    spec = spec_of(graph, question, 0, given.configure.components, True)
    assert {"worry", "coffee (index)", "stress", "sleep"} == set(spec.states)


def test_a_declared_hidden_cause_of_both_is_refused_a_number():
    required = [{"from": "worry", "to": "coffee"}, {"from": "worry", "to": "sleep"}]
    graph, _, _ = graph_of(hidden={"worry": {}}, require=required)
    assert not identify(graph, "coffee", "sleep", 0).identified


@pytest.mark.parametrize(
    ("configure", "message"),
    [
        ({"hidden": {"stress": {}}}, "a name that no recorded variable has"),
        ({"hidden": {"worry": {}}}, "an edge of 'worry' in configure.require"),
        ({"require": [{"from": "worry", "to": "sleep"}]}, "one of the variables: coffee, sleep, stress"),
    ],
)
def test_a_hidden_node_needs_a_name_of_its_own_and_an_edge(configure, message):
    with pytest.raises(StudyError, match=message):
        graph_of(**configure)


@pytest.mark.parametrize(
    ("study", "message"),
    [
        ({"design": {"kind": "coin"}}, "randomised: true beside it"),
        ({"planned": "stress"}, "randomised: true beside it"),
        ({"planned": "nonsense", "randomised": True}, "one of the variables: coffee, sleep, stress"),
    ],
)
def test_a_design_needs_randomisation_and_a_plan_is_a_variable(study, message):
    with pytest.raises(StudyError, match=message):
        check_rules(params(**study), usable_names(catalog_of(record())))
