"""The scorecard: one line a doubt, in this order; each says what it looked at and how it came out."""

import polars as pl

from schemas.frames import Robustness
from schemas.params import StudyParams
from tasks.answering.checks.conduct import missing_outcome, missing_tipping, multiplicity, prespecified
from tasks.answering.checks.fit import calibration, naive_gap, prior_predictive, prior_sensitivity
from tasks.answering.checks.hidden import lead, robustness, strength
from tasks.answering.checks.line import Case, Check, Line
from tasks.answering.checks.stability import alternative_graphs, daily_spread, halves, leave_one_block_out
from tasks.answering.verdict import Findings

CHECKS: tuple[Check, ...] = (
    prior_predictive,
    calibration,
    prior_sensitivity,
    alternative_graphs,
    leave_one_block_out,
    halves,
    daily_spread,
    lead,
    strength,
    robustness,
    naive_gap,
    missing_outcome,
    missing_tipping,
    prespecified,
    multiplicity,
)


def scorecard(findings: Findings, params: StudyParams) -> pl.DataFrame:
    """All lines as a frame (`schemas.frames.Robustness`)."""
    case = Case(findings, params)
    types = (pl.String, pl.String, pl.Float64, pl.Float64, pl.String)
    schema = dict(zip(Line._fields, types, strict=True))
    return Robustness.validate(pl.DataFrame([check(case) for check in CHECKS], schema=schema, orient="row"))
