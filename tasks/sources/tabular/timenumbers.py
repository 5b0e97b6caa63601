"""Times written as plain numbers: years, days without separators, Unix time, the days that Excel counts."""

import polars as pl

from schemas.audit import Finding
from tasks.sources.tabular.names import words_of
from tasks.sources.tabular.table import Table
from tasks.sources.tabular.times import Moments

_TIME_WORDS = {"datetime", "timestamp", "time", "date", "year", "ts", "epoch"}
_SERIAL_WORDS = {"date", "day", "time", "datetime", "timestamp", "start", "when", "datum", "tag", "zeit"}
_SERIAL = r"^[45]\d{4}(?:[.,]\d+)?$|^60000$"
_DAY_SECONDS = 86_400


def is_number_of_time(cells: pl.Series, name: str) -> bool:
    """Whether a column named like a time holds years, YYYYMMDD, or seconds or milliseconds since 1970."""
    words = set(words_of(name))
    known = cells.drop_nulls()
    if len(known) and words == {"day"}:
        return bool(known.str.contains(r"^(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])$").all())
    if not words & _TIME_WORDS:
        return False
    if looks_like_years(cells):
        return words <= _TIME_WORDS
    return len(known) > 0 and bool(known.str.contains(r"^([12]\d{3}|[12]\d{7}|1\d{9}(\.\d+)?|1\d{12})$").all())


def looks_like_years(cells: pl.Series) -> bool:
    """Whether all cells have four digits, as years have, but also minutes, or clock times without a colon."""
    known = cells.drop_nulls()
    return len(known) > 0 and bool(known.str.contains(r"^[12]\d{3}$").all())


def is_serial(cells: pl.Series, name: str) -> bool:
    """Whether a column called date, day or time holds days since 1899-12-30, from 40000 (2009) to 60000 (2064)."""
    words = words_of(name)
    known = cells.drop_nulls()
    return bool(words) and set(words) <= _SERIAL_WORDS and len(known) > 0 and bool(known.str.contains(_SERIAL).all())


def from_numbers(cells: pl.Series) -> Moments:
    """Read such a column; numbers since 1970 are instants in UTC."""
    number = pl.col("cell").cast(pl.Float64)
    size = pl.col("cell").str.len_chars()
    year = (pl.col("cell") + "-01-01").str.to_datetime("%Y-%m-%d", strict=False, time_unit="us")
    day = pl.col("cell").str.to_datetime("%Y%m%d", strict=False, time_unit="us")
    scale = pl.when(pl.col("cell").str.contains(r"^\d{13}$")).then(1_000).otherwise(1_000_000)
    epoch = pl.from_epoch((number * scale).cast(pl.Int64), time_unit="us")
    made = pl.DataFrame({"cell": cells}).select(
        local=pl.when(size == 4).then(year).when(size == 8).then(day).otherwise(epoch),
        offset=pl.when(size > 8).then(0).cast(pl.Int32),
        date_only=size <= 8,
    )
    return Moments(made["local"], made["offset"], made["date_only"])


def serials_as_text(cells: pl.Series) -> pl.Series:
    """Days since 1899-12-30 as written dates, with the time of day to the second unless all are whole."""
    days = cells.str.replace(",", ".", literal=True).cast(pl.Float64)
    seconds = (days * _DAY_SECONDS).round().cast(pl.Int64)
    local = pl.DataFrame({"s": seconds}).select(pl.datetime(1899, 12, 30) + pl.duration(seconds="s")).to_series()
    return local.dt.strftime("%Y-%m-%d" if (days == days.floor()).all() else "%Y-%m-%d %H:%M:%S")


def told_serial(table: Table, name: str, moments: Moments) -> Finding:
    """What was assumed of the numbers."""
    at = table.cells[name].is_not_null().arg_max() or 0
    sentence = (
        f"The numbers of '{name}' were read as dates as Excel counts them, in days since 1899-12-30: "
        f"{table.cells[name][at]} in line {table.lines[at]} is {moments.local[at]:%Y-%m-%d %H:%M}."
    )
    counts = {"column": name, "cells": table.cells.height - table.cells[name].null_count()}
    return Finding(kind="assumed", severity="note", where=table.name, sentence=sentence, counts=counts)
