"""One study in memory: record, protocol, fit, effects, verdict, by the functions of the six stages."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from benchmarks.simulations.scenarios import Scenario
from schemas.audit import Audit, VariableAudit
from schemas.params import StudyParams
from schemas.protocol import Protocol
from schemas.results import Verdict
from schemas.spec import SpecSet
from tasks.answering.verdict import Findings, verdict_of
from tasks.configure import new_protocol
from tasks.estimate import findings_of
from tasks.fitting.weights import weighed
from tasks.infer import diagnostics_of, fit
from tasks.profiles.catalog import catalog_of

FIRST_DAY = dt.datetime(2025, 3, 3)
INFER = {"ess": 1200.0, "rhat": 1.006, "draws": 50, "starts": 4, "most_draws": 4000}
"""Cheaper than the default, which asks for 2,000 effective draws and R-hat 1.005."""


class Row(NamedTuple):
    """What one study says of its headline; `low` to `high` is the interval before the verdict withholds anything."""

    truth: float
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    naive: float | None
    naive_se: float | None
    verdict: str
    shown: bool
    failed: tuple[str, ...]
    half_life: tuple[float | None, float | None, float | None] | None
    cpu_s: float
    true_half_life: float | None = None


def panel_of(columns: Mapping[str, Float[np.ndarray, " time"]]) -> pl.DataFrame:
    """A daily panel."""
    steps = len(next(iter(columns.values())))
    start = pl.Series([FIRST_DAY + dt.timedelta(days=k) for k in range(steps)], dtype=pl.Datetime("us"))
    data = {name: pl.Series(values, dtype=pl.Float64).fill_nan(None) for name, values in columns.items()}
    return pl.DataFrame({"step": np.arange(steps), "start": start, **data})


def catalogue(panel: pl.DataFrame) -> pl.DataFrame:
    """Its catalogue."""
    names = panel.columns[2:]
    books = tuple(
        VariableAudit(name=n, unit="points", aggregate="mean", readings=panel.height, steps_observed=0, steps_missing=0,
                      longest_gap=0, readings_outside_window=0)
        for n in names
    )  # fmt: skip
    audit = Audit(step="1d", day_starts_at="00:00", timezone=None, steps=panel.height, first=None, last=None,
                  files=(), variables=books, findings=())  # fmt: skip
    return catalog_of(panel, audit)


def params_of(scenario: Scenario, seed: int) -> StudyParams:
    """What the person of a scenario writes down."""
    study = {"question": "Does x change y?", "treatment": "x", "outcome": "y", **scenario.study}
    return StudyParams.model_validate(
        {"study": study, "configure": dict(scenario.configure), "infer": {**INFER, "seed": seed}}
    )


def frozen(params: StudyParams, panel: pl.DataFrame) -> Protocol:
    """The protocol, rules only."""
    return new_protocol(Path(), params, catalogue(panel), panel, {})


def answered(protocol: Protocol, panel: pl.DataFrame, params: StudyParams) -> tuple[Findings, Verdict]:
    """Fit every graph in which the exposure acts, then say what follows."""
    specs = [spec for spec in protocol.specs if spec.treatment in spec.inputs]
    fits = [fit(spec, panel, params, _quiet) for spec in specs]
    draws = {f.spec.graph: f.draws.theta for f in fits}
    models = SpecSet(specs=protocol.specs, protocol_sha256="")  # how the exposure comes about is not asked for here
    diagnostics = diagnostics_of(fits, params, weighed(protocol.graphs, panel, params.infer))
    found = findings_of(protocol, protocol.graphs, models, draws, diagnostics, panel, params)
    return found, verdict_of(found, params)


def run(scenario: Scenario, steps: int, truth: float, seed: int) -> Row:
    """Simulate one record and answer its question."""
    source = [seed, steps, round(1000 * truth)]
    rng = np.random.default_rng(source)
    began = process_time()
    panel, params = panel_of(scenario.world(rng, steps, truth)), params_of(scenario, seed)
    found, verdict = answered(frozen(params, panel), panel, params)
    row = row_of(found, verdict, truth, process_time() - began)
    if scenario.half_life is None:
        return row
    return row._replace(true_half_life=scenario.half_life(np.random.default_rng(source)))


def row_of(found: Findings, verdict: Verdict, truth: float, cpu_s: float) -> Row:
    """The figures of one study."""
    headline, naive = found.headline, found.naive
    half = next((q.draws for q in found.graphs[0].quantities if q.name == "half_life"), None)
    return Row(
        truth=truth,
        mean=None if headline is None else headline.mean,
        sd=None if headline is None else headline.sd,
        low=None if headline is None else headline.q05,
        high=None if headline is None else headline.q95,
        naive=naive.mean,
        naive_se=naive.se,
        verdict=verdict.verdict,
        shown=verdict.estimate is not None,
        failed=tuple(name for name, gate in verdict.gates.items() if gate.hard and not gate.passed),
        half_life=None if half is None else _quantiles(half),
        cpu_s=round(cpu_s, 3),
    )


def _quantiles(draws: Float[np.ndarray, " draw"]) -> tuple[float | None, float | None, float | None]:
    """5 %, 50 %, 95 %; None beyond the horizon."""
    ends = np.quantile(draws, [0.05, 0.5, 0.95], method="inverted_cdf")
    low, middle, high = (float(q) if np.isfinite(q) else None for q in ends)
    return low, middle, high


def _quiet(_text: str) -> None:
    """Progress that nobody reads."""
