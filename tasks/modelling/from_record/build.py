"""Candidate graphs from sets of edges that the record supports."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from math import prod

from schemas.graph import CausalGraph, Edge
from schemas.params import StudyParams
from tasks.modelling.constraints import constrained
from tasks.modelling.from_record.options import Options, Place

LIKELY = 0.5
"""Edges from exposure or outcome to a column are drawn where the record finds them likelier than this."""
REASON = "the record supports it"
CLOSED = "causes the exposure by the record, so it is adjusted for"


def onwards_of(options: Options, posterior: Mapping[Place, float]) -> frozenset[Place]:
    """What exposure and outcome do to the columns, as far as it is likely; the same in every graph that is built.

    It decides what follows the exposure on later steps, and says nothing about which columns are adjusted for.
    """
    return frozenset(edge for edge in options.free if edge[1] in options.columns and posterior[edge] > LIKELY)


def graph_from(
    edges: AbstractSet[Place], options: Options, posterior: Mapping[Place, float], params: StudyParams
) -> CausalGraph:
    """The base with these edges into exposure and outcome in the place of its own that were open, and `onwards_of`.

    A column that acts on the exposure also acts on the outcome (unless a person forbids it): a weak association with
    the outcome is no proof that there is none, and leaving a confounder out costs more than adjusting for a cause of
    the exposure alone.

    Args:
        edges: into exposure and outcome, others are not looked at.
        options: what may be.
        posterior: of the edges that are open.
        params: the person's rules, imposed once more.

    Source: VanderWeele (2019), the disjunctive cause criterion; Wang, Parmigiani & Dominici (2012), equation 3 with
        their dependence parameter at infinity.
    """
    chosen = {edge for edge in edges if edge in options.free and edge[1] not in options.columns}
    closed = set()
    for cause in {source for source, target, _ in chosen if target == options.treatment}:
        to_outcome = [edge for edge in options.free if edge[:2] == (cause, options.outcome)]
        if to_outcome and not any(edge in chosen for edge in to_outcome):
            closed.add(max(to_outcome, key=lambda edge: (posterior[edge], -edge[2])))
    own = {(e.source, e.target, e.lag): e for e in options.base.edges}
    kept = tuple(e for place, e in own.items() if place not in options.free)
    drawn = [own.get(edge) or _edge(edge, CLOSED if edge in closed else REASON) for edge in sorted(chosen | closed)]
    bare = options.base.model_copy(
        update={
            "edges": (*kept, *drawn),
            "summary": f"As the graph '{options.base.name}', with the causes that the record supports.",
        }
    )
    return with_onwards(bare, options, posterior, params)


def with_onwards(
    graph: CausalGraph, options: Options, posterior: Mapping[Place, float], params: StudyParams
) -> CausalGraph:
    """A graph and what exposure and outcome do to the columns by the record; only nodes with an edge stay."""
    known = {(e.source, e.target, e.lag) for e in graph.edges}
    new = tuple(_edge(edge, REASON) for edge in sorted(onwards_of(options, posterior) - known))
    edges = (*graph.edges, *new)
    named = {options.treatment, options.outcome} | {name for e in edges for name in (e.source, e.target)}
    nodes = {node.name: node for node in (*options.wide.nodes, *graph.nodes)}
    kept = tuple(node for name, node in nodes.items() if name in named)
    return constrained(graph.model_copy(update={"nodes": kept, "edges": edges}), params)


def causes_mass(graph: CausalGraph, options: Options) -> float:
    """`prod_e w_e^{in} (1 - w_e)^{out}` over the open edges into exposure and outcome."""
    drawn = {(edge.source, edge.target, edge.lag) for edge in graph.edges}
    into = {e: w for e, w in options.free.items() if e[1] not in options.columns}
    return prod(w if e in drawn else 1 - w for e, w in into.items())


def onwards_odds(options: Options, posterior: Mapping[Place, float]) -> float:
    """`prod_e w_e / (1 - w_e)` over `onwards_of`: how much less likely these edges are than none, before the record."""
    return prod(options.free[e] / (1 - options.free[e]) for e in onwards_of(options, posterior))


def _edge(place: Place, reason: str) -> Edge:
    return Edge(source=place[0], target=place[1], lag=place[2], asserted_by="data", reason=reason)
