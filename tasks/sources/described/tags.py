"""Tags of a diary entry as variables: 1 in an entry that has the tag, 0 in one that has not; no entry, no reading."""

import polars as pl

from tasks.sources.adapter import READING_SCHEMA
from tasks.sources.tabular.table import Table

_MOST_TAGS = 300


def tag_readings(table: Table, column: str, mark: str, clock: pl.DataFrame, device: str) -> pl.DataFrame:
    """One variable per tag.

    Args:
        table: the diary.
        column: its column of tags.
        mark: what stands between two tags.
        clock: times of its rows.
        device: name of the diary.
    """
    split = clock.with_columns(tags=table.cells[column].fill_null("").str.split(mark.strip()))
    tags = split.select(pl.col("row"), tag=pl.col("tags")).explode("tag").with_columns(pl.col("tag").str.strip_chars())
    known = tags.filter(pl.col("tag") != "").unique(["row", "tag"], maintain_order=True)
    names = known["tag"].value_counts().sort(["count", "tag"], descending=[True, False]).head(_MOST_TAGS)
    grid = clock.filter(pl.col("local").is_not_null()).join(names.select("tag"), how="cross")
    yes = known.with_columns(value=pl.lit(1.0))
    made = grid.join(yes, on=["row", "tag"], how="left", maintain_order="left").with_columns(
        value=pl.col("value").fill_null(0.0), variable="tag", text=None, unit=None, device=pl.lit(device)
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in READING_SCHEMA.items())
