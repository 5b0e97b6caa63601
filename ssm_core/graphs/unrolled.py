"""A time-series causal graph unrolled over steps, with a hidden past before the first observed slice."""

from typing import NamedTuple

import networkx as nx

from schemas.graph import CausalGraph


class At(NamedTuple):
    """A node at a step; step 0 is the outcome's, -1 the step before it."""

    name: str
    step: int

    def __str__(self) -> str:
        """`X[t]`, `X[t-1]`."""
        return f"{self.name}[t]" if self.step == 0 else f"{self.name}[t{self.step:+d}]"


def longest_lag(graph: CausalGraph) -> int:
    """Longest lag of an edge; at least one, since memory has lag one."""
    return max([1, *(edge.lag for edge in graph.edges)])


def edges_with_memory(graph: CausalGraph) -> list[tuple[str, str, int]]:
    """All edges as (source, target, lag), the lag-1 self-edge of every node with memory included."""
    edges = {(edge.source, edge.target, edge.lag) for edge in graph.edges}
    edges |= {(node.name, node.name, 1) for node in graph.nodes if node.memory}
    return sorted(edges)


def window_of(graph: CausalGraph, lag: int) -> int:
    """`W = lag + 1 + (nodes + 1) * longest lag`: slices after which a "no" is final (METHODS: the window rule)."""
    return lag + 1 + (len(graph.nodes) + 1) * longest_lag(graph)


def unroll(graph: CausalGraph, slices: int) -> tuple[nx.DiGraph, frozenset[At]]:
    """Nodes and edges over the observed window and the hidden past before it.

    The record starts in mid-stream: `(nodes + 1) * longest lag` slices before the window exist too, and there every
    node is hidden, observed kinds included.

    Returns:
        the graph, and the nodes that are observed.
    """
    past = (len(graph.nodes) + 1) * longest_lag(graph)
    steps = range(-(slices - 1) - past, 1)
    unrolled = nx.DiGraph()
    unrolled.add_nodes_from(At(node.name, step) for step in steps for node in graph.nodes)
    for source, target, lag in edges_with_memory(graph):
        unrolled.add_edges_from((At(source, s - lag), At(target, s)) for s in steps if s - lag >= steps[0])
    seen = {node.name for node in graph.nodes if node.observed}
    return unrolled, frozenset(at for at in unrolled if at.name in seen and at.step > -slices)


def instantaneous_cycle(graph: CausalGraph) -> list[str] | None:
    """Nodes of a cycle of lag-0 edges, or None."""
    within = nx.DiGraph((edge.source, edge.target) for edge in graph.edges if edge.lag == 0)
    try:
        return [source for source, _ in nx.find_cycle(within)]
    except nx.NetworkXNoCycle:
        return None


def smallest_lag(graph: CausalGraph, treatment: str, outcome: str) -> int | None:
    """Smallest total lag over directed paths from treatment to outcome; None without a path."""
    summary = nx.MultiDiGraph()
    summary.add_nodes_from(node.name for node in graph.nodes)
    for edge in graph.edges:
        if edge.source != edge.target:
            summary.add_edge(edge.source, edge.target, lag=edge.lag)
    try:
        return int(nx.dijkstra_path_length(summary, treatment, outcome, weight="lag"))
    except nx.NetworkXNoPath:
        return None
