"""Where each node of a candidate graph goes in its model: state, recorded input, hidden state, index behind a code."""

from typing import NamedTuple

import networkx as nx

from schemas.graph import CausalGraph
from ssm_core.graphs.identification import identify
from ssm_core.graphs.unrolled import edges_with_memory

type LaggedEdge = tuple[str, str, int]


class Placement(NamedTuple):
    """The nodes that take part, by their place.

    Attributes:
        states: the outcome, then recorded nodes with an equation of their own.
        hidden: hidden nodes with an equation of their own.
        indexed: recorded nodes that enter their effects as they were recorded, and whose own equation has a hidden
            cause: an index behind the recorded value answers to it.
        inputs: recorded nodes that enter as recorded, the exposure first (absent when nothing leads from it to one).
        edges: edges among all these, own memory included.
    """

    states: tuple[str, ...]
    hidden: tuple[str, ...]
    indexed: tuple[str, ...]
    inputs: tuple[str, ...]
    edges: tuple[LaggedEdge, ...]


def placement_of(graph: CausalGraph, treatment: str, outcome: str, lag: int, binary: frozenset[str]) -> Placement:
    """What is upstream of the outcome takes part.

    Recorded nodes that follow the exposure are states; the exposure and what precedes it are inputs as recorded
    (sequential ignorability), unless a hidden node is among their causes: then they answer to it by an equation of
    their own. A hidden node takes part when it connects at least two nodes or passes something on; one that acts on a
    single node only is part of that node's noise. Where the effect is not identified no number is given, and the
    hidden nodes are left out.

    Args:
        graph: the candidate.
        treatment: the exposure.
        outcome: the outcome.
        lag: of the headline.
        binary: nodes with two values.
    """
    recorded = {node.name for node in graph.nodes if node.observed}
    everything = edges_with_memory(graph)
    relevant = upstream(everything, treatment, outcome)
    hidden = connecting(everything, relevant, recorded)
    if hidden and not identify(graph, treatment, outcome, lag).identified:
        hidden = frozenset()
    taking_part = (relevant & recorded) | hidden
    edges = tuple(e for e in everything if e[0] in taking_part and e[1] in taking_part)
    following = nx.descendants(_summary(list(edges), treatment, outcome), treatment)
    answering = {target for source, target, _ in edges if source in hidden and target in recorded} - following
    indexed = {n for n in answering if n == treatment or n in binary}
    states = ((relevant & recorded & following) | answering) - indexed - {treatment, outcome}
    inputs = (relevant & recorded) - states - {treatment, outcome}
    at_all = any(source == treatment and target in states | hidden | {outcome} for source, target, _ in edges)
    return Placement(
        states=(outcome, *sorted(states)),
        hidden=tuple(sorted(hidden)),
        indexed=tuple(sorted(indexed)),
        inputs=(*((treatment,) if at_all else ()), *sorted(inputs)),
        edges=edges,
    )


def _summary(edges: list[LaggedEdge], *nodes: str) -> nx.DiGraph:
    summary = nx.DiGraph((source, target) for source, target, _ in edges)
    summary.add_nodes_from(nodes)
    return summary


def upstream(edges: list[LaggedEdge], treatment: str, outcome: str) -> set[str]:
    """The outcome and everything that acts on it."""
    return nx.ancestors(_summary(edges, treatment, outcome), outcome) | {outcome}


def connecting(edges: list[LaggedEdge], relevant: set[str], recorded: set[str]) -> frozenset[str]:
    """Hidden nodes that are more than the noise of one other node, found by taking the others away one by one."""
    hidden = {n for n in relevant if n not in recorded}
    while True:
        around = [(s, t) for s, t, _ in edges if s != t and {s, t} <= hidden | (relevant & recorded)]
        single = {n for n in hidden if not any(t == n for _, t in around) and len({t for s, t in around if s == n}) < 2}
        if not single:
            return frozenset(hidden)
        hidden -= single
