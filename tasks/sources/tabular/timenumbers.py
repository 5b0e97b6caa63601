"""Times written as plain numbers: years, days without separators, Unix time."""

import polars as pl

from tasks.sources.tabular.names import words_of
from tasks.sources.tabular.times import Moments


def is_number_of_time(cells: pl.Series, name: str) -> bool:
    """Whether a column named like a time holds years, YYYYMMDD, or seconds or milliseconds since 1970."""
    if not set(words_of(name)) & {"datetime", "timestamp", "time", "date", "year", "ts", "epoch"}:
        return False
    known = cells.drop_nulls()
    return len(known) > 0 and bool(known.str.contains(r"^([12]\d{3}|[12]\d{7}|1\d{9}(\.\d+)?|1\d{12})$").all())


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
