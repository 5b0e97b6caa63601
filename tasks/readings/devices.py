"""Several devices that record one thing at once: one of them speaks for each hour, their readings are never added."""

import polars as pl

from schemas.audit import Finding

_HOUR = "1h"


def one_device_at_a_time(
    frame: pl.DataFrame, priorities: dict[str, tuple[str, ...]]
) -> tuple[pl.DataFrame, list[Finding]]:
    """Mark (`counts`) the readings of a device in hours in which no better one has readings of the same variable.

    Args:
        frame: readings with `variable`, `start`, `end` (UTC), `device`, `date_only`; one with a date only speaks for
            the whole day.
        priorities: devices by variable, best first; a name matches a device that contains it. Devices that are not
            named follow by the number of hours in which they have readings.
    """
    several = (
        frame.drop_nulls("device").group_by("variable").agg(pl.col("device").n_unique()).filter(pl.col("device") > 1)
    )
    names = sorted(several["variable"].cast(pl.String).to_list())
    if not names:
        return frame.with_columns(counts=pl.lit(value=True)), []
    mine = pl.col("variable").is_in(names) & pl.col("device").is_not_null() & pl.col("start").is_not_null()
    marked = frame.with_row_index("reading").with_columns(several=mine)
    shared = marked.filter("several")
    hours = _hours(shared)
    ranked = _ranks(hours, priorities)
    best = hours.join(ranked, on=["variable", "device"]).with_columns(
        best=pl.col("rank").min().over("variable", "hour")
    )
    silent = best.filter(pl.col("rank") > pl.col("best")).select("reading").unique()
    gone = shared.join(silent, on="reading", how="semi")
    counts = ~pl.col("reading").is_in(silent["reading"].implode())
    return marked.with_columns(counts=counts).drop("reading", "several"), _told(shared, gone)


def _hours(shared: pl.DataFrame) -> pl.DataFrame:
    """Every hour that a reading touches."""
    first = pl.col("start").dt.truncate(_HOUR)
    end = pl.when("date_only").then(pl.col("start") + pl.duration(hours=24)).otherwise(pl.coalesce("end", "start"))
    last = pl.max_horizontal(first, (end - pl.duration(microseconds=1)).dt.truncate(_HOUR))
    spans = shared.select(
        "reading", pl.col("variable").cast(pl.String), pl.col("device").cast(pl.String), first, last=last
    )
    short = spans.filter(pl.col("start") == pl.col("last")).select("reading", "variable", "device", hour="start")
    long = spans.filter(pl.col("start") < pl.col("last")).with_columns(
        hour=pl.datetime_ranges("start", pl.min_horizontal("last", pl.col("start") + pl.duration(hours=48)), _HOUR)
    )
    return pl.concat([short, long.explode("hour").select("reading", "variable", "device", "hour")])


def _ranks(hours: pl.DataFrame, priorities: dict[str, tuple[str, ...]]) -> pl.DataFrame:
    size = hours.group_by("variable", "device").agg(hours=pl.col("hour").n_unique())
    order = [
        next((n for n, word in enumerate(priorities.get(variable, ())) if word.lower() in device.lower()), 10_000)
        for variable, device in size.select("variable", "device").iter_rows()
    ]
    ordered = size.with_columns(order=pl.Series(order, dtype=pl.Int64)).sort(
        ["variable", "order", "hours", "device"], descending=[False, False, True, False]
    )
    return ordered.with_columns(rank=pl.int_range(pl.len()).over("variable")).select("variable", "device", "rank")


def _told(shared: pl.DataFrame, gone: pl.DataFrame) -> list[Finding]:
    found = []
    counts = gone.group_by("variable", "device").len("gone").cast({"variable": pl.String, "device": pl.String})
    kept = shared.group_by("variable").len("all").cast({"variable": pl.String})
    every = dict(kept.iter_rows())
    for (variable,), rows in counts.sort("variable", "device").group_by("variable", maintain_order=True):
        name = str(variable)
        total = int(rows["gone"].sum())
        which = " and ".join(rows["device"].to_list())
        sentence = (
            f"{name}: {total} of {every[name]} readings ({which}) fall in hours in which a better device recorded as "
            "well and are not counted. Set ingest.devices to change who comes first."
        )
        given = {
            "readings": total,
            **{str(device): count for device, count in rows.select("device", "gone").iter_rows()},
        }
        found.append(Finding(kind="overlap", severity="note", where=name, sentence=sentence, counts=given))
    return found
