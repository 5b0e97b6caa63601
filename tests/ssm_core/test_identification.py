"""What adjustment over unrolled time can and cannot identify."""

import pytest

from schemas.graph import CausalGraph, Edge, Node
from ssm_core.graphs.identification import identify, identify_sustained
from ssm_core.graphs.unrolled import At, smallest_lag, unroll, window_of


def graph(nodes, edges, forgetful=()):
    """Nodes as a string of names, `*` marks a hidden one; edges as `X>Y@1`."""
    return CausalGraph(
        nodes=tuple(
            Node(name=n.strip("*"), observed="*" not in n, memory=n.strip("*") not in forgetful) for n in nodes.split()
        ),
        edges=tuple(
            Edge(source=e.split(">")[0], target=e.split(">")[1].split("@")[0], lag=int(e.split("@")[1]))
            for e in edges.split()
        ),
    )


@pytest.mark.parametrize(
    ("name", "candidate", "lag", "identified"),
    [
        ("no confounding", graph("X Y", "X>Y@0"), 0, True),
        ("feedback from the past outcome", graph("X Y", "X>Y@0 Y>X@1"), 0, True),
        ("recorded confounder", graph("X Y C", "X>Y@0 C>X@0 C>Y@0"), 0, True),
        ("hidden persistent cause at lag one", graph("X Y U*", "X>Y@0 U>X@1 U>Y@1"), 0, False),
        ("hidden cause on the same step", graph("X Y U*", "X>Y@0 U>X@0 U>Y@0"), 0, False),
        ("hidden cause with memory, later on the outcome", graph("X Y U*", "X>Y@0 U>X@0 U>Y@1"), 0, False),
        ("memoryless hidden cause, same step", graph("X Y U*", "X>Y@0 U>X@0 U>Y@0", forgetful="U"), 0, False),
        ("hidden cause of the exposure only", graph("X Y U*", "X>Y@0 U>X@0"), 0, True),
        ("hidden cause of the outcome only", graph("X Y U*", "X>Y@0 U>Y@0"), 0, True),
        ("mediator", graph("X M Y", "X>M@0 M>Y@0 X>Y@0"), 0, True),
        ("collider is left alone", graph("X Y C", "X>Y@0 X>C@0 Y>C@0"), 0, True),
        ("M-bias", graph("X Y M U* V*", "X>Y@0 U>X@0 U>M@0 V>M@0 V>Y@0", forgetful="UV"), 0, True),
        ("confounder that the exposure feeds back on", graph("X Y C", "X>Y@0 C>X@0 C>Y@0 Y>C@1 X>C@1"), 0, True),
        ("hidden exposure", graph("X* Y", "X>Y@0"), 0, False),
    ],
)
def test_pulse(name, candidate, lag, identified):
    assert identify(candidate, "X", "Y", lag).identified is identified, name


def test_no_path_means_an_effect_of_exactly_zero():
    got = identify(graph("X Y", "Y>X@1"), "X", "Y", 0)
    assert got.identified
    assert got.effect_zero_by_graph
    assert got.method == "no_path"


def test_a_lagged_effect_asked_at_a_lag_too_short_is_zero_and_says_so():
    got = identify(graph("X Y", "X>Y@1"), "X", "Y", 0)
    assert got.effect_zero_by_graph
    assert "exactly 0 steps" in got.reasons[0]


def test_feedback_needs_the_past_outcome_in_the_adjustment_set():
    (adjusted,) = identify(graph("X Y", "X>Y@0 Y>X@1"), "X", "Y", 0).adjustment_sets
    assert "Y[t-1]" in adjusted


def test_a_refusal_names_the_hidden_cause():
    assert "U is not recorded" in identify(graph("X Y U*", "X>Y@0 U>X@0 U>Y@0"), "X", "Y", 0).reasons[0]


def test_nodes_that_follow_the_exposure_are_never_adjusted_for():
    (adjusted,) = identify(graph("X M Y", "X>M@0 M>Y@0 X>Y@0 Y>X@1"), "X", "Y", 0).adjustment_sets
    assert "M[t]" not in adjusted


@pytest.mark.parametrize(
    ("candidate", "identified"),
    [
        (graph("X Y", "X>Y@0 Y>X@1"), True),
        (graph("X Y C", "X>Y@0 C>X@0 C>Y@0 Y>C@1 X>C@1"), True),
        (graph("X Y U*", "X>Y@0 U>X@1 U>Y@1"), False),
    ],
)
def test_sustained(candidate, identified):
    assert identify_sustained(candidate, "X", "Y", 4).identified is identified


def test_the_past_before_the_window_is_hidden():
    unrolled, observed = unroll(graph("X Y", "X>Y@1"), 3)
    assert At("Y", -3) in unrolled
    assert At("Y", -3) not in observed
    assert At("Y", -2) in observed


def test_window_grows_with_nodes_and_lags():
    assert window_of(graph("X Y", "X>Y@0"), 0) == 4
    assert window_of(graph("X Y U*", "X>Y@2"), 2) == 11


def test_smallest_lag_is_over_whole_paths():
    assert smallest_lag(graph("X M Y", "X>Y@3 X>M@1 M>Y@1"), "X", "Y") == 2
    assert smallest_lag(graph("X Y", "Y>X@1"), "X", "Y") is None
