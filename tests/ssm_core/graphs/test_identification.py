"""What one query answers besides yes and no: reasons, windows, sets, periods."""

import numpy as np
import pytest

from schemas.errors import StudyError
from schemas.graph import CausalGraph, Edge, Node
from ssm_core.graphs.identification import identify
from ssm_core.graphs.projected.evaluation import evaluate
from ssm_core.graphs.query import Query
from ssm_core.graphs.sustained import identify_sustained
from tests.ssm_core.graphs.binary import law, random_model
from tests.ssm_core.graphs.making import graph


def test_no_path_means_an_effect_of_exactly_zero():
    got = identify(graph("X Y", "Y>X@1"), "X", "Y", 0)
    assert got.identified
    assert got.effect_zero_by_graph
    assert got.method == "no_path"


def test_a_lagged_effect_asked_at_a_lag_too_short_is_zero_and_names_the_right_lag():
    got = identify(graph("X Y", "X>Y@3"), "X", "Y", 1)
    assert got.effect_zero_by_graph
    assert "exactly 1 steps" in got.reasons[0]
    assert "ask about lag 3" in got.reasons[0]


def test_nodes_that_follow_the_exposure_are_never_adjusted_for():
    got = identify(graph("X M Y C", "X>M@0 M>Y@0 X>Y@0 Y>X@1 Y>C@0 C>X@1"), "X", "Y", 0)
    assert got.adjustment_sets
    assert not {"M[t]", "C[t]"} & {node for chosen in got.adjustment_sets for node in chosen}


def test_a_refusal_names_the_hidden_cause_and_draws_the_path():
    (reason, *_) = identify(graph("X Y U*", "X>Y@0 U>X@0 U>Y@0"), "X", "Y", 0).reasons
    assert reason.startswith("U is not recorded and acts on both X and Y")
    assert "X[t] ← U[t] → Y[t]" in reason


def test_a_refusal_names_every_hidden_cause():
    reasons = identify(graph("X Y U* V*", "X>Y@0 U>X@0 U>Y@0 V>X@0 V>Y@0"), "X", "Y", 0).reasons
    assert any("U is not recorded" in reason for reason in reasons)
    assert any("V is not recorded" in reason for reason in reasons)


def test_a_refusal_says_what_linearity_would_do():
    assert "instrument" in identify(graph("Z X Y U*", "Z>X@0 X>Y@0 U>X@0 U>Y@0"), "X", "Y", 0).reasons[-1]
    assert "would not" in identify(graph("X~ Y~ U*~", "X>Y@0 U>X@0 U>Y@0"), "X", "Y", 0).reasons[-1]


def test_a_no_is_said_after_the_longest_window_and_a_yes_at_the_first():
    assert identify(graph("X Y U*", "X>Y@2 U>X@0 U>Y@0"), "X", "Y", 2).slices == 2 + 1 + 4 * 2
    assert identify(graph("X Y", "X>Y@0 Y>X@1"), "X", "Y", 0).slices == 2
    assert identify(graph("X~ Y", "X>Y@0"), "X", "Y", 0).slices == 1
    assert identify(graph("X Y C", "X>Y@0 C>X@3 C>Y@3"), "X", "Y", 0).slices == 4


def test_adjustment_is_preferred_when_a_longer_window_allows_it():
    got = identify(graph("X~ M~ Y~ C", "X>M@0 M>Y@0 C>X@3 C>Y@3"), "X", "Y", 0)
    assert got.method == "adjustment"
    assert got.slices == 1
    assert got.adjustment_sets == (("C[t-3]",),)
    assert "needs 4 slices" in got.reasons[0]


def test_sets_come_smallest_first_and_are_cut_off_at_twenty():
    chains = " ".join(f"{a}>{b}@0 {b}>{c}@0 {c}>X@0 {a}>Y@0" for a, b, c in ("ABC", "DEF", "GHI"))
    got = identify(graph("X~ Y " + " ".join(f"{n}~" for n in "ABCDEFGHI"), f"X>Y@0 {chains}"), "X", "Y", 0)
    sizes = [len(chosen) for chosen in got.adjustment_sets]
    assert sizes == [3] * 20  # of 3 x 3 x 3
    assert got.truncated


def test_the_optimal_set_is_what_else_drives_the_outcome():
    got = identify(graph("X Y C P", "X>Y@0 C>X@0 C>Y@0 P>Y@2"), "X", "Y", 0)
    assert got.optimal_adjustment_set == ("C[t]", "Y[t-1]", "P[t-2]")
    assert identify(graph("X M* Y", "X>M@0 M>Y@0"), "X", "Y", 0).optimal_adjustment_set is None


