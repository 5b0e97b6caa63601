"""Sleep stages of several devices into nights and naps, each with its minutes per stage.

Stages whose pauses are at most two hours form one sleep. The sleep belongs to the day on which it ends. A sleep of less
than four hours that begins between 09:00 and 19:00 beside a longer one of that day is a nap; all other sleeps of a day
are parts of its night. Of several devices one speaks for a sleep: that with stages before one that knows only asleep,
then that with the longest asleep; the minutes of two devices are never added.
"""

import polars as pl

from tasks.sources.adapter import READING_SCHEMA

STAGES = ("asleep", "light", "deep", "rem", "awake", "in_bed")
_PAUSE = pl.duration(hours=2)
_NAP_FROM, _NAP_TO, _NAP_HOURS = 9, 19, 4
MINUTES = {
    "sleep_minutes": ("asleep", "light", "deep", "rem"), "sleep_light_minutes": ("light",),
    "sleep_deep_minutes": ("deep",), "sleep_rem_minutes": ("rem",), "sleep_awake_minutes": ("awake",),
}  # fmt: skip
VARIABLES = (*MINUTES, "in_bed_minutes", "sleep_onset_hour", "wake_hour", "nap_minutes")
RULES = {
    **dict.fromkeys((*MINUTES, "in_bed_minutes", "nap_minutes"), "sum"),
    "sleep_onset_hour": "first",
    "wake_hour": "last",
}


def is_of_night(variable: str) -> bool:
    """Whether a vendor's variable speaks of a night; where its table gives only a date, that is the day of waking."""
    return variable.startswith("sleep_") or variable in ("in_bed_minutes", "wake_hour")


def nights_of(segments: pl.DataFrame) -> pl.DataFrame:
    """Readings of `VARIABLES`, one row per sleep and variable.

    Args:
        segments: `local`, `local_end`, `offset`, `stage` (one of `STAGES`), `device`, `line`.
    """
    if segments.is_empty():
        return pl.DataFrame(schema=READING_SCHEMA)
    numbered = _numbered(segments)
    chosen = numbered.join(_speaking(numbered), on=["sleep", "device"])
    spans = numbered.group_by("sleep").agg(
        local=pl.col("local").min(), local_end=pl.col("local_end").max(), in_bed_minutes=_in_bed()
    )
    minutes = chosen.group_by("sleep", "device").agg(
        *(_union(stages).alias(name) for name, stages in MINUTES.items()),
        onset=pl.col("local").filter(_asleep()).min(),
        wake=pl.col("local_end").filter(_asleep()).max(),
        offset=pl.col("offset").last(),
        line=pl.col("line").min(),
    )
    sleeps = spans.join(minutes, on="sleep").sort("local", "sleep")
    return _readings(_with_naps(sleeps))


def _asleep() -> pl.Expr:
    return pl.col("stage").is_in(MINUTES["sleep_minutes"])


def _numbered(segments: pl.DataFrame) -> pl.DataFrame:
    """Give each segment the number of its sleep."""
    ordered = segments.sort("local", "local_end", "device", "stage")
    reached = pl.col("local_end").cum_max().shift()
    return ordered.with_columns(sleep=(pl.col("local") > reached + _PAUSE).fill_null(value=False).cum_sum())


def _speaking(numbered: pl.DataFrame) -> pl.DataFrame:
    """The device whose word counts for each sleep."""
    rank = numbered.group_by("sleep", "device").agg(
        staged=pl.col("stage").is_in(["light", "deep", "rem"]).any(), minutes=_union(MINUTES["sleep_minutes"])
    )
    ordered = rank.sort(["sleep", "staged", "minutes", "device"], descending=[False, True, True, False])
    return ordered.unique("sleep", keep="first", maintain_order=True).select("sleep", "device")


def _union(stages: tuple[str, ...]) -> pl.Expr:
    """Minutes covered by segments of these stages, overlaps counted once; null without any segment."""
    mine = pl.col("stage").is_in(stages)
    start, end = pl.col("local").filter(mine), pl.col("local_end").filter(mine)
    covered = (end - pl.max_horizontal(start, end.cum_max().shift().fill_null(start.min()))).dt.total_seconds()
    return pl.when(mine.any()).then(covered.clip(0).sum() / 60)


def _in_bed() -> pl.Expr:
    return (pl.col("local_end").max() - pl.col("local").min()).dt.total_seconds() / 60


def _with_naps(sleeps: pl.DataFrame) -> pl.DataFrame:
    day = pl.col("local_end").dt.date()
    hour = pl.col("local").dt.hour()
    length = (pl.col("local_end") - pl.col("local")).dt.total_seconds()
    short = (length < _NAP_HOURS * 3600) & hour.is_between(_NAP_FROM, _NAP_TO, closed="left")
    return sleeps.with_columns(nap=short & (length < length.max().over(day)))


def _readings(sleeps: pl.DataFrame) -> pl.DataFrame:
    midnight = pl.col("local_end").dt.truncate("1d")
    night = ~pl.col("nap")
    wide = sleeps.with_row_index("row").select(
        pl.col("row").cast(pl.Int64), pl.col("line").cast(pl.Int64), "local", "local_end", "offset", "device",
        *(pl.when(night).then(pl.col(name)).alias(name) for name in (*MINUTES, "in_bed_minutes")),
        sleep_onset_hour=pl.when(night).then((pl.col("onset") - midnight).dt.total_seconds() / 3600),
        wake_hour=pl.when(night).then((pl.col("wake") - midnight).dt.total_seconds() / 3600),
        nap_minutes=pl.when(~night).then("sleep_minutes"),
    )  # fmt: skip
    keys = ["row", "line", "local", "local_end", "offset", "device"]
    long = wide.unpivot(index=keys, on=list(VARIABLES), variable_name="variable", value_name="value").drop_nulls(
        "value"
    )
    hours = pl.col("variable").str.ends_with("_hour")
    made = long.with_columns(
        date_only=pl.lit(value=False), text=pl.lit(None), unit=pl.when(hours).then(pl.lit("h")).otherwise(pl.lit("min"))
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in READING_SCHEMA.items()).sort("row", "variable")
