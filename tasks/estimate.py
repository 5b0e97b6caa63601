"""Stage estimate: effects under do() per graph and pooled, the scorecard, and the verdict."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from schemas.frames import Effects, Panel
from schemas.graph import CausalGraph, GraphSet
from schemas.params import StudyParams
from schemas.protocol import PROBABILITY, UNKNOWN_UNIT, Protocol
from schemas.results import Diagnostics, Effect, EffectSet
from schemas.spec import EXPOSURE, ModelSpec, SpecSet
from ssm_core.effects.contrast import contrast_of
from ssm_core.graphs.identification import identify
from ssm_core.graphs.unrolled import reached_from
from tasks.answering.assigned import design_rows
from tasks.answering.checks.line import Case
from tasks.answering.effects import graph_effects, headline_index, pooled_draws, pooled_rows, rows_of
from tasks.answering.following import Following, following
from tasks.answering.light import in_the_light_of
from tasks.answering.rules import rules_of
from tasks.answering.scorecard import scorecard
from tasks.answering.verdict import Findings, naive_of, verdict_of
from tasks.artifacts import document_bytes, read_document, read_frame, staged, write_bytes, write_frame
from tasks.fitting.posterior import read_draws
from tasks.fitting.record import column
from tasks.fitting.weights import with_weights
from tasks.meter import part
from tasks.modelling.protocol import read_protocol

PREDICTIVE_SEED = 7
TEXTS = ("estimand", "graph", "kind", "contrast", "unit", "reason")


def estimate(root: Path, params: StudyParams, tell: Callable[[str], None]) -> None:
    """Turn draws into effects, effects into a verdict.

    Raises:
        StudyError: a file of an earlier stage is missing or does not fit.
    """
    findings = read_findings(root, params)
    protocol, graphs, unit = findings.protocol, findings.graphs, findings.unit
    verdict = verdict_of(findings, params)
    tell(f"verdict: {verdict.verdict.replace('_', ' ')}")
    rows = [row for g in graphs for row in rows_of(g, protocol, unit, g.graph.name, g.graph.weight)]
    rows += pooled_rows(graphs, protocol, unit)
    with part("scorecard"):
        case = Case(findings, params)
        rows += design_rows(case, unit)
        robustness = scorecard(case)
        verdict = in_the_light_of(robustness, verdict, case)
    with staged(root) as scratch:
        write_frame(scratch / "results/effects.parquet", _frame(rows), Effects)
        write_bytes(scratch / "results/effects.json", document_bytes(EffectSet(effects=tuple(rows))))
        robustness.write_parquet(scratch / "results/robustness.parquet", compression="zstd", statistics=True)
        write_bytes(scratch / "results/verdict.json", document_bytes(verdict))


def read_findings(root: Path, params: StudyParams) -> Findings:
    """What the earlier stages of a study left, looked at.

    Raises:
        StudyError: a file of an earlier stage is missing or does not fit.
    """
    return findings_of(
        read_protocol(root / "model/protocol.yaml"),
        read_document(root / "model/graphs.json", GraphSet).graphs,
        read_document(root / "model/spec.json", SpecSet),
        read_draws(root / "model/posterior.nc"),
        read_document(root / "model/diagnostics.json", Diagnostics),
        read_frame(root / "data/panel.parquet", Panel),
        params,
    )


def findings_of(
    protocol: Protocol,
    candidates: Sequence[CausalGraph],
    models: SpecSet,
    draws: Mapping[str, np.ndarray],
    diagnostics: Diagnostics,
    panel: pl.DataFrame,
    params: StudyParams,
) -> Findings:
    """All that verdict and scorecard look at.

    Args:
        protocol: the question.
        candidates: graphs.
        models: of the outcome for each, and of the exposure where it answers to what it changed.
        draws: by model, `chain x draw x parameter`; none for a graph without a path.
        diagnostics: of the fits, with the weights of the graphs after the record.
        panel: the record.
        params: of the study; what the estimands need beyond the protocol.

    Raises:
        StudyError: a strategy looks at something that is not recorded; weights of other graphs than the candidates.
    """
    contrast = contrast_of(
        column(panel, protocol.treatment),
        column(panel, protocol.outcome),
        protocol.lag,
        reversed_sides=protocol.contrast_to < protocol.contrast_from,
    )
    weighted = with_weights(candidates, diagnostics)
    by_name = {graph.name: graph for graph in weighted}
    left_out = _left_out(models.specs, draws)
    exposures = {spec.graph.removesuffix(EXPOSURE): spec for spec in models.exposures}
    graphs = []
    for spec in models.specs:
        graph, theta = by_name[spec.graph], draws.get(spec.graph)
        if spec.graph in left_out and identify(graph, protocol.treatment, protocol.outcome, protocol.lag).identified:
            continue
        later = (
            Following()
            if theta is None
            else following(graph, spec, exposures.get(spec.graph), draws, protocol, panel, params.infer)
        )
        rules = rules_of(params.estimate.strategies, protocol, spec, panel, reached_from(graph, protocol.treatment))
        graphs.append(
            graph_effects(
                graph, spec, theta, protocol, contrast, PREDICTIVE_SEED, later,
                column(panel, protocol.treatment), params.estimate.period, rules,
            )
        )  # fmt: skip
    outcome = next((v for v in protocol.variables if v.name == protocol.outcome), None)
    of_kind = PROBABILITY if outcome is not None and outcome.kind == "binary" else UNKNOWN_UNIT
    unit = (outcome.unit if outcome is not None else None) or of_kind
    pooled = pooled_draws(graphs, headline_index(graphs[0]))
    naive = naive_of(protocol, panel, contrast, unit)
    shown = {g.graph.name for g in graphs}
    unfitted = sum(graph.weight for graph in weighted if graph.name not in shown)
    return Findings(protocol, diagnostics, graphs, contrast, pooled, naive, unit, models.specs, draws, panel, unfitted)


def _left_out(specs: Sequence[ModelSpec], draws: Mapping[str, np.ndarray]) -> frozenset[str]:
    """Graphs in which the exposure acts, but that were too light to be fitted."""
    return frozenset(spec.graph for spec in specs if spec.treatment in spec.inputs and spec.graph not in draws)


def _frame(rows: Sequence[Effect]) -> pl.DataFrame:
    columns = list(Effects.to_schema().columns)
    records = [{name: value for name, value in row.model_dump().items() if name in columns} for row in rows]
    floats = (
        "weight",
        "mean",
        "sd",
        "q05",
        "q50",
        "q95",
        "prob_positive",
        "mcse",
        "ess",
        "rhat",
        "dose",
        "graph_share",
    )
    overrides = {"horizon": pl.Int64, "reason": pl.String} | dict.fromkeys(floats, pl.Float64)
    return pl.DataFrame(records, schema_overrides=overrides, infer_schema_length=None).select(columns)
