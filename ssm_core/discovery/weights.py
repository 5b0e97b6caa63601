"""Weights of candidate graphs by the record, hidden causes left at their prior weight."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from schemas.graph import CausalGraph
from ssm_core.discovery.lagged import Cause, Record, scatter_of
from ssm_core.discovery.score import log_scores
from ssm_core.graphs.unrolled import edges_with_memory

type Edge = tuple[str, str, int]


class GraphWeights(NamedTuple):
    """Weights of candidates.

    Attributes:
        weights: posterior, summing to one.
        log_scores: log evidence of the children that were scored; compare within a class only.
        classes: candidates with the same number agree on everything hidden; data move weight within a class only.
        rows: steps that were used, the same for all candidates.
    """

    weights: Float[np.ndarray, " graph"]
    log_scores: Float[np.ndarray, " graph"]
    classes: tuple[int, ...]
    rows: int


def graph_weights(
    graphs: Sequence[CausalGraph], record: Record, prior: Float[np.ndarray, " graph"] | None = None
) -> GraphWeights:
    """`p(G | data) = p(class of G) p(G | class) p(data | G) / sum over the class`, on one set of columns and rows.

    All candidates predict the same columns: every recorded node that any of them names; a node that a candidate does
    not name has its memory there and nothing else. Rows are the steps at which all columns of all candidates are
    recorded. Candidates fall into classes by their hidden nodes, with edges and memory; a class keeps its prior
    weight, and a child with a hidden cause is not scored, since its parents' coefficients and the hidden cause cannot
    be told apart by a regression.

    Args:
        graphs: candidates, acyclic within a step.
        record: the panel, with every recorded node that has an edge.
        prior: weights; the graphs' own when None.

    Raises:
        StudyError: a column is constant on the rows that are used.
    """
    weight = np.array([graph.weight for graph in graphs]) if prior is None else np.asarray(prior, dtype=float)
    weight = weight / weight.sum()
    known = [{n.name for n in graph.nodes if n.observed} & set(record.names) for graph in graphs]
    memory = {
        n.name: n.memory for graph, names in zip(graphs, known, strict=True) for n in graph.nodes if n.name in names
    }
    edges = [
        _recorded_edges(graph, names) | _unnamed(graph, memory) for graph, names in zip(graphs, known, strict=True)
    ]
    columns = {Cause(name, 0) for name in memory} | {Cause(source, lag) for of in edges for source, _, lag in of}
    scatter = scatter_of(record, sorted(columns))
    hidden = [_hidden_part(graph, names) for graph, names in zip(graphs, known, strict=True)]
    kinds = list(dict.fromkeys(hidden))
    classes = tuple(kinds.index(of) for of in hidden)
    scores = np.zeros(len(graphs))
    for child in memory:
        scored = [i for i, of in enumerate(hidden) if child not in of.children]
        parents = [scatter.positions({Cause(s, lag) for s, t, lag in edges[i] if t == child}) for i in scored]
        scores[scored] += log_scores(scatter, scatter.columns.index(Cause(child, 0)), parents)
    out = np.zeros(len(graphs))
    for kind in range(len(kinds)):
        inside = [i for i, of in enumerate(classes) if of == kind and weight[i] > 0]
        if inside:
            log_weight = np.log(weight[inside]) + scores[inside]
            out[inside] = weight[inside].sum() * np.exp(log_weight - logsumexp(log_weight))
    return GraphWeights(out, scores, classes, scatter.rows)


class _Hidden(NamedTuple):
    """Everything hidden in a graph: edges of hidden nodes, and the recorded nodes with a hidden cause."""

    edges: frozenset[Edge]
    children: frozenset[str]


def _recorded_edges(graph: CausalGraph, known: set[str]) -> set[Edge]:
    return {edge for edge in edges_with_memory(graph) if edge[0] in known and edge[1] in known}


def _unnamed(graph: CausalGraph, memory: dict[str, bool]) -> set[Edge]:
    """Memory of nodes that this candidate does not name."""
    named = {node.name for node in graph.nodes}
    return {(name, name, 1) for name, remembers in memory.items() if remembers and name not in named}


def _hidden_part(graph: CausalGraph, known: set[str]) -> _Hidden:
    touching = frozenset(edge for edge in edges_with_memory(graph) if not {edge[0], edge[1]} <= known)
    return _Hidden(touching, frozenset(t for s, t, _ in touching if s not in known and t in known))
