"""What a graph implies: nothing that an open path contradicts, hidden nodes and selection included."""

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_core.discovery.implications import implications
from ssm_core.discovery.lagged import Cause
from ssm_core.graphs.unrolled import At, longest_lag, unroll
from tests.ssm_core.graphs.making import graph
from tests.ssm_core.graphs.random_graphs import small_graphs


def as_networkx(unrolled):
    out = nx.DiGraph()
    out.add_nodes_from(unrolled.nodes)
    for at, parents in zip(unrolled.nodes, unrolled.parents, strict=True):
        out.add_edges_from((unrolled.nodes[i], at) for i in range(len(unrolled.nodes)) if parents >> i & 1)
    return out


def at(cause):
    return At(cause.name, -cause.lag)


@settings(max_examples=40, deadline=None)
@given(small_graphs(hidden=0.5))
def test_every_implication_is_a_d_separation_of_the_unrolled_graph(drawn):
    dag = as_networkx(unroll(drawn, 2 * longest_lag(drawn) + 2))
    for test in implications(drawn).tests:
        assert nx.is_d_separator(dag, {At(test.child, 0)}, {at(test.other)}, {at(c) for c in test.given})


@settings(max_examples=40, deadline=None)
@given(small_graphs(hidden=0.0), st.data())
def test_without_hidden_nodes_every_absent_edge_is_implied_absent(drawn, data):
    found = implications(drawn)
    assert not found.untested
    tested = {(test.child, test.other) for test in found.tests}
    edge = data.draw(st.sampled_from(drawn.edges))
    without = drawn.model_copy(update={"edges": tuple(e for e in drawn.edges if e != edge)})
    gained = {(t.child, t.other) for t in implications(without, reach=1 + longest_lag(drawn)).tests} - tested
    assert (edge.target, Cause(edge.source, edge.lag)) in gained or edge.lag == 0


def test_a_chain_implies_what_is_known_of_it():
    found = implications(graph("X~ M~ Y~", "X>M@0 M>Y@0"), reach=0)
    within = {(t.child, t.other.name, t.given) for t in found.tests if t.other.lag == 0}
    assert within == {("Y", "X", (Cause("M", 0),))}


def test_a_persistent_hidden_cause_leaves_its_children_untested():
    found = implications(graph("X Y W U*", "U>X@0 U>Y@0 W>X@1"))
    assert set(found.untested) == {"X", "Y"}
    assert {test.child for test in found.tests} == {"W"}


def test_a_hidden_cause_without_memory_opens_only_the_step_it_acts_in():
    found = implications(graph("X Y U*~", "U>X@0 U>Y@0"))
    assert not found.untested
    assert ("Y", Cause("X", 0)) not in {(test.child, test.other) for test in found.tests}
    assert ("Y", Cause("X", 1)) in {(test.child, test.other) for test in found.tests}


def test_what_selection_opens_is_not_tested():
    plain = implications(graph("X~ Y~ S~", "X>S@0 Y>S@0"))
    chosen = implications(graph("X~ Y~ S~", "X>S@0 Y>S@0", selected_on="S"))
    assert ("Y", Cause("X", 0)) in {(test.child, test.other) for test in plain.tests}
    assert ("Y", Cause("X", 0)) not in {(test.child, test.other) for test in chosen.tests}


def test_what_missing_values_open_is_not_tested():
    gone = implications(graph("X~ Y~", "", Y="X Y"))
    assert ("Y", Cause("X", 0)) not in {(test.child, test.other) for test in gone.tests}
    at_random = implications(graph("X~ Y~", "", Y="X"))
    assert ("Y", Cause("X", 0)) in {(test.child, test.other) for test in at_random.tests}
