"""Declared negative controls: refused before the fit where they cannot be one, and never adjusted for."""

import pytest

from schemas.errors import StudyError
from schemas.graph import CausalGraph, Edge, Node
from tasks.modelling.candidates import rule_graphs
from tasks.modelling.constraints import check_rules
from tasks.modelling.controls import not_controls
from tasks.modelling.question import question_of
from tests.tasks.modelling.making import catalog_of, params, record, with_section

VARIABLES = frozenset({"coffee", "sleep", "stress"})


def declared(key, name, **configure):
    given = with_section(params(), "estimate", **{key: [name]})
    return with_section(given, "configure", **configure)


@pytest.mark.parametrize("key", ["negative_controls", "negative_exposures"])
@pytest.mark.parametrize("name", ["nobody", "coffee", "sleep"])
def test_a_control_is_another_variable(key, name):
    with pytest.raises(StudyError, match=f"params.yaml at estimate.{key}"):
        check_rules(declared(key, name), VARIABLES)


@pytest.mark.parametrize(
    ("key", "configure", "message"),
    [
        ("negative_controls", {"roles": {"stress": "confounder"}}, "declared a confounder"),
        ("negative_controls", {"require": [{"from": "coffee", "to": "stress"}]}, "from coffee to stress"),
        ("negative_exposures", {"require": [{"from": "stress", "to": "sleep", "lag": 1}]}, "from stress to sleep"),
    ],
)
def test_a_control_that_the_person_ties_to_the_question_is_refused(key, configure, message):
    with pytest.raises(StudyError, match=message):
        check_rules(declared(key, "stress", **configure), VARIABLES)


@pytest.mark.parametrize("key", ["negative_controls", "negative_exposures"])
def test_a_control_is_in_no_graph_of_the_rules(key):
    given = declared(key, "stress")
    check_rules(given, VARIABLES)
    graphs = rule_graphs(question_of(given, catalog_of(record())), given)
    assert all("stress" not in {node.name for node in graph.nodes} for graph in graphs)


def test_a_graph_that_contradicts_a_control_is_named():
    nodes = tuple(Node(name=name) for name in sorted(VARIABLES))
    edges = (("coffee", "stress", 0), ("stress", "sleep", 1))
    graph = CausalGraph(nodes=nodes, edges=tuple(Edge(source=a, target=b, lag=k) for a, b, k in edges))
    for key, words in (("negative_controls", "the exposure acts on it"), ("negative_exposures", "acts on the outcome")):
        (told,) = not_controls((graph,), declared(key, "stress"), "coffee", "sleep")
        assert told.startswith("stress is no negative control in graph 'graph'")
        assert words in told
        assert not_controls((graph,), params(), "coffee", "sleep") == []
