"""From the readings of all files to observations, panel and audit."""

from collections.abc import Callable, Iterator
from datetime import time
from typing import NamedTuple

import polars as pl

from schemas.audit import Audit, Finding
from schemas.params import StudyParams
from tasks.panel.aggregate import aggregated, rules_of, several_per_step
from tasks.panel.audit import Bookkeeping, audit_of, file_audit
from tasks.panel.devicechanges import device_changes, software_changes
from tasks.panel.exposures import exposed
from tasks.panel.features import Ingredients, derived, lean, texts_of
from tasks.panel.interventions import interventions
from tasks.panel.steps import chosen_step, grid_of, shift_of, step_of, with_steps
from tasks.panel.thinning import lean_readings, thin_readings
from tasks.panel.windows import windowed
from tasks.readings.clock import on_one_clock
from tasks.readings.combine import combined, indices_of, refuse_collisions, refuse_mixed_time
from tasks.readings.dense import Dense, dense_of, expanded, local_days, offsets_by_hour
from tasks.readings.devices import one_device_at_a_time
from tasks.readings.duplicates import without_duplicates
from tasks.readings.indices import disagreements
from tasks.readings.levels import coded
from tasks.readings.rawfiles import RawFile
from tasks.readings.sentinels import without_sentinels
from tasks.readings.units import in_one_unit
from tasks.sources import GENERIC
from tasks.sources.adapter import first_versions

_OBSERVATION = ("subject", "variable", "start", "end", "offset", "value", "text", "unit", "device", "source")


class Built(NamedTuple):
    """The three products of the stage; observations come in parts, each bounded in size."""

    observations: Callable[[], Iterator[pl.DataFrame]]
    panel: pl.DataFrame
    audit: Audit


class _Vendors(NamedTuple):
    """What the formats of the files say about their variables."""

    events: set[str]
    rules: dict[str, str]
    nights: set[str]
    scored: set[str]
    versions: pl.DataFrame


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
    vendors = _vendors(files)
    refuse_mixed_time(files)
    books = tuple(map(file_audit, files))
    dense, cleaned = dense_of(files, rules)
    texts = coded(combined(files), study.treatment, study.contrast, rules.variables, vendors.events)
    measured, codes = without_sentinels(texts.frame, {f.path for f in files if f.adapter in GENERIC}, rules.variables)
    clock = on_one_clock(measured, study.timezone, time.fromisoformat(rules.day_starts_at), offsets_by_hour(dense))
    readings, repeats = without_duplicates(in_one_unit(clock[0], rules.variables), vendors.events, rules.variables)
    readings, overlaps = one_device_at_a_time(readings, rules.devices)
    shift = shift_of(rules.day_starts_at)
    numeric = _numeric(readings, [f for f in texts.findings if f.kind == "ignored_column"], vendors.events)
    days = pl.concat([numeric.select("clock"), local_days(dense, study.timezone, shift)])
    step = chosen_step(days, rules.step, shift)
    placed = with_steps(numeric, step, shift, vendors.nights if rules.nights == "wake" else ())
    thin, thinned = thin_readings(dense, params, step, vendors.rules)
    placed = pl.concat([placed, *(part.select(placed.columns) for part in thin)])
    grid = grid_of(placed, step, shift)
    refuse_collisions(placed, rules.variables, vendors.events)
    window = windowed(placed, rules.variables, rules.exposures, grid.rows.select("at"), thinned.rules)
    exposure = exposed(placed, grid.rows, rules.exposures, study.treatment, [f.readings.events for f in files])
    made = exposure.values["variable"].unique(maintain_order=True).to_list()
    names = _names(files, texts.findings, exposure.replaced, made)
    how = rules_of(window.frame, names, vendors.events, rules.variables, {**vendors.rules, **thinned.rules})
    values = aggregated(window.frame.filter(pl.col("variable").is_in(names)), how)
    values = pl.concat([values.filter(~pl.col("variable").is_in(made)), exposure.values])
    panel = _panel(grid.rows, values, names)
    whole = [with_steps(texts_of(readings), step, shift), *lean_readings(dense, rules, study.timezone, step, shift)]
    ingredients = Ingredients(
        pl.concat([lean(_single(placed, dense)), *map(lean, whole)]), grid.rows, panel, step_of("moment", step, shift)
    )
    features, derivations = derived(rules.features, ingredients, panel.columns)
    began, beginnings = interventions(rules.interventions, grid.rows, [*panel.columns, *features])
    panel = panel.with_columns([*features.values(), *began.values()])
    findings = [*told, *clock[1], *texts.findings, *codes, *repeats, *cleaned, *overlaps, *thinned.findings]
    findings += [*disagreements(indices_of(files)), *window.findings]
    findings += [*several_per_step(window.frame.filter(pl.col("variable").is_in(names)), how, vendors.rules)]
    findings += [*exposure.findings, *derivations, *beginnings]
    findings += [*device_changes(placed, panel, grid.rows), *software_changes(vendors.versions, panel, grid.rows)]
    findings += [*_scored(vendors.scored, names)]
    outside = {name: window.outside.get(name, 0) + thinned.outside.get(name, 0) for name in names}
    how |= {**dict.fromkeys(made, "any"), **{name: rule.kind for name, rule in rules.features.items()}}
    how |= dict.fromkeys(began, "intervention")
    nights = vendors.nights if rules.nights == "wake" and grid.step == "1d" else set()
    book = Bookkeeping(
        [*names, *features, *began], how, texts.levels, outside, placed, grid.step, nights, vendors.scored
    )
    audit = audit_of(books, [f for file in files for f in file.readings.findings], panel, book, findings, params)
    return Built(lambda: _observations(readings, dense, study.timezone), panel, audit)


def _scored(scored: set[str], names: list[str]) -> list[Finding]:
    """Variables that are a vendor's opinion of others."""
    mine = [name for name in names if name in scored]
    if not mine:
        return []
    sentence = (
        f"{', '.join(mine)} {'are' if len(mine) > 1 else 'is'} computed by the vendor from other measurements and "
        "no measurement of its own."
    )
    return [Finding(kind="scored", severity="note", where="vendor", sentence=sentence, counts=dict.fromkeys(mine, 1))]


def _single(placed: pl.DataFrame, dense: list[Dense]) -> pl.DataFrame:
    """Readings without those that stand for a whole step."""
    return placed.filter(~pl.col("variable").is_in([variable.name for variable in dense]))


def _vendors(files: list[RawFile]) -> _Vendors:
    every = [file.readings for file in files]
    return _Vendors(
        {name for readings in every for name in readings.events},
        {name: rule for readings in every for name, rule in readings.rules.items()},
        {name for readings in every for name in readings.nights},
        {name for readings in every for name in readings.scored},
        first_versions(pl.concat([readings.versions for readings in every])),
    )


def _numeric(readings: pl.DataFrame, as_text: list[Finding], events: set[str]) -> pl.DataFrame:
    """Readings that count, of variables that are numbers; an event whose amount is unknown stays, for it happened."""
    left_out = [finding.where for finding in as_text if finding.where not in events]
    return readings.filter(pl.col("counts") & ~pl.col("variable").is_in(left_out))


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


def _observations(readings: pl.DataFrame, dense: list[Dense], zone: str | None) -> Iterator[pl.DataFrame]:
    ordered = readings.sort("start", "file", "row", "variable", nulls_last=True)
    for part in [ordered, *(part for variable in dense for part in expanded(variable, zone))]:
        yield part.with_columns(subject=pl.lit("self")).select(*_OBSERVATION)
