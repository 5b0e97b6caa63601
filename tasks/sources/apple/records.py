"""Text attributes of records into typed columns, kept per type and small enough for millions."""

from typing import NamedTuple, Self

import polars as pl

from tasks.sources.adapter import DENSE_SCHEMA
from tasks.sources.apple.vocabulary import FRACTIONS

_CLOCK = "%Y-%m-%d %H:%M:%S"
_SECONDS_LIMIT = 2**31 - 1
_LARGEST = 1e60
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
CATEGORY = "HKCategoryTypeIdentifier"
SEGMENT = pl.Schema({
    "type": pl.String, "local": pl.Datetime("us"), "local_end": pl.Datetime("us"), "offset": pl.Int32,
    "text": pl.String, "device": pl.String, "line": pl.Int64,
})  # fmt: skip
VERSIONS = pl.Schema({"type": pl.String, "device": pl.String, "version": pl.String, "first": pl.Datetime("us")})
UNREADABLE = pl.Schema({"type": pl.String, "line": pl.Int32})


class Parts(NamedTuple):
    """One batch: quantities per type identifier, category records, records that cannot be read, software versions."""

    quantities: dict[str, pl.DataFrame]
    categories: pl.DataFrame
    unreadable: pl.DataFrame
    versions: pl.DataFrame


class Typed(NamedTuple):
    """All batches so far."""

    quantities: dict[str, list[pl.DataFrame]]
    categories: list[pl.DataFrame]
    unreadable: list[pl.DataFrame]
    versions: list[pl.DataFrame]

    @classmethod
    def empty(cls) -> Self:
        """Nothing yet."""
        return cls({}, [], [], [])

    def add(self, parts: Parts) -> None:
        """Take in one batch."""
        for kind, part in parts.quantities.items():
            self.quantities.setdefault(kind, []).append(part)
        self.categories.extend([parts.categories] if parts.categories.height else [])
        self.unreadable.extend([parts.unreadable] if parts.unreadable.height else [])
        self.versions.extend([parts.versions] if parts.versions.height else [])


def typed_of(records: pl.DataFrame) -> Parts:
    """Give the columns of one batch their types; an unreadable time, offset or number makes a record unreadable."""
    number = pl.col("value").cast(pl.Float64, strict=False)
    timed = records.with_columns(
        local=_clock("startDate"), local_end=_clock("endDate"), offset=_minutes("startDate"), number=number,
        category=pl.col("type").str.starts_with(CATEGORY),
    ).drop("startDate", "endDate")  # fmt: skip
    readable = pl.all_horizontal(pl.col("local", "local_end", "offset", "type").is_not_null()) & (
        pl.col("local_end") >= pl.col("local") - pl.duration(days=1)
    )
    size = (pl.col("number").is_finite() & (pl.col("number").abs() < _LARGEST)).fill_null(value=False)
    usable = timed.select((readable & (pl.col("category") | size)).fill_null(value=False)).to_series()
    good = timed if usable.all() else timed.filter(usable)
    marked = good.filter("category")
    counted = good.filter(~pl.col("category")) if marked.height else good
    quantities = _dense(counted).partition_by("type", as_dict=True, include_key=False)
    return Parts(
        {str(kind): part for (kind,), part in quantities.items()},
        _segments(marked),
        timed.filter(~usable).select("type", "line"),
        versions_of(good.select("type", pl.col("sourceName").alias("device"), version="sourceVersion", first="local")),
    )


def versions_of(named: pl.DataFrame) -> pl.DataFrame:
    """When each version of a device's software first recorded each type; without those that are not named."""
    known = named.drop_nulls().group_by("type", "device", "version").agg(pl.col("first").min())
    return known.sort("type", "device", "version").cast(VERSIONS)


def _clock(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 19).str.to_datetime(_CLOCK, time_unit="us", strict=False, cache=False)


def _minutes(column: str) -> pl.Expr:
    """`+0530` in minutes; null when it is no offset."""
    written = pl.col(column).str.slice(20)
    number = written.cast(pl.Int32, strict=False)
    minutes = number.abs() // 100 * 60 + number.abs() % 100
    signed = pl.when(number < 0).then(-minutes).otherwise(minutes)
    return pl.when((written.str.len_bytes() == 5) & (minutes <= 18 * 60)).then(signed)


def _dense(good: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("number")
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
    ).cast(SEGMENT)  # fmt: skip
