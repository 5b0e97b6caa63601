"""The books of the stage: what arrived, what became of it, what is missing."""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from schemas.audit import Audit, FileAudit, Finding, VariableAudit
from schemas.params import StudyParams
from tasks.readings.clock import offset_text
from tasks.readings.rawfiles import RawFile

_LONG_GAP = 3
_CLOCK = ("local", "offset", "date_only")


class Bookkeeping(NamedTuple):
    """What the audit needs to know besides the panel.

    Attributes:
        names: the panel's variables.
        rules: how each was aggregated.
        levels: the texts behind 0 and 1.
        outside: readings that a declared window left out.
        placed: readings with `at`, `file`, `variable`, `unit`, `clock`.
        step: width of the grid.
        nights: variables that belong to the day of waking.
        scored: variables that a vendor computes from others.
    """

    names: list[str]
    rules: dict[str, str]
    levels: dict[str, str]
    outside: dict[str, int]
    placed: pl.DataFrame
    step: str
    nights: set[str]
    scored: set[str]


def audit_of(
    files: tuple[FileAudit, ...],
    of_files: list[Finding],
    panel: pl.DataFrame,
    book: Bookkeeping,
    findings: list[Finding],
    params: StudyParams,
) -> Audit:
    """Write the audit; warnings come first."""
    every = [*of_files, *findings, *_alone(book.placed), *_gaps(panel, book)]
    start = panel["start"].drop_nulls()
    parts = {str(key[0]): part for key, part in book.placed.partition_by("variable", as_dict=True).items()}
    return Audit(
        step=book.step,
        day_starts_at=params.ingest.day_starts_at,
        timezone=params.study.timezone,
        steps=panel.height,
        first=f"{start[0]:%Y-%m-%dT%H:%M}" if len(start) else None,
        last=f"{start[-1]:%Y-%m-%dT%H:%M}" if len(start) else None,
        files=files,
        variables=tuple(_variable(name, panel[name], book, params, parts) for name in book.names),
        findings=tuple(sorted(every, key=lambda finding: finding.severity != "warning")),
    )


def file_audit(file: RawFile) -> FileAudit:
    """How much of a file arrived."""
    frame = pl.concat([file.readings.frame.select(_CLOCK), *map(_clock_of, file.readings.dense.values())])
    times = frame["local"].drop_nulls()
    clocked = frame.filter(pl.col("local").is_not_null() & ~pl.col("date_only"))
    zones = [offset_text(minutes) for minutes in clocked["offset"].drop_nulls().unique().sort().to_list()]
    return FileAudit(
        path=file.path,
        sha256=file.sha256,
        adapter=file.adapter,
        layout=file.readings.layout,
        time_column=file.readings.time_column,
        rows=file.readings.rows,
        readings=file.readings.total,
        first=f"{times.min():%Y-%m-%dT%H:%M:%S}" if len(times) else None,
        last=f"{times.max():%Y-%m-%dT%H:%M:%S}" if len(times) else None,
        zones=(*zones, *(["local"] if clocked["offset"].null_count() else [])),
    )


def _clock_of(dense: pl.DataFrame) -> pl.DataFrame:
    """First and last reading of a dense variable at each of its offsets."""
    local = pl.col("start") + pl.duration(minutes="offset")
    spans = dense.group_by("offset").agg(local=pl.concat_list(local.min(), local.max())).explode("local")
    return spans.select("local", pl.col("offset").cast(pl.Int32), date_only=pl.lit(value=False))


