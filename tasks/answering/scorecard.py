"""The scorecard: one line a doubt, in this order; each says what was done, how it came out and what that means."""

from typing import NamedTuple

import polars as pl

from schemas.frames import Robustness
from tasks.answering.checks.conduct import missing_outcome, missing_tipping, multiplicity, prespecified
from tasks.answering.checks.control import negative_control, negative_exposure
from tasks.answering.checks.design import assigned_and_taken, blinding, followed, randomisation
from tasks.answering.checks.fit import calibration, naive_gap, prior_predictive, prior_sensitivity
from tasks.answering.checks.hidden import hidden_cause, robustness, strength
from tasks.answering.checks.implied import implied_independences
from tasks.answering.checks.lead import lead
from tasks.answering.checks.line import Case, Check, Line
from tasks.answering.checks.model import ACROSS, NAME, across_models, without_language_model
from tasks.answering.checks.onset import alternative_lag, placebo_in_time, washout
from tasks.answering.checks.pre_post import pre_post
from tasks.answering.checks.priors import prior_conflict
from tasks.answering.checks.same_step import same_step
from tasks.answering.checks.slow import slow_changes
from tasks.answering.checks.stability import alternative_graphs, daily_spread, drift, halves, leave_one_block_out


class Entry(NamedTuple):
    """A check and, in a few words, what it does."""

    did: str
    check: Check


CHECKS: tuple[Entry, ...] = (
    Entry("The range that the model expects before the fit, beside the record", prior_predictive),
    Entry("Predictions of each step from those before it, beside what came", calibration),
    Entry("The prior held more and less firmly", prior_sensitivity),
    Entry("Stated priors against what the record alone says", prior_conflict),
    Entry("The effect under each candidate graph", alternative_graphs),
    Entry("The independences that the graph implies, against the record", implied_independences),
    Entry("Columns of the step of the exposure that nobody has placed, held as well", same_step),
    Entry("Slow changes of the outcome, beside a straight trend, held as well", slow_changes),
    Entry("The estimate without any choice of the language model", without_language_model),
    Entry("The estimate as other recorded language models would have it", across_models),
    Entry("The exposure acting one step sooner or later", alternative_lag),
    Entry("The steps after each switch of the exposure left out", washout),
    Entry("Each tenth of the record left out in turn", leave_one_block_out),
    Entry("The first half of the record against the second", halves),
    Entry("An effect that wanders over the record, looked for in the prediction errors", drift),
    Entry("Scatter of the outcome with and without the exposure", daily_spread),
    Entry("A beginning of the exposure that never was", placebo_in_time),
    Entry("The outcome after a single beginning beside a forecast from the steps before it (pre/post)", pre_post),
    Entry("The next exposure against this outcome", lead),
    Entry("An outcome that the exposure cannot change", negative_control),
    Entry("An exposure that cannot change the outcome", negative_exposure),
    Entry("The assignment shuffled", randomisation),
    Entry("The exposure beside the plan", followed),
    Entry("The effect of what was assigned beside that of what was taken", assigned_and_taken),
    Entry("The exposure as the person guessed it", blinding),
    Entry("Strength of a hidden cause, as risk ratios (E-value)", strength),
    Entry("Strength of a hidden cause, as shares of variance (robustness value)", robustness),
    Entry("A lasting hidden cause that makes the estimate out of nothing", hidden_cause),
    Entry("The estimate beside the plain difference of means", naive_gap),
    Entry("Missing outcomes with and without the exposure", missing_outcome),
    Entry("How different missing outcomes would have to be", missing_tipping),
    Entry("What was decided before the outcome was seen", prespecified),
    Entry("Questions that were put to this record", multiplicity),
)


def scorecard(case: Case) -> pl.DataFrame:
    """All lines as a frame (`schemas.frames.Robustness`)."""
    rows = [_row(entry, entry.check(case)) for entry in CHECKS]
    types = {"value": pl.Float64, "threshold": pl.Float64}
    return Robustness.validate(pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None))


def doubts_of(lines: pl.DataFrame) -> tuple[str, ...]:
    """Sentences of lines that warn or fail, failures first; what a model decides has a sentence of its own."""
    status = pl.col("status")
    doubtful = lines.filter(status.is_in(["warn", "fail"]) & ~pl.col("check").is_in([NAME, ACROSS]))
    doubtful = doubtful.sort(status != "fail", maintain_order=True)
    return tuple(doubtful["sentence"])


def _row(entry: Entry, line: Line) -> dict[str, str | float | None]:
    return {
        "check": line.check, "did": entry.did, "status": line.status, "value": line.value,
        "threshold": line.threshold, "sentence": line.sentence,
    }  # fmt: skip
