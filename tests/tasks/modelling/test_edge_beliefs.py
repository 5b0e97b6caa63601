"""Whole-graph proposals and edge-by-edge answers put together."""

import itertools
import math

import networkx as nx
import pytest

from schemas.graph import CausalGraph, Edge, Node
from schemas.recording import ProposedEdge, ProposedGraph
from tasks.llm.pair_scores import EdgeProbability
from tasks.modelling.edge_beliefs import PAIRS, WHOLE, graph_of_likely_edges, pooled, with_weights


def proposed(*edges, plausibility=1.0):
    return ProposedGraph(
        summary="One.", plausibility=plausibility, hidden_common_cause=False, hidden_reason="",
        edges=tuple(ProposedEdge(cause=c, effect=e, lag=lag, reason="Known.") for c, e, lag in edges),
    )  # fmt: skip


def alone(cause, effect, lag, p):
    return EdgeProbability(cause, effect, lag, p, None, p, sampled=False)


XY, ZX, ZY = ("x", "y", 0), ("z", "x", 0), ("z", "y", 0)


def test_without_edge_answers_the_proposals_stay_as_they_are():
    graphs = (proposed(XY, plausibility=0.6), proposed(XY, ZX, ZY, plausibility=0.4))
    assert pooled(graphs, ()).graphs == graphs
    unusable = EdgeProbability("x", "y", 0, None, None, None, sampled=False)
    assert pooled(graphs, [unusable]).graphs == graphs


def test_weights_are_the_mean_of_the_two_opinions():
    graphs = (proposed(XY, plausibility=0.6), proposed(XY, ZX, plausibility=0.4))
    found = pooled(graphs, [alone(*XY, 0.9), alone(*ZX, 0.8)])
    second = [math.sqrt(0.9 * 0.2), math.sqrt(0.9 * 0.8)]
    expected = [(p + s / sum(second)) / 2 for p, s in zip((0.6, 0.4), second, strict=True)]
    assert sorted(graph.plausibility for graph in found.graphs) == pytest.approx(sorted(expected))
    assert sum(graph.plausibility for graph in found.graphs) == pytest.approx(1)


def test_the_graph_of_likely_edges_joins_the_candidates_once():
    found = pooled((proposed(XY),), [alone(*XY, 0.9), alone(*ZX, 0.8), alone(*ZY, 0.1)])
    assert [len(graph.edges) for graph in found.graphs] in ([1, 2], [2, 1])
    again = pooled((proposed(XY, ZX),), [alone(*XY, 0.9), alone(*ZX, 0.8), alone(*ZY, 0.1)])
    assert len(again.graphs) == 1


def test_beliefs_keep_both_ways_of_asking():
    graphs = (proposed(XY, plausibility=0.6), proposed(XY, ZX, plausibility=0.4))
    beliefs = {(b.cause, b.effect, b.lag): b for b in pooled(graphs, [alone(*XY, 0.5), alone(*ZY, 0.2)]).beliefs}
    told = {place: (b.whole_graphs, b.pair_by_pair, b.combined) for place, b in beliefs.items()}
    assert told == {XY: (1.0, 0.5, 0.75), ZX: (0.4, None, 0.4), ZY: (0.0, 0.2, 0.1)}


@pytest.mark.parametrize("order", list(itertools.permutations((0.9, 0.8, 0.7))))
def test_likely_edges_form_no_cycle_and_the_least_sure_one_gives_way(order):
    places = [("a", "b", 0), ("b", "c", 0), ("c", "a", 0)]
    answered = dict(zip(places, order, strict=True))
    graph = graph_of_likely_edges(answered)
    within = nx.DiGraph((edge.cause, edge.effect) for edge in graph.edges)
    assert nx.is_directed_acyclic_graph(within)
    assert min(answered, key=answered.get)[:2] not in within.edges


def test_feedback_over_time_is_kept():
    graph = graph_of_likely_edges({("a", "b", 0): 0.9, ("b", "a", 1): 0.8})
    assert len(graph.edges) == 2


def test_no_likely_edge_no_graph():
    assert graph_of_likely_edges({XY: 0.5, ZX: 0.2}) is None


def test_edges_tell_each_asserters_probability():
    beliefs = pooled((proposed(XY),), [alone(*XY, 0.5)]).beliefs
    edges = (Edge(source="x", target="y"), Edge(source="y", target="x", lag=1))
    told = with_weights(CausalGraph(nodes=(Node(name="x"), Node(name="y")), edges=edges), beliefs)
    assert told.edges[0].weights == {WHOLE: 1.0, PAIRS: 0.5}
    assert "weights" not in told.edges[1].model_dump()