def _variable(
    name: str, column: pl.Series, book: Bookkeeping, params: StudyParams, parts: Mapping[str, pl.DataFrame]
) -> VariableAudit:
    exposure = params.ingest.exposures.get(name)
    feature = params.ingest.features.get(name)
    events = {exposure.active, exposure.comparator} - {None} if exposure else {feature.of if feature else name}
    present = [parts[event] for event in sorted(str(event) for event in events) if event in parts]
    mine = pl.concat(present) if present else book.placed.clear()
    declared = params.ingest.variables.get(name)
    units = mine["unit"].drop_nulls()
    coded = exposure is not None or book.rules[name] == "any"
    hours = _hours(mine)
    levels = f"{exposure.comparator or 'not taken'}|{exposure.active}" if exposure else book.levels.get(name)
    return VariableAudit(
        name=name,
        unit=None
        if coded or feature
        else "readings"
        if book.rules[name] == "count"
        else units[0]
        if len(units)
        else None,
        kind=declared.kind if declared else "auto",
        levels=levels,
        source=", ".join(mine["file"].unique(maintain_order=True).to_list()),
        aggregate=book.rules[name],
        readings=int(mine.filter(pl.col("value").is_not_null())["n"].sum()),
        steps_observed=len(column) - column.null_count(),
        steps_missing=column.null_count(),
        longest_gap=longest_gap(column),
        readings_outside_window=book.outside.get(name, 0),
        from_hour=hours[0],
        to_hour=hours[1],
        night=name in book.nights,
        scored=name in book.scored,
        devices=tuple(mine["device"].drop_nulls().unique().sort().to_list()),
    )


def _hours(mine: pl.DataFrame) -> tuple[float | None, float | None]:
    """When in the step its readings usually begin and end, in hours from the step's beginning (5 and 95 per cent)."""
    timed = mine.drop_nulls(["at", "clock", "start"]).filter(~pl.col("date_only") & (pl.col("n") == 1))
    if timed.is_empty():
        return None, None
    begin = (pl.col("clock") - pl.col("at")).dt.total_seconds() / 3600
    length = (pl.coalesce("end", "start") - pl.col("start")).dt.total_seconds() / 3600
    low, high = timed.select(low=begin.quantile(0.05), high=(begin + length).quantile(0.95)).row(0)
    return round(low, 2), round(high, 2)


def longest_gap(column: pl.Series) -> int:
    """Length of the longest run of nulls between two observed steps."""
    known = column.is_not_null().arg_true().to_list()
    return max((after - before - 1 for before, after in pairwise(known)), default=0)


def _gaps(panel: pl.DataFrame, book: Bookkeeping) -> list[Finding]:
    found = []
    empty = panel.filter(pl.all_horizontal(pl.col(name).is_null() for name in book.names)) if book.names else panel
    if empty.height:
        first = f"{empty['start'][0]:%Y-%m-%d}" if empty["start"].null_count() == 0 else f"step {empty['step'][0]}"
        sentence = f"{empty.height} of {panel.height} steps have no reading at all (first: {first}); they stay empty."
        counts = {"steps": empty.height, "first": first}
        found.append(Finding(kind="gap", severity="note", where="record", sentence=sentence, counts=counts))
    gaps = {name: longest_gap(panel[name]) for name in book.names}
    long = {name: gap for name, gap in gaps.items() if gap >= _LONG_GAP}
    if long:
        worst = max(long, key=lambda name: long[name])
        sentence = (
            f"{len(long)} variables are missing for {_LONG_GAP} or more steps in a row; "
            f"the longest gap is {long[worst]} steps ({worst})."
        )
        found.append(Finding(kind="gap", severity="note", where="variables", sentence=sentence, counts=dict(long)))
    return found


def _alone(placed: pl.DataFrame) -> list[Finding]:
    """Steps on which one table of a person's own has readings and no other file has any."""
    own = placed.filter(pl.col("device").is_null())["file"].unique().to_list()
    every = placed.drop_nulls(["at", "value"]).select("file", "at").unique()
    steps = every.filter(pl.col("file").is_in(own))
    if every.height > steps.height:
        return []
    if steps["file"].n_unique() < 2:
        return []
    alone = steps.filter(pl.len().over("at") == 1).group_by("file").len("alone").sort("file")
    total = dict(steps.group_by("file").len().iter_rows())
    found = []
    for file, count in alone.iter_rows():
        severity = "warning" if count == total[file] else "note"
        sentence = f"{count} of the {total[file]} steps in {file} have no reading in any other file."
        counts = {"alone": count, "steps": total[file]}
        found.append(Finding(kind="not_joined", severity=severity, where=file, sentence=sentence, counts=counts))
    return found
