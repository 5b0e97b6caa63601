"""Whole-graph proposals and edge-by-edge answers put together: beliefs about edges, and weights of graphs."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import networkx as nx

from schemas.graph import CausalGraph
from schemas.protocol import EdgeBelief
from schemas.recording import ProposedEdge, ProposedGraph
from tasks.llm.pair_scores import EdgeProbability

WHOLE, PAIRS = "model, whole graphs", "model, pair by pair"
LIKELY = 0.5
"""An edge is part of the graph of likely edges when its probability is above this."""
_SUREST = 0.99
_MOST = 6

type Place = tuple[str, str, int]


class Pooled(NamedTuple):
    """Candidate graphs, the most plausible first, and what was believed of each edge."""

    graphs: tuple[ProposedGraph, ...]
    beliefs: tuple[EdgeBelief, ...]


def pooled(proposed: Sequence[ProposedGraph], asked: Sequence[EdgeProbability]) -> Pooled:
    """Both ways of asking kept: candidates of either, weighted by the mean of two opinions.

    The first opinion is the plausibility of the whole-graph proposals, 0 for a graph that was not among them. The
    second is w(g) = exp(1/|E| sum_E log(p_e if e in g else 1 - p_e)) over the edges E that were asked about one by one,
    normalised: the geometric mean per edge, since the answers of one model are far from independent evidence. The graph
    of all likely edges joins the candidates.

    Args:
        proposed: whole-graph proposals whose plausibilities add up to one.
        asked: edges asked about alone; those without a usable answer say nothing.

    Returns:
        candidates with plausibilities that add up to one; without `asked` the proposals as they are.
    """
    answered = {(e.cause, e.effect, e.lag): e.probability for e in asked if e.probability is not None}
    beliefs = _beliefs(proposed, answered)
    if not answered:
        return Pooled(tuple(proposed), beliefs)
    likely = graph_of_likely_edges(answered)
    known = {_places(graph) for graph in proposed}
    candidates = [*proposed, likely] if likely is not None and _places(likely) not in known else list(proposed)
    second = [math.exp(_mean_log(_places(graph), answered)) for graph in candidates]
    first = [graph.plausibility for graph in proposed] + [0.0] * (len(candidates) - len(proposed))
    weights = [(a / sum(first) + b / sum(second)) / 2 for a, b in zip(first, second, strict=True)]
    ranked = sorted(range(len(candidates)), key=lambda i: -weights[i])[:_MOST]
    total = sum(weights[i] for i in ranked)
    graphs = tuple(candidates[i].model_copy(update={"plausibility": weights[i] / total}) for i in ranked)
    return Pooled(graphs, beliefs)


def graph_of_likely_edges(answered: dict[Place, float]) -> ProposedGraph | None:
    """The edges above `LIKELY`, the surest first; one that would close a cycle within a step is left out."""
    within, kept = nx.DiGraph(), []
    for (cause, effect, lag), probability in sorted(answered.items(), key=lambda item: (-item[1], item[0])):
        if probability <= LIKELY:
            break
        closes = lag == 0 and cause in within and effect in within and nx.has_path(within, effect, cause)
        if closes:
            continue
        if lag == 0:
            within.add_edge(cause, effect)
        kept.append(ProposedEdge(cause=cause, effect=effect, lag=lag, reason="likely when asked about alone"))
    if not kept:
        return None
    return ProposedGraph(
        summary="The edges that the language model found likely when asked about each alone.",
        plausibility=1.0,
        edges=tuple(kept),
        hidden_common_cause=False,
        hidden_reason="",
    )


def with_weights(graph: CausalGraph, beliefs: Sequence[EdgeBelief]) -> CausalGraph:
    """The graph whose edges tell how probable each way of asking finds them."""
    found = {(each.cause, each.effect, each.lag): each for each in beliefs}
    edges = []
    for edge in graph.edges:
        belief = found.get((edge.source, edge.target, edge.lag))
        said = {} if belief is None else {WHOLE: belief.whole_graphs, PAIRS: belief.pair_by_pair}
        weights = {name: value for name, value in said.items() if value is not None}
        edges.append(edge.model_copy(update={"weights": weights}) if weights else edge)
    return graph.model_copy(update={"edges": tuple(edges)})


def _beliefs(proposed: Sequence[ProposedGraph], answered: dict[Place, float]) -> tuple[EdgeBelief, ...]:
    total = sum(graph.plausibility for graph in proposed)
    share: dict[Place, float] = {}
    for graph in proposed:
        for place in _places(graph):
            share[place] = share.get(place, 0.0) + graph.plausibility / total
    beliefs = []
    for place in sorted(share.keys() | answered.keys()):
        whole, alone = min(share.get(place, 0.0), 1.0), answered.get(place)
        combined = whole if alone is None else (whole + alone) / 2
        belief = EdgeBelief(
            cause=place[0], effect=place[1], lag=place[2], whole_graphs=_short(whole),
            pair_by_pair=None if alone is None else _short(alone), combined=_short(combined),
        )  # fmt: skip
        beliefs.append(belief)
    return tuple(beliefs)


def _mean_log(places: frozenset[Place], answered: dict[Place, float]) -> float:
    bounded = {place: min(max(p, 1 - _SUREST), _SUREST) for place, p in answered.items()}
    return sum(math.log(p if place in places else 1 - p) for place, p in bounded.items()) / len(bounded)


def _places(graph: ProposedGraph) -> frozenset[Place]:
    return frozenset((edge.cause, edge.effect, edge.lag) for edge in graph.edges)


def _short(probability: float) -> float:
    return round(probability, 4)
