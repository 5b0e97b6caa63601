"""Probabilities of edges by the record, and the candidate graphs that it adds to those of person, model and rules."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.errors import StudyError
from schemas.graph import AssertedBy, CausalGraph
from schemas.params import Discovery, StudyParams
from schemas.protocol import DiscoveredEdge, EdgeBelief, RecordSays
from ssm_core.discovery.edges import EdgeProbability, edge_probabilities
from ssm_core.discovery.lagged import Record
from ssm_core.discovery.weights import graph_weights
from tasks.fitting.weights import enough, record_of
from tasks.modelling.from_record.build import causes_mass, graph_from, onwards_odds, with_onwards
from tasks.modelling.from_record.options import Options, Place, base_of, options_of
from tasks.modelling.question import Question

RECORD = "the record"
MOST_LISTED = 40
"""Heaviest sets of edges into exposure and outcome that graphs are built from."""


class Enlarged(NamedTuple):
    """Candidates, those that the record added last, and what it says of the edges."""

    graphs: tuple[CausalGraph, ...]
    says: RecordSays | None


def enlarged(
    graphs: Sequence[CausalGraph],
    beliefs: Sequence[EdgeBelief],
    question: Question,
    params: StudyParams,
    lag: int,
    panel: pl.DataFrame,
) -> Enlarged:
    """Add what the record supports to the candidates, as one more asserter.

    The prior of the graphs is a mixture: `1 - share` of the weight stays with the candidates that were asserted and
    `share` goes to graphs with independent edges, `prod w_e prod (1 - w_e)`, w_e as the candidates have it and
    `unasserted` where nobody holds the edge. Of these the `graphs` heaviest after the record are kept, if they hold at
    least `least` of the weight then. They enter with their weight *before* the record: the stage infer weighs all
    candidates by it, and it must count once. Candidates with hidden causes that the base lacks keep their weight.

    Args:
        graphs: asserted candidates, rules imposed.
        beliefs: of a language model in single edges, in the place of the candidates' share.
        question: exposure, outcome and columns.
        params: of the study.
        lag: of the headline.
        panel: the record.

    Source: Madigan & Raftery (1994), section 4, for the window of graphs that are kept.
    """
    settings = params.configure.discovery
    if not settings.graphs:
        return Enlarged(tuple(graphs), None)
    if params.study.randomised:
        return _nothing(graphs, "the exposure was assigned at random, so nothing has to be adjusted for")
    base = base_of(graphs, question.treatment.name, question.outcome.name)
    if base is None:
        return _nothing(graphs, "every candidate graph has a hidden cause of exposure or outcome")
    options = _with_beliefs(options_of(graphs, base, question, params, lag), beliefs, settings)
    if not options.free:
        return _nothing(graphs, "no other variable may come before the exposure")
    record = record_of(options.graphs, panel)
    try:
        found = edge_probabilities(record, options.priors, graphs=1)
        if not enough(found.rows, record):
            return _nothing(graphs, f"only {found.rows} steps have all variables recorded")
        posterior = {row[:3]: row.posterior for row in found.edges}
        added = _added(graphs, options, record, posterior, params)
    except StudyError as error:
        return _nothing(graphs, f"expected {error.expected}, got {error.got}")
    told = [_told(graph, posterior) for graph in (*added.asserted, *added.built)]
    edges = [_row(row, graphs) for row in found.edges if row[:3] in options.free]
    note = "" if added.built else "no graph that nobody asserted holds enough weight after the record"
    return Enlarged(tuple(told), RecordSays(edges=tuple(edges), rows=found.rows, added=len(added.built), note=note))


class _Added(NamedTuple):
    """All candidates with their weight before the record."""

    asserted: tuple[CausalGraph, ...]
    built: tuple[CausalGraph, ...]


def _added(
    graphs: Sequence[CausalGraph],
    options: Options,
    record: Record,
    posterior: Mapping[Place, float],
    params: StudyParams,
) -> _Added:
    """The heaviest graphs of the record, and everybody's weight with them."""
    settings = params.configure.discovery
    inside = _beside(graphs, options.base, record)
    total = sum(graph.weight for graph, of in zip(graphs, inside, strict=True) if of)
    built = _built([g for g, of in zip(graphs, inside, strict=True) if of], options, record, posterior, params)
    masses = [settings.share * total * mass for _, mass in built]
    before = [g.weight * (1 - settings.share if of else 1.0) for g, of in zip(graphs, inside, strict=True)]
    everyone = np.array([*before, *masses])
    every = [*graphs, *(graph for graph, _ in built)]
    after = graph_weights(every, record, everyone / everyone.sum()).weights[len(graphs) :]
    chosen = [int(i) for i in np.argsort(-after, kind="stable") if after[i] >= settings.least][: settings.graphs]
    if not chosen:
        return _Added(tuple(graphs), ())
    scale = total / (total * (1 - settings.share) + sum(masses[i] for i in chosen))
    asserted = [
        graph.model_copy(update={"weight": weight * (scale if of else 1.0)})
        for graph, weight, of in zip(graphs, before, inside, strict=True)
    ]
    new = [
        built[i][0].model_copy(update={"name": f"from_record_{k}", "weight": masses[i] * scale})
        for k, i in enumerate(chosen, start=1)
    ]
    return _Added(tuple(asserted), tuple(new))


