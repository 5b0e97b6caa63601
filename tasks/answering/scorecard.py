"""Robustness lines that cost nothing beyond the main fit; each says what it looked at and how it came out."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import stats

from schemas.frames import Robustness
from schemas.protocol import Protocol
from schemas.results import Diagnostics, NaiveDifference
from ssm_core.effects.contrast import Contrast
from ssm_core.effects.summaries import Summary
from tasks.answering.effects import GraphEffects, contributing, headline_index
from tasks.answering.verdict import Findings

MISSING_TEST_LEVEL = 0.01
AGREEMENT = 2.0


def scorecard(findings: Findings, outcome: np.ndarray) -> pl.DataFrame:
    """All lines as a frame (`schemas.frames.Robustness`)."""
    rows = [
        _prior_check(findings.protocol),
        _calibration(findings.diagnostics),
        _graphs_agree(findings.graphs),
        _naive_gap(findings.headline, findings.naive),
        _missing_by_exposure(findings.contrast, outcome),
    ]
    names = ("check", "status", "value", "threshold", "sentence")
    schema = dict(zip(names, (pl.String, pl.String, pl.Float64, pl.Float64, pl.String), strict=True))
    return Robustness.validate(pl.DataFrame(rows, schema=schema, orient="row"))


type Row = tuple[str, str, float | None, float | None, str]


def _prior_check(protocol: Protocol) -> Row:
    failed = [c.sentence for c in protocol.prior_checks.values() if not c.passed]
    sentence = failed[0] if failed else next(iter(protocol.prior_checks.values())).sentence
    return "prior_predictive", "warn" if failed else "pass", float(len(failed)), 0.0, sentence


def _calibration(diagnostics: Diagnostics) -> Row:
    gates = [gates["calibration"] for gates in diagnostics.graphs.values() if "calibration" in gates]
    if not gates:
        return "calibration", "not_applicable", None, None, "No model was fitted, so there are no predictions to check."
    worst = min(gates, key=lambda g: g.value if g.value is not None else 0.0)
    return "calibration", "pass" if worst.passed else "warn", worst.value, worst.threshold, worst.sentence


def _graphs_agree(graphs: Sequence[GraphEffects]) -> Row:
    draws = [g.quantities[headline_index(g)].draws for g in contributing(graphs)]
    present = [d for d in draws if d is not None]
    if len(present) < 2:
        return (
            "alternative_graphs",
            "not_applicable",
            None,
            None,
            "There is only one graph to estimate the effect with.",
        )
    means, sds = [float(d.mean()) for d in present], [float(d.std()) for d in present]
    spread = (max(means) - min(means)) / max(np.mean(sds), 1e-300)
    sentence = f"The graphs' estimates lie {spread:.1f} posterior standard deviations apart."
    return "alternative_graphs", "pass" if spread <= AGREEMENT else "warn", float(spread), AGREEMENT, sentence


def _naive_gap(headline: Summary | None, naive: NaiveDifference) -> Row:
    if headline is None or naive.mean is None or not naive.se:
        return (
            "naive_difference",
            "not_applicable",
            None,
            None,
            "There is no estimate to hold the plain difference against.",
        )
    gap = abs(headline.mean - naive.mean) / naive.se
    sentence = f"Estimate and plain difference lie {gap:.1f} standard errors apart."
    return "naive_difference", "pass" if gap <= AGREEMENT else "warn", float(gap), AGREEMENT, sentence


def _missing_by_exposure(contrast: Contrast, outcome: np.ndarray) -> Row:
    recorded = ~np.isnan(outcome)
    sides = (contrast.exposed & contrast.known, ~contrast.exposed & contrast.known)
    table = [[int((side & recorded).sum()), int((side & ~recorded).sum())] for side in sides]
    if table[0][1] + table[1][1] == 0:
        return "missing_outcome", "pass", 1.0, MISSING_TEST_LEVEL, "No outcome is missing where the exposure is known."
    p = float(stats.fisher_exact(table).pvalue)
    sentence = (
        f"The outcome is missing on {table[0][1]} steps with and {table[1][1]} without the exposure (p = {p:.3f})."
    )
    return "missing_outcome", "pass" if p >= MISSING_TEST_LEVEL else "warn", p, MISSING_TEST_LEVEL, sentence
