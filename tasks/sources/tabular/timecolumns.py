"""Which columns of a table hold its time, and what they say."""

from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.tabular.clockcolumns import is_clock, is_row_clock
from tasks.sources.tabular.dateshapes import shapes_of
from tasks.sources.tabular.names import words_of
from tasks.sources.tabular.table import Table
from tasks.sources.tabular.timenumbers import (
    from_numbers,
    is_number_of_time,
    is_serial,
    looks_like_years,
    serials_as_text,
    told_serial,
)
from tasks.sources.tabular.times import Moments, moments_of

_START_WORDS = ("datetime", "timestamp", "time", "date", "start", "begin", "started", "when", "day", "year", "month")
_END_WORDS = {"end", "ended", "finish", "finished", "stop", "until", "wake", "offset"}
_ZONE_WORDS = {"timezone", "zone", "tz", "offset"}
_OFFSET = r"^(UTC|GMT)?[+-]\d{2}:?\d{2}$"
_CLOCKED = r"\d:\d\d(:\d\d)?([.,]\d+)?$"
_SHARE = 0.8
_SHOWN = 40


class TimeColumns(NamedTuple):
    """Times of a table: `name` is None when it has none; `used` are columns that are not variables any more."""

    name: str | None
    start: Moments
    end: Moments | None
    used: tuple[str, ...]
    findings: tuple[Finding, ...]


def time_columns(table: Table, source: Source) -> TimeColumns:
    """Find and read the time column(s).

    Raises:
        StudyError: a declared column is not there, or its dates cannot be read.
    """
    dated = [name for name in table.cells.columns if _is_dated(table.cells[name], name, source)]
    doubtful = [name for name in dated if looks_like_years(table.cells[name]) and "year" not in words_of(name)]
    dated = dated if len(doubtful) == len(dated) else [name for name in dated if name not in doubtful]
    dated = dated or [name for name in table.cells.columns if _is_serial(table, name, source)]
    clocks = [name for name in table.cells.columns if is_clock(table.cells[name]) and is_row_clock(name)]
    start, clock = _chosen(table, source, dated, clocks)
    if start is None:
        return TimeColumns(None, _no_time(len(table.lines)), None, (), ())
    zone = _zone_column(table, source)
    moments = _read(table, source, start, clock, zone)
    end = _end_column(table, source, start, dated)
    ends = _read(table, source, end, None, zone) if end else None
    if ends is not None and source.end is None and (ends.local < moments.local).any():
        end, ends = None, None
    used = {name for name in (start, clock, end, zone) if name is not None}
    findings = [_ignored(table, name) for name in dated if name not in used]
    findings += [told_serial(table, start, moments)] if _is_serial(table, start, source) else []
    findings += [f for f in [unreadable_times(table, start, moments, empty=True)] if f]
    label = f"{start} + {clock}" if clock else start
    return TimeColumns(label, moments, ends, tuple(sorted({*used, *dated})), tuple(findings))


def _share(mask: pl.Series) -> float:
    known = mask.drop_nulls()
    return 0.0 if known.is_empty() else int(known.sum()) / len(known)


def _is_dated(cells: pl.Series, name: str, source: Source) -> bool:
    if name in (source.time, source.end):
        return True
    if name in source.ignore:
        return False
    return _share(shapes_of(cells.drop_nulls()).is_not_null()) >= _SHARE or is_number_of_time(cells, name)


def _is_serial(table: Table, name: str, source: Source) -> bool:
    return name not in source.ignore and source.date_format is None and is_serial(table.cells[name], name)


def _rank(table: Table, name: str) -> tuple[bool, bool, int, int]:
    words = words_of(name)
    known = [_START_WORDS.index(word) for word in words if word in _START_WORDS]
    has_clock = bool(table.cells[name].str.contains(r"\d:\d\d").any())
    return (not known, not has_clock, min(known, default=99), table.cells.columns.index(name))


def _chosen(table: Table, source: Source, dated: list[str], clocks: list[str]) -> tuple[str | None, str | None]:
    if source.time is not None:
        parts = [part.strip() for part in source.time.split(" + ")]
        parts = [source.time] if source.time in table.cells.columns else parts
        for part in parts:
            require_column(table, part, "time")
        return parts[0], parts[1] if len(parts) > 1 else None
    starts = [name for name in dated if not set(words_of(name)) & _END_WORDS] or dated
    if not starts:
        return None, None
    start = _day_of_spans(table, dated, starts) or min(starts, key=lambda name: _rank(table, name))
    has_clock = bool(table.cells[start].str.contains(r"\d:\d\d|^1\d{9}").any())
    usable = sorted((name for name in clocks if name not in source.ignore), key=lambda name: _rank(table, name))
    return start, usable[0] if usable and not has_clock else None


