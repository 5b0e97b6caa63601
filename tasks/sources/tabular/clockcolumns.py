"""Columns of cells such as `7:35`: the clock of a row, the time of day of something, or how long it took.

The name decides. `time`, `clock` or `beeptime` belong to the row's date; `bedtime` or `wake` are times of day, counted
in hours; everything else is a duration, in hours unless name or header say minutes and seconds.
"""

import re
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from tasks.sources.tabular.dateshapes import CLOCK_ONLY
from tasks.sources.tabular.names import words_of
from tasks.sources.tabular.numbers import Numbers, header_parts
from tasks.sources.tabular.table import Table

_ROW = {
    "time", "clock", "hour", "at", "of", "day", "date", "start", "started", "begin", "began", "local", "log", "logged",
    "record", "recorded", "entry", "entered", "when", "measurement", "measured", "reading", "datetime", "timestamp",
    "created", "submitted", "taken", "beep", "prompt", "survey", "sample", "uhrzeit", "zeit",
}  # fmt: skip
_LONG = {
    "screen", "sleep", "work", "play", "study", "commute", "travel", "reaction", "response", "training", "exercise",
    "run", "sitting", "standing", "total", "over", "down", "mean", "life", "part", "full",
}  # fmt: skip
"""Before `time`: how long."""
_MOMENTS = {
    "bedtime",
    "wake",
    "woke",
    "waking",
    "wakeup",
    "waketime",
    "risetime",
    "alarm",
    "onset",
    "sunrise",
    "sunset",
}
_MEALS = {"meal", "breakfast", "lunch", "dinner", "supper", "coffee", "drink", "pill", "dose", "bed", "rise", "up"}
_EDGES = {"at", "start", "end", "begin", "stop", "until", "from"}
_SPANS = {"duration", "length", "after", "during", "awake", "asleep", "in", "total", "hours", "minutes", "dauer"}
_SHORT = {"pace", "split", "lap", "plank", "hold", "mile"}
_SECONDS = re.compile(r"^(m{1,2}|min):s{1,2}(ec)?$|^min(utes)?$", re.IGNORECASE)
_PARTS = r"^(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?:\s*([AaPp])\.?[Mm]\.?)?$"
_SHARE = 0.8
_LATE, _GAP, _DAY = 20, 6, 24
_OF_ROWS = (
    "If they are clock times of the rows, write `time: 'DATE + {name}'` for {table} at ingest.sources in params.yaml, "
    "with the name of the date column for DATE."
)


class Clocked(NamedTuple):
    """A column of cells as numbers, and what was assumed of it."""

    numbers: Numbers
    told: Finding | None


def is_clock(cells: pl.Series) -> bool:
    """Whether the cells of a column are written as `7:35` or `07:35:10`."""
    known = cells.drop_nulls()
    return len(known) > 0 and int(known.str.contains(CLOCK_ONLY).sum()) / len(known) >= _SHARE


def is_row_clock(name: str) -> bool:
    """Whether a column of such cells says when its row was recorded, by its name."""
    words = words_of(name)
    if set(words) <= _ROW:
        return True
    marked = [word.removesuffix("time") for word in words if word.endswith("time") and word != "time"]
    return any(word not in _LONG and f"{word}time" not in _MOMENTS for word in marked) and not set(words) & _MEALS


def clocked(table: Table, name: str) -> Clocked | None:
    """A column of such cells that is not the clock of its row, as hours or minutes; None if it is none or unclear."""
    cells = table.cells[name]
    if not is_clock(cells) or is_row_clock(name):
        return None
    label, unit = header_parts(name)
    parts = pl.DataFrame({"cell": cells}).select(
        *(pl.col("cell").str.extract(_PARTS, n).cast(pl.Int64).alias(part) for n, part in enumerate("abc", 1)),
        half=pl.col("cell").str.extract(_PARTS, 4).str.to_lowercase(),
    )
    hour = pl.when(pl.col("half") == "p").then(pl.col("a") % 12 + 12).when(pl.col("half") == "a").then(pl.col("a") % 12)
    hours = parts.select(hour.otherwise("a") + pl.col("b") / 60 + pl.col("c").fill_null(0) / 3600).to_series()
    known: list[float] = hours.drop_nulls().to_list()
    if not known:
        return None
    of_day = max(known) < _DAY
    if parts["half"].is_not_null().any() or (of_day and (_is_moment(label) or _looks_late(known))):
        return _as_moment(table, name, hours)
    two = parts["c"].is_null() & parts["a"].is_not_null()
    if two.any() and parts["c"].is_not_null().any():
        return None
    short = bool(_SECONDS.match(unit or "")) or (unit is None and bool(set(words_of(label)) & _SHORT))
    if two.any() and short:
        return _as_duration(table, name, hours, "minutes", "min")
    clear = not two.any() or of_day or (unit or "").lower().startswith("h")
    return _as_duration(table, name, hours, "hours", "h") if clear else None


def _is_moment(label: str) -> bool:
    words = words_of(label)
    if set(words) & _SPANS or not words:
        return False
    named = bool(set(words) & _MOMENTS) or "".join(words[:2]) in _MOMENTS
    return named or words[-1] in _EDGES or (words[-1] == "time" and bool(set(words) & _MEALS))


def _looks_late(hours: list[float]) -> bool:
    """Mostly late in the evening, or on both sides of midnight: no duration of a day is like that."""
    evening, night = sum(hour >= _LATE for hour in hours), sum(hour < _GAP for hour in hours)
    return bool(evening) and evening + night == len(hours)


def _as_moment(table: Table, name: str, hours: pl.Series) -> Clocked:
    """Hours of the day; where they lie on both sides of midnight, those after it count on from 24."""
    known = sorted(set(hours.drop_nulls().to_list()))
    gap, cut = max(((after - before, after) for before, after in pairwise(known)), default=(0.0, 0.0))
    if gap >= _GAP and gap > known[0] + _DAY - known[-1]:
        counted_on = pl.when(pl.col("h") < cut).then(pl.col("h") + _DAY).otherwise("h")
        hours = pl.DataFrame({"h": hours}).select(counted_on.alias("h"))["h"]
    return assumed(table, name, hours, "h", "as times of day in hours", _OF_ROWS.format(name=name, table=table.name))


def _as_duration(table: Table, name: str, value: pl.Series, words: str, unit: str) -> Clocked:
    how, advice = f"as durations in {words}", _OF_ROWS.format(name=name, table=table.name)
    return assumed(table, name, value, unit, how, advice)


def assumed(table: Table, name: str, value: pl.Series, unit: str, how: str, advice: str) -> Clocked:
    """Numbers of one unit, told with the largest of them as an example and what to do if that is wrong."""
    at = (value == value.max()).arg_max() or 0
    sentence = (
        f"The cells of '{name}' were read {how}: '{table.cells[name][at]}' in line {table.lines[at]} is "
        f"{value[at]:.4g}. {advice}"
    )
    counts = {"column": name, "cells": len(value) - value.null_count()}
    told = Finding(kind="assumed", severity="note", where=table.name, sentence=sentence, counts=counts)
    units = pl.DataFrame({"v": value}).select(pl.when(pl.col("v").is_not_null()).then(pl.lit(unit)))["literal"]
    return Clocked(Numbers(value.cast(pl.Float64), units), told)
