"""Which edges the record may speak about, and what was believed of each before."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import networkx as nx

from schemas.graph import AssertedBy, CausalGraph, Node
from schemas.params import StudyParams
from ssm_core.discovery.priors import EdgePrior, edge_priors
from ssm_core.graphs.unrolled import edges_with_memory, smallest_lag
from tasks.fitting.record import LEAST_COVERAGE
from tasks.modelling.controls import controls_of
from tasks.modelling.question import Question

type Place = tuple[str, str, int]

FIRM: frozenset[AssertedBy] = frozenset({"person", "design"})
"""Whose word the record never overrules."""


class Options(NamedTuple):
    """What may be and what must be.

    Attributes:
        treatment, outcome: of the question.
        base: the graph that others are built on.
        columns: variables that are surely, or by the base, no effect of the exposure.
        priors: of every edge that is looked at; 1 where the record has no say and the edge stays.
        graphs: the candidates, each with a node for every column.
    """

    treatment: str
    outcome: str
    base: CausalGraph
    columns: tuple[str, ...]
    priors: tuple[EdgePrior, ...]
    graphs: tuple[CausalGraph, ...]

    @property
    def wide(self) -> CausalGraph:
        """The base with a node for every column."""
        return next(graph for graph in self.graphs if graph.name == self.base.name)

    @property
    def free(self) -> dict[Place, float]:
        """Edges that may be there or not, with their prior probability."""
        return {p[:3]: p.weight for p in self.priors if 0 < p.weight < 1}


def base_of(graphs: Sequence[CausalGraph], treatment: str, outcome: str) -> CausalGraph | None:
    """The heaviest candidate without a hidden cause of exposure or outcome: of those the record says nothing."""
    plain = [graph for graph in graphs if not _hidden_causes(graph, treatment, outcome)]
    return max(plain, key=lambda graph: graph.weight) if plain else None


def options_of(
    graphs: Sequence[CausalGraph], base: CausalGraph, question: Question, params: StudyParams, lag: int
) -> Options:
    """The edges between columns that come first and the two variables of the question.

    A column may act on the exposure one to `lags` steps later, and on the outcome from the step before the exposure of
    the headline on (`lag` + 1 to `lag` + `lags`): time order alone then makes it no effect of that exposure. Exposure
    and outcome may act on a column one to `lags` steps later, where this opens no way from the exposure to the outcome
    of the headline. Edges between exposure and outcome, own memory, what a
    person or a design asserted and all edges of a node that the base has after the exposure are as in the base: the
    record must not decide whether there is the effect that it is then asked to measure.

    Args:
        graphs: candidates, rules imposed.
        base: one of them.
        question: exposure, outcome, columns.
        params: roles, rules and `configure.discovery`.
        lag: of the headline.
    """
    x, y, settings = question.treatment.name, question.outcome.name, params.configure.discovery
    columns = _columns(base, question, params)
    wide = tuple(_widened(graph, columns) for graph in graphs)
    believed = edge_priors(
        wide, lag + settings.lags, settings.unasserted, (), params.configure.require, params.configure.forbid
    )
    held = edges_with_memory(next(graph for graph in wide if graph.name == base.name))
    firm = {(e.source, e.target, e.lag) for e in base.edges if e.asserted_by in FIRM}
    steps = range(1, settings.lags + 1)
    possible = {(c, x, k) for c in columns for k in steps} | {(c, y, lag + k) for c in columns for k in steps}
    possible |= {(y, c, k) for c in columns for k in steps}
    possible |= {(x, c, k) for c in columns for k in steps if k + _shortest(wide, c, y) > lag}
    possible |= {edge for edge in held if edge[0] in columns and edge[1] in (x, y)}
    observed = {node.name for node in base.nodes if node.observed} | set(columns)
    priors = []
    for prior in believed:
        edge = prior[:3]
        if not {prior.source, prior.target} <= observed:
            continue
        if edge in possible and edge not in firm:
            priors.append(prior)
        elif edge in held or prior.source == prior.target:
            priors.append(prior._replace(weight=float(edge in held)))
    return Options(x, y, base, columns, tuple(priors), wide)


def _shortest(graphs: Sequence[CausalGraph], cause: str, outcome: str) -> float:
    """Steps that a cause takes to the outcome at least, in any candidate; infinite without a way."""
    found = [smallest_lag(graph, cause, outcome) for graph in graphs]
    return min((float(lag) for lag in found if lag is not None), default=inf)


def _columns(base: CausalGraph, question: Question, params: StudyParams) -> tuple[str, ...]:
    """Variables that no role and no declared control keeps out, and that the base does not have after the exposure."""
    x = question.treatment.name
    summary = nx.DiGraph((source, target) for source, target, _ in edges_with_memory(base))
    summary.add_node(x)
    after = nx.descendants(summary, x)
    roles, out = params.configure.roles, after | controls_of(params)
    free = [f for f in question.others if roles.get(f.name, "confounder") == "confounder" and f.name not in out]
    kept = [f.name for f in free if f.coverage >= LEAST_COVERAGE or f.name in summary]
    return tuple(kept[: params.configure.max_adjusters])


def _widened(graph: CausalGraph, columns: Sequence[str]) -> CausalGraph:
    known = {node.name for node in graph.nodes}
    return graph.model_copy(update={"nodes": (*graph.nodes, *(Node(name=c) for c in columns if c not in known))})


def _hidden_causes(graph: CausalGraph, *targets: str) -> bool:
    hidden = {node.name for node in graph.nodes if not node.observed}
    return any(edge.source in hidden and edge.target in targets for edge in graph.edges)