def _day_of_spans(table: Table, dated: list[str], starts: list[str]) -> str | None:
    """The column that dates each row, beside a beginning and an end (of a night, say)."""
    if not any(set(words_of(name)) & _END_WORDS for name in dated):
        return None
    for name in starts:
        cells = table.cells[name].drop_nulls()
        plain = {"date", "day"} & set(words_of(name)) and not cells.str.contains(r"\d:\d\d").any()
        if plain and cells.len() == table.cells.height and cells.is_unique().all():
            return name
    return None


def require_column(table: Table, name: str, key: str) -> None:
    """Refuse a declared column that the file does not have.

    Raises:
        StudyError: no such column.
    """
    if name not in table.cells.columns:
        known = ", ".join(table.cells.columns)
        raise StudyError(
            f"one of the columns {known}", f"'{name}'", f"params.yaml at ingest.sources ({key}) for {table.name}"
        )


def _end_column(table: Table, source: Source, start: str, dated: list[str]) -> str | None:
    if source.end is not None:
        require_column(table, source.end, "end")
        return source.end
    if start == _day_of_spans(table, dated, dated):
        return None
    ends = [name for name in dated if name != start and set(words_of(name)) & _END_WORDS]
    shared = {name: len(set(words_of(name)) & set(words_of(start))) for name in ends}
    return max(ends, key=lambda name: shared[name], default=None)


def _zone_column(table: Table, source: Source) -> str | None:
    """A column that holds the UTC offset of each row, such as `UTC-05:00`."""
    named = [name for name in table.cells.columns if set(words_of(name)) & _ZONE_WORDS and name not in source.ignore]
    return next((name for name in named if _share(table.cells[name].str.contains(_OFFSET)) == 1.0), None)


def _read(table: Table, source: Source, name: str, clock: str | None, zone: str | None) -> Moments:
    cells = table.cells[name]
    where = f"{table.name}, column '{name}'"
    if source.date_format is None and is_number_of_time(cells, name):
        return from_numbers(cells)
    if _is_serial(table, name, source):
        cells = serials_as_text(cells)
    for other, glue in ((clock, " "), (zone, "")):
        if other is not None:
            frame = pl.DataFrame({"cell": cells, "other": table.cells[other]})
            joined = pl.concat_str("cell", "other", separator=glue, ignore_nulls=False)
            naive = pl.lit(value=True) if glue else pl.col("cell").str.contains(_CLOCKED)
            cells = frame.select(pl.when(naive).then(pl.coalesce(joined, "cell")).otherwise("cell").alias("cell"))[
                "cell"
            ]
    return moments_of(cells, table.lines, where, source.date_format)


def _no_time(rows: int) -> Moments:
    empty = pl.Series([None] * rows)
    return Moments(empty.cast(pl.Datetime("us")), empty.cast(pl.Int32), pl.Series([False] * rows, dtype=pl.Boolean))


def _ignored(table: Table, name: str) -> Finding:
    sentence = f"The further time column '{name}' was not used."
    counts = {"column": name, "cells": table.cells.height - table.cells[name].null_count()}
    return Finding(kind="ignored_column", severity="note", where=table.name, sentence=sentence, counts=counts)


def unreadable_times(table: Table, name: str, moments: Moments, *, empty: bool = False) -> Finding | None:
    """What to tell of rows whose time cannot be read; with `empty` also of rows that have none."""
    bad = moments.local.is_null() & (table.cells[name].is_not_null() | empty)
    if not bad.any():
        return None
    written = bad & table.cells[name].is_not_null()
    first = (written if written.any() else bad).arg_max() or 0
    line, cell = table.lines[first], table.cells[name][first]
    example = "an empty cell" if cell is None else f"'{cell[:_SHOWN]}'"
    rows, are = ("1 row has", "is") if bad.sum() == 1 else (f"{bad.sum()} rows have", "are")
    sentence = f"{rows} no readable time in '{name}' and {are} in no step (first: {example} in line {line})."
    counts = {"rows": int(bad.sum()), "first_line": int(line), "column": name}
    return Finding(
        kind="unreadable", severity="warning", where=f"{table.name}:{line}", sentence=sentence, counts=counts
    )
