"""Does the record contradict the graph? The independences it implies, tested as one family."""

import numpy as np

from schemas.graph import CausalGraph, Edge
from ssm_core.discovery.falsify import LEVEL, Finding, falsify
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.fitting.weights import record_of

NAME = "implied_independences"
SEED = 17


def implied_independences(case: Case) -> Line:
    """The graph's local independences against records that the graph itself brings forth; 5 % for all together."""
    graph = case.graph or max(case.findings.protocol.graphs, key=lambda g: g.weight)
    protocol = case.findings.protocol
    if protocol.estimand == "average_since_beginning":
        graph = _stays(graph, protocol.treatment)
    record = record_of((graph,), case.findings.panel)
    assigned = protocol.treatment if protocol.randomised else None
    found = falsify(graph, record, np.random.default_rng(SEED), assigned=assigned)
    if found.p is None:
        return not_applicable(NAME, "The graph implies no independence between recorded variables that can be tested.")
    count = len(found.findings)
    if not found.rejected:
        sentence = (
            f"None of the {count} independences that the graph implies is contradicted (p = {found.p:.2g} for all "
            "together)."
        )
        return Line(NAME, "pass", found.p, LEVEL, sentence)
    return Line(NAME, "warn", found.p, LEVEL, _contradiction(found.findings[0], case.findings.protocol.step_name))


def _stays(graph: CausalGraph, exposure: str) -> CausalGraph:
    """What began once stays by its definition, whatever the graph says of what decided about it."""
    if any(edge.source == edge.target == exposure for edge in graph.edges):
        return graph
    own = Edge(source=exposure, target=exposure, lag=1, asserted_by="design", reason="it began once and stayed")
    return graph.model_copy(update={"edges": (*graph.edges, own)})


def _contradiction(worst: Finding, step: str) -> str:
    child, other = worst.implication.child, worst.implication.other
    when = "the same" if other.lag == 0 else f"{other.lag}"
    earlier = f"{when} {step}" if other.lag == 0 else f"{when} {step}{'s' if other.lag > 1 else ''} before"
    return (
        f"The record contradicts the graph: {child} goes with {other.name} of {earlier} (partial correlation "
        f"{worst.correlation:.2f}, p = {worst.adjusted:.2g} among all independences), which the graph does not explain."
    )