def _built(
    asserted: Sequence[CausalGraph],
    options: Options,
    record: Record,
    posterior: Mapping[Place, float],
    params: StudyParams,
) -> list[tuple[CausalGraph, float]]:
    """New graphs with their share of the weight of all that nobody asserted."""
    into = [p for p in options.priors if p.target in (options.treatment, options.outcome)]
    odds = onwards_odds(options, posterior)
    total = sum(graph.weight for graph in asserted)
    proposed = [(with_onwards(graph, options, posterior, params), graph.weight / total * odds) for graph in asserted]
    for each in edge_probabilities(record, into, graphs=MOST_LISTED).graphs:
        graph = graph_from(each.edges, options, posterior, params)
        proposed.append((graph, causes_mass(graph, options) * odds))
    seen = {_drawn(graph) for graph in asserted}
    out = []
    for graph, mass in proposed:
        if _drawn(graph) not in seen:
            seen.add(_drawn(graph))
            out.append((graph, mass))
    return out


def _beside(graphs: Sequence[CausalGraph], base: CausalGraph, record: Record) -> list[bool]:
    """Which candidates agree with the base on everything hidden."""
    classes = graph_weights(graphs, record).classes
    own = classes[[graph.name for graph in graphs].index(base.name)]
    return [of == own for of in classes]


def _drawn(graph: CausalGraph) -> frozenset[Place]:
    return frozenset((edge.source, edge.target, edge.lag) for edge in graph.edges)


def _with_beliefs(options: Options, beliefs: Sequence[EdgeBelief], settings: Discovery) -> Options:
    """What a language model said of an edge alone, in the place of the candidates' share."""
    said = {(b.cause, b.effect, b.lag): b.combined for b in beliefs}
    low, high = settings.unasserted, 1 - settings.unasserted
    priors = tuple(
        p._replace(weight=min(max(said[p[:3]], low), high)) if p[:3] in options.free and p[:3] in said else p
        for p in options.priors
    )
    return options._replace(priors=priors)


def _told(graph: CausalGraph, posterior: Mapping[Place, float]) -> CausalGraph:
    """The graph whose edges tell how probable the record finds them, where it was asked."""
    edges = []
    for edge in graph.edges:
        p = posterior.get((edge.source, edge.target, edge.lag))
        known = p is not None and 0.0 < p < 1.0
        edges.append(edge.model_copy(update={"weights": edge.weights | {RECORD: round(p, 4)}}) if known else edge)
    return graph.model_copy(update={"edges": tuple(edges)})


def _row(row: EdgeProbability, graphs: Sequence[CausalGraph]) -> DiscoveredEdge:
    by: dict[AssertedBy, None] = {}
    for graph in graphs:
        for edge in graph.edges:
            if (edge.source, edge.target, edge.lag) == row[:3]:
                by[edge.asserted_by] = None
    return DiscoveredEdge(
        cause=row.source, effect=row.target, lag=row.lag, asserted_by=tuple(by),
        before=round(row.prior, 4), after=round(row.posterior, 4),
    )  # fmt: skip


def _nothing(graphs: Sequence[CausalGraph], why: str) -> Enlarged:
    return Enlarged(tuple(graphs), RecordSays(edges=(), rows=0, added=0, note=why))
