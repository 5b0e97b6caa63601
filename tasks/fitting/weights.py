"""Weights of the candidate graphs after the record, and which of them are fitted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from schemas.params import Infer
from schemas.results import Diagnostics
from ssm_core.discovery.lagged import Record
from ssm_core.discovery.weights import graph_weights
from tasks.fitting.record import column, weekdays

LEAST_ROWS_A_COLUMN = 3
"""Complete steps per column below which weights are left as they were asserted."""


class Weighed(NamedTuple):
    """Candidates with the weight that counts.

    Attributes:
        graphs: in the order given, weights summing to one.
        kept: why the weights are the asserted ones; None where the record moved them.
    """

    graphs: tuple[CausalGraph, ...]
    kept: str | None

    def fitted(self, most: int) -> frozenset[str]:
        """Names of the heaviest."""
        ranked = sorted(self.graphs, key=lambda graph: -graph.weight)
        return frozenset(graph.name for graph in ranked[:most])


def weighed(graphs: Sequence[CausalGraph], panel: pl.DataFrame, settings: Infer) -> Weighed:
    """Weigh candidates by how well each predicts all recorded columns on the same steps.

    Equivalent graphs keep their ratio, and what is hidden keeps its weight: see `ssm_core.discovery.weights`. Weekday
    and a straight trend may move every column.
    """
    total = sum(graph.weight for graph in graphs) or 1.0
    asserted = tuple(graph.model_copy(update={"weight": graph.weight / total}) for graph in graphs)
    if len(graphs) < 2 or settings.graph_weights == "prior":
        return Weighed(asserted, "there is one graph" if len(graphs) < 2 else "infer.graph_weights is prior")
    record = record_of(graphs, panel)
    try:
        found = graph_weights(graphs, record)
    except StudyError as error:
        return Weighed(asserted, f"expected {error.expected}, got {error.got}")
    if not enough(found.rows, record):
        return Weighed(asserted, f"only {found.rows} steps have all variables recorded")
    return Weighed(
        tuple(g.model_copy(update={"weight": float(w)}) for g, w in zip(graphs, found.weights, strict=True)), None
    )


def enough(rows: int, record: Record) -> bool:
    """Whether so many complete steps can tell graphs apart."""
    return rows >= LEAST_ROWS_A_COLUMN * (len(record.names) + (0 if record.beside is None else record.beside.shape[1]))


def with_weights(graphs: Sequence[CausalGraph], diagnostics: Diagnostics) -> tuple[CausalGraph, ...]:
    """Candidates with the weights that the stage infer found.

    Raises:
        StudyError: these are the weights of other graphs.
    """
    names = {graph.name for graph in graphs}
    if names != diagnostics.weights.keys():
        got = f"weights of {', '.join(sorted(diagnostics.weights)) or 'none'}"
        expected = f"a weight for each of the graphs {', '.join(sorted(names))}"
        raise StudyError(expected, got, "model/diagnostics.json", "run causal-ssm run --force infer")
    return tuple(graph.model_copy(update={"weight": diagnostics.weights[graph.name]}) for graph in graphs)


def record_of(graphs: Sequence[CausalGraph], panel: pl.DataFrame) -> Record:
    """The recorded nodes of some graphs, with weekday and trend beside them."""
    names = tuple(dict.fromkeys(n.name for g in graphs for n in g.nodes if n.observed and n.name in panel.columns))
    steps = np.arange(panel.height, dtype=float)
    day = weekdays(panel)
    beside = [steps / max(panel.height - 1, 1) - 0.5]
    beside += [] if day is None else [(day == k).astype(float) for k in range(1, 7)]
    return Record(names, np.column_stack([column(panel, name) for name in names]), np.column_stack(beside))
