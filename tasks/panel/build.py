"""From the readings of all files to observations, panel and audit."""

from datetime import time
from typing import NamedTuple

import polars as pl

from schemas.audit import Audit, Finding
from schemas.params import StudyParams
from tasks.panel.aggregate import aggregated, rules_of, several_per_step
from tasks.panel.audit import Bookkeeping, audit_of
from tasks.panel.exposures import exposed
from tasks.panel.steps import chosen_step, grid_of, shift_of, with_steps
from tasks.panel.windows import windowed
from tasks.readings.clock import on_one_clock
from tasks.readings.combine import combined, indices_of, refuse_collisions, refuse_mixed_time
from tasks.readings.duplicates import without_duplicates
from tasks.readings.indices import disagreements
from tasks.readings.levels import coded
from tasks.readings.rawfiles import RawFile
from tasks.readings.units import in_one_unit

_OBSERVATION = ("subject", "variable", "start", "end", "offset", "value", "text", "unit", "source")


class Built(NamedTuple):
    """The three products of the stage."""

    observations: pl.DataFrame
    panel: pl.DataFrame
    audit: Audit


def build(files: list[RawFile], told: list[Finding], params: StudyParams) -> Built:
    """Join the files on one clock and make one row per step.

    Args:
        files: the files as read.
        told: findings made while reading.
        params: the study's parameters; `ingest`, `study.treatment`, `study.contrast` and `study.timezone` are used.

    Raises:
        StudyError: the files contradict each other or the declarations.
    """
    rules, study = params.ingest, params.study
    refuse_mixed_time(files)
    texts = coded(combined(files), study.treatment, study.contrast)
    clocked, zones = on_one_clock(texts.frame, study.timezone, time.fromisoformat(rules.day_starts_at))
    events = {name for file in files for name in file.readings.events}
    readings, repeats = without_duplicates(in_one_unit(clocked, rules.variables), events, rules.variables)
    shift = shift_of(rules.day_starts_at)
    numeric = _numeric(readings, [f for f in texts.findings if f.kind == "ignored_column"], events)
    placed = with_steps(numeric, chosen_step(numeric, rules.step, shift), shift)
    grid = grid_of(placed, chosen_step(numeric, rules.step, shift), shift)
    refuse_collisions(placed, rules.variables, events)
    window = windowed(placed, rules.variables, rules.exposures, grid.rows.select("at"))
    exposure = exposed(placed, grid.rows, rules.exposures, study.treatment, [f.readings.events for f in files])
    made = exposure.values["variable"].unique(maintain_order=True).to_list()
    names = _names(files, texts.findings, exposure.replaced, made)
    how = rules_of(window.frame, names, events, rules.variables)
    values = aggregated(window.frame.filter(pl.col("variable").is_in(names)), how)
    values = pl.concat([values.filter(~pl.col("variable").is_in(made)), exposure.values])
    panel = _panel(grid.rows, values, names)
    findings = [*told, *zones, *texts.findings, *repeats, *disagreements(indices_of(files)), *window.findings]
    findings += [*several_per_step(window.frame.filter(pl.col("variable").is_in(names)), how), *exposure.findings]
    book = Bookkeeping(names, {**how, **dict.fromkeys(made, "any")}, texts.levels, window.outside, placed, grid.step)
    return Built(_observations(readings), panel, audit_of(files, panel, book, findings, params))


def _numeric(readings: pl.DataFrame, as_text: list[Finding], events: set[str]) -> pl.DataFrame:
    """Readings of variables that are numbers; an event whose amount is unknown stays, for it did happen."""
    left_out = [finding.where for finding in as_text if finding.where not in events]
    return readings.filter(~pl.col("variable").is_in(left_out))


def _names(files: list[RawFile], texts: list[Finding], replaced: set[str], made: list[str]) -> list[str]:
    """The panel's columns: exposures first, then the variables in the order of the files."""
    dropped = {finding.where for finding in texts if finding.kind == "ignored_column"} | replaced
    every = [name for file in files for name in file.readings.variables if name not in dropped]
    return [*dict.fromkeys([*made, *every])]


def _panel(grid: pl.DataFrame, values: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    wide = values.pivot(on="variable", index="at", values="value", aggregate_function="first")
    joined = grid.join(wide, on="at", how="left", maintain_order="left")
    empty = [pl.lit(None, dtype=pl.Float64).alias(name) for name in names if name not in joined.columns]
    return joined.with_columns(empty).select("step", "start", *(pl.col(name).cast(pl.Float64) for name in names))


def _observations(readings: pl.DataFrame) -> pl.DataFrame:
    ordered = readings.with_columns(subject=pl.lit("self")).sort("start", "file", "row", "variable", nulls_last=True)
    return ordered.select(*_OBSERVATION)
