"""Apple's category records: sleep stages, hours stood, mindful minutes, symptoms and other marks."""

import polars as pl

from tasks.sources.adapter import READING_SCHEMA
from tasks.sources.apple.records import SLEEP
from tasks.sources.apple.vocabulary import short_of, variable_of
from tasks.sources.nights import nights_of

_PREFIX = r"^HKCategoryValue(SleepAnalysis)?"
_STAGE = {
    "InBed": "in_bed", "Asleep": "asleep", "AsleepUnspecified": "asleep", "AsleepCore": "light", "AsleepDeep": "deep",
    "AsleepREM": "rem", "Awake": "awake", "0": "in_bed", "1": "asleep", "2": "awake", "3": "light", "4": "deep",
    "5": "rem",
}  # fmt: skip
_SEVERITY = {"SeverityNotPresent": 0.0, "SeverityMild": 1.0, "SeverityModerate": 2.0, "SeveritySevere": 3.0}
_DURATIONS = {"MindfulSession": "mindful_minutes", "HandwashingEvent": "handwashing_seconds"}


def sleeps(categories: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Readings of the nights, and how many sleep records have a stage that is not known."""
    mine = categories.filter(pl.col("type") == SLEEP)
    stage = pl.col("text").str.replace(_PREFIX, "").replace_strict(_STAGE, default=None, return_dtype=pl.String)
    staged = mine.with_columns(stage=stage)
    known = staged.drop_nulls("stage").filter(pl.col("local_end") > pl.col("local"))
    return nights_of(known), staged["stage"].null_count()


def others(categories: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Readings of the other categories, and the rule of each of their variables.

    A duration adds up; a severity is a number from 0 (not present) to 3 (severe); `Stood` counts 1 and `Idle` 0;
    a mark without a value counts as one each time; any other value stays a text.
    """
    mine = categories.filter(pl.col("type") != SLEEP)
    parts, rules = [pl.DataFrame(schema=READING_SCHEMA)], {}
    for (kind,), rows in mine.group_by("type", maintain_order=True):
        name, value, unit, rule = _meaning(str(kind))
        text = pl.col("text").str.replace(_PREFIX, "")
        made = rows.with_row_index("row").with_columns(text=text, value=value).with_columns(
            text=pl.when(pl.col("value").is_null()).then("text"),
            variable=pl.lit(name), unit=pl.lit(unit, dtype=pl.String), date_only=pl.lit(value=False),
        )  # fmt: skip
        kept = made.select(pl.col(column).cast(dtype) for column, dtype in READING_SCHEMA.items())
        parts.append(kept.filter(pl.col("value").is_not_null() | pl.col("text").is_not_null()))
        rules[name] = rule
    return pl.concat(parts), rules


def _meaning(kind: str) -> tuple[str, pl.Expr, str | None, str]:
    text = pl.col("text").str.replace(_PREFIX, "")
    short = short_of(kind)
    if short in _DURATIONS:
        seconds = (pl.col("local_end") - pl.col("local")).dt.total_seconds()
        minutes = _DURATIONS[short].endswith("minutes")
        return _DURATIONS[short], seconds / 60 if minutes else seconds * 1.0, "min" if minutes else "s", "sum"
    if short == "AppleStandHour":
        return "stand_hours", (text == "AppleStandHourStood").cast(pl.Float64), "h", "sum"
    named = text.replace_strict(_SEVERITY, default=None, return_dtype=pl.Float64)
    mark = text.is_in(["NotApplicable", "SeverityUnspecified", "PresencePresent"]) | text.is_null()
    return variable_of(kind), pl.when(mark).then(1.0).otherwise(named), None, "auto"
