"""One record answered twice: with the graphs that the record adds, and without."""

from time import process_time
from typing import NamedTuple

import numpy as np
import polars as pl

from benchmarks.discovery.worlds import WORLDS, simulate
from benchmarks.simulations.study import INFER, frozen, panel_of
from schemas.params import StudyParams
from schemas.spec import SpecSet
from tasks.answering.verdict import verdict_of
from tasks.estimate import findings_of
from tasks.fitting.weights import weighed
from tasks.infer import diagnostics_of, fit

STEPS = 180
LIGHT = 0.01
"""Graphs with less weight are not fitted here, to spare time; the program fits the `infer.most_graphs` heaviest."""


class Row(NamedTuple):
    """The headline, how many graphs were fitted and how many of all the record had added."""

    truth: float
    mean: float
    low: float
    high: float
    verdict: str
    fitted: int
    added: int
    configure_s: float
    cpu_s: float


def run(world: str, number: int, added: int) -> Row:
    """The same record whatever is added to the graphs; the effect is 0 for even numbers and 0.5 for odd ones."""
    rng = np.random.default_rng([list(WORLDS).index(world), number])
    truth = 0.5 * (number % 2)
    panel = panel_of(simulate(WORLDS[world], rng, STEPS, truth))
    params = StudyParams.model_validate(
        {
            "study": {"question": "Does x change y?", "treatment": "x", "outcome": "y"},
            "configure": {"discovery": {"graphs": added}},
            "infer": INFER,
        }
    )
    return answer(panel, params, truth)


def answer(panel: pl.DataFrame, params: StudyParams, truth: float) -> Row:
    """By the functions of the stages."""
    began = process_time()
    protocol = frozen(params, panel)
    configured = process_time() - began
    weights = weighed(protocol.graphs, panel, params.infer)
    heavy = {graph.name for graph in weights.graphs if graph.weight > LIGHT}
    fits = [fit(spec, panel, params, _quiet) for spec in protocol.specs if spec.graph in heavy]
    draws = {f.spec.graph: f.draws.theta for f in fits}
    models = SpecSet(specs=protocol.specs, protocol_sha256="")  # how the exposure comes about is not asked for here
    found = findings_of(protocol, protocol.graphs, models, draws, diagnostics_of(fits, params, weights), panel, params)
    headline = found.headline
    assert headline is not None, "every graph here identifies the effect"
    return Row(
        truth=truth,
        mean=headline.mean,
        low=headline.q05,
        high=headline.q95,
        verdict=verdict_of(found, params).verdict,
        fitted=len(fits),
        added=0 if protocol.record_says is None else protocol.record_says.added,
        configure_s=round(configured, 3),
        cpu_s=round(process_time() - began, 3),
    )


def _quiet(_text: str) -> None:
    """Progress that nobody reads."""
