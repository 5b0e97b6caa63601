"""Text attributes of records into typed columns, kept per type and small enough for millions."""

from typing import NamedTuple

import polars as pl

from tasks.sources.adapter import DENSE_SCHEMA
from tasks.sources.apple.vocabulary import FRACTIONS

_CLOCK = "%Y-%m-%d %H:%M:%S"
_SECONDS_LIMIT = 2**31 - 1
_LARGEST = 1e60
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
CATEGORY = "HKCategoryTypeIdentifier"
_SEGMENT = pl.Schema({
    "type": pl.String, "local": pl.Datetime("us"), "local_end": pl.Datetime("us"), "offset": pl.Int32,
    "text": pl.String, "device": pl.String, "line": pl.Int64,
})  # fmt: skip


class Typed(NamedTuple):
    """Quantities per type identifier, category records, and the records that cannot be read."""

    quantities: dict[str, list[pl.DataFrame]]
    categories: list[pl.DataFrame]
    unreadable: list[pl.DataFrame]

    @classmethod
    def empty(cls) -> "Typed":
        """Nothing yet."""
        return cls({}, [], [])

    def add(self, records: pl.DataFrame) -> int:
        """Take in one batch; returns how many records it had."""
        timed = records.with_columns(
            local=_clock("startDate"), local_end=_clock("endDate"), offset=_minutes("startDate")
        ).drop("startDate", "endDate")
        readable = pl.all_horizontal(pl.col("local", "local_end", "offset").is_not_null()) & (
            pl.col("local_end") >= pl.col("local") - pl.duration(days=1)
        )
        category = pl.col("type").str.starts_with(CATEGORY)
        number = pl.col("value").cast(pl.Float64, strict=False)
        usable = readable & (category | (number.is_finite() & (number.abs() < _LARGEST)).fill_null(value=False))
        good = timed.filter(usable)
        if good.height < timed.height:
            self.unreadable.append(timed.filter(~usable.fill_null(value=False)).select("type", "line"))
        marked = good["type"].str.starts_with(CATEGORY)
        if marked.any():
            self.categories.append(_segments(good.filter(marked)))
            good = good.filter(~marked)
        for (kind,), part in _dense(good).partition_by("type", as_dict=True, include_key=False).items():
            self.quantities.setdefault(str(kind), []).append(part)
        return records.height


def _clock(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 19).str.to_datetime(_CLOCK, time_unit="us", strict=False)


def _minutes(column: str) -> pl.Expr:
    """`+0530` in minutes; null when it is no offset."""
    written = pl.col(column).str.slice(20)
    number = written.str.slice(1).cast(pl.Int32, strict=False)
    minutes = number // 100 * 60 + number % 100
    sign = written.str.slice(0, 1)
    signed = pl.when(sign == "+").then(minutes).when(sign == "-").then(-minutes)
    return pl.when((written.str.len_bytes() == 5) & (minutes <= 18 * 60)).then(signed)


def _dense(good: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("value").cast(pl.Float64)
    return good.select(
        "type",
        "line",
        start=pl.col("local") - pl.duration(minutes="offset"),
        seconds=(pl.col("local_end") - pl.col("local")).dt.total_seconds().clip(0, _SECONDS_LIMIT).cast(pl.Int32),
        offset=pl.col("offset").cast(pl.Int16),
        value=pl.when(pl.col("unit") == FRACTIONS).then(value * 100).otherwise(value),
        unit=pl.col("unit").cast(pl.Categorical()),
        device=pl.col("sourceName").cast(pl.Categorical()),
    ).select("type", *DENSE_SCHEMA.names())


def _segments(good: pl.DataFrame) -> pl.DataFrame:
    return good.select(
        "type", "local", "local_end", "offset", pl.col("value").alias("text"), pl.col("sourceName").alias("device"),
        pl.col("line").cast(pl.Int64),
    ).cast(_SEGMENT)  # fmt: skip