def test_the_front_door_names_mediators_and_what_is_held_fixed():
    door = identify(graph("X M Y U*", "X>M@0 M>Y@0 U>X@0 U>Y@0"), "X", "Y", 0).front_door
    assert door is not None
    assert (door.mediators, door.given) == (("M[t]",), ("M[t-1]",))


def test_the_functional_is_written_out_for_people():
    got = identify(graph("X~ M~ Y~ U*~", "X>M@0 M>Y@0 U>X@0 U>Y@0"), "X", "Y", 0)
    assert got.functional == (
        "P(Y[t] | do(X[t])) = Σ_{M[t]} Q2 Q3; Q1(X[t], Y[t]) = P(X[t]) P(Y[t] | M[t], X[t]); "
        "Q2(Y[t]) = Σ_{X[t]} Q1; Q3(M[t]) = P(M[t] | X[t])"
    )


def test_what_selection_leaves_is_the_effect_on_recorded_steps():
    got = identify(graph("X Y C S~", "X>Y@0 C>X@0 C>Y@0 C>S@0", selected_on="S"), "X", "Y", 0)
    assert "recorded" in got.reasons[0]
    assert all("C[t]" in chosen for chosen in got.adjustment_sets)


def test_selection_that_opens_a_path_is_refused_with_the_path():
    reasons = identify(graph("X~ Y S~ U*", "X>Y@0 X>S@0 U>S@0 U>Y@0", selected_on="S"), "X", "Y", 0).reasons
    assert "X[t] → S[t] ← U[t] → Y[t]" in reasons[0]
    assert "S" in reasons[-1]


def test_a_graph_too_large_is_refused_in_words():
    names = [f"N{i}" for i in range(60)]
    edges = " ".join(f"{a}>{b}@20" for a, b in zip(["X", *names], [*names, "Y"], strict=True))
    with pytest.raises(StudyError, match="at most 30000 nodes in unrolled time"):
        identify(graph(" ".join(["X", "Y", *names]), edges), "X", "Y", 61 * 20)


@pytest.mark.parametrize(
    ("candidate", "method"),
    [
        (graph("X Y", "X>Y@0 Y>X@1"), "adjustment"),
        (graph("X Y C", "X>Y@0 C>X@0 C>Y@0 Y>C@1 X>C@1"), "adjustment"),
        (graph("X~ Y U*", "X>Y@0 U>Y@0"), "adjustment"),
        (graph("X Y U*", "X>Y@0 U>Y@0 Y>X@1"), "adjustment"),
        (graph("X M Y U*", "X>M@0 M>Y@0 U>X@0 U>Y@0"), "id"),
        (graph("X Y U*", "X>Y@0 U>X@1 U>Y@1"), "none"),
        (graph("X Y", "Y>X@1"), "no_path"),
        (graph("X* Y", "X>Y@0"), "none"),
        (graph("X Y S~", "X>Y@0 X>S@0 Y>S@0", selected_on="S"), "none"),
    ],
)
def test_sustained(candidate, method):
    got = identify_sustained(candidate, "X", "Y", 4)
    assert got.method == method
    assert got.identified == (method != "none")
    assert bool(got.reasons) == (method in ("none", "no_path"))


@pytest.mark.parametrize("nodes", ["X Y", "X M Y U*"])
def test_the_functional_of_a_period_equals_the_truth_in_a_random_model(nodes):
    edges = "X>Y@0 Y>X@1" if nodes == "X Y" else "X>M@0 M>Y@0 U>X@0 U>Y@0 Y>X@1"
    query = Query(graph(nodes, edges), "X", "Y", (0, 1), 3)
    found = query.answer(3)
    model = random_model(query.unrolled, np.random.default_rng(5))
    joint = law(query.unrolled, model, [query.unrolled.number(at) for at in found.nodes])
    earlier, later = query.exposures
    for first in (0, 1):
        for second in (0, 1):
            truth = law(query.unrolled, model, [query.y], {earlier: first, later: second})
            np.testing.assert_allclose(evaluate(found, joint)[first, second], truth, atol=1e-12)


def test_what_was_asserted_about_an_edge_changes_no_answer():
    def drawn(weights):
        nodes = (Node(name="x"), Node(name="y"))
        return CausalGraph(name="g", nodes=nodes, edges=(Edge(source="x", target="y", weights=weights),))

    assert identify(drawn({}), "x", "y", 0) == identify(drawn({"model": 0.3}), "x", "y", 0)
