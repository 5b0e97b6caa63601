"""Derived variables: windows of the day, the hours before sleep, rolling loads, time since, counts, tags."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple, assert_never

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.features import BeforeSleep, By, Count, Coverage, Feature, Load, Rolling, Since, Tag, Window
from schemas.params import Variable
from tasks.panel.aggregate import aggregated
from tasks.panel.similar import column_missing
from tasks.panel.windows import of_the_day

_EVENING = timedelta(hours=8)
_ONSET = "sleep_onset_hour"
_FADED = 0.01


class Ingredients(NamedTuple):
    """What features are made of.

    Attributes:
        readings: whole readings with `variable`, `clock`, `at`, `value`, `text`, `n`.
        grid: the steps, column `at`.
        panel: variables by step, in the order of `grid`.
        width: beginning of a step to that of a moment, as an expression of `moment`.
    """

    readings: pl.DataFrame
    grid: pl.DataFrame
    panel: pl.DataFrame
    width: pl.Expr


_LEAN = ("variable", "clock", "at", "value", "text", "n")


def lean(readings: pl.DataFrame) -> pl.DataFrame:
    """The columns that features need."""
    return readings.select(_LEAN)


def texts_of(readings: pl.DataFrame) -> pl.DataFrame:
    """Readings that are texts and no numbers; they are in no step otherwise."""
    return readings.filter(pl.col("text").is_not_null() & pl.col("value").is_null() & pl.col("clock").is_not_null())


def derived(
    features: Mapping[str, Feature], given: Ingredients, taken: list[str]
) -> tuple[dict[str, pl.Series], list[Finding]]:
    """One column per feature, in the order of the grid.

    Raises:
        StudyError: a feature has the name of a variable, or is made of something that is not there.
    """
    columns: dict[str, pl.Series] = {}
    findings: list[Finding] = []
    for name, feature in features.items():
        where = f"params.yaml at ingest.features.{name}"
        if name in taken or name in ("step", "start", ""):
            raise StudyError("a new name", f"'{name}', which the record has already", where)
        panel = given.panel.with_columns(column.alias(key) for key, column in columns.items())
        values = _made(feature, given._replace(panel=panel), where)
        columns[name] = values.alias(name)
        findings.append(_told(name, feature, values))
    return columns, findings


def _made(feature: Feature, given: Ingredients, where: str) -> pl.Series:
    match feature:
        case Window():
            inside = of_the_day(_of(feature, given, where), Variable(between=feature.between))
            return _filled(_per_step(inside, feature.by, given), feature.absent)
        case BeforeSleep():
            return _before_sleep(feature, given, where)
        case Rolling():
            values, least = (
                _panel(feature, given, where),
                feature.steps if feature.by == "sum" else -(-feature.steps // 2),
            )
            return values.rolling_sum(feature.steps, min_samples=least) if feature.by == "sum" else values.rolling_mean(
                feature.steps, min_samples=least
            )  # fmt: skip
        case Load():
            return _load(_panel(feature, given, where), feature.half_life)
        case Since():
            return _since(_panel(feature, given, where))
        case Count():
            return _filled(_per_step(_of(feature, given, where), "count", given), feature.absent)
        case Coverage():
            return _coverage(_of(feature, given, where), given)
        case Tag():
            return _tag(feature, given, where)
        case _:
            assert_never(feature)


def _of(feature: Feature, given: Ingredients, where: str) -> pl.DataFrame:
    mine = given.readings.filter(pl.col("variable") == feature.of)
    if mine.is_empty():
        known = given.readings["variable"].unique(maintain_order=True).to_list()
        raise column_missing(feature.of, known, f"{where}.of")
    return mine


def _panel(feature: Feature, given: Ingredients, where: str) -> pl.Series:
    if feature.of not in given.panel.columns:
        raise column_missing(feature.of, given.panel.columns, f"{where}.of")
    return given.panel[feature.of].cast(pl.Float64)


def _per_step(readings: pl.DataFrame, by: By, given: Ingredients) -> pl.Series:
    values = aggregated(readings.with_columns(variable=pl.lit("feature")), {"feature": by})
    return given.grid.join(values.select("at", "value"), on="at", how="left", maintain_order="left")["value"]


def _filled(values: pl.Series, absent: str) -> pl.Series:
    return values.fill_null(0.0) if absent == "zero" else values


def _before_sleep(feature: BeforeSleep, given: Ingredients, where: str) -> pl.Series:
    nights = given.readings.filter(pl.col("variable") == _ONSET).select(onset=pl.col("clock")).unique().sort("onset")
    if nights.is_empty():
        fix = "such a feature needs a sleep record with the time of falling asleep"
        raise StudyError("nights with a known beginning", "none", where, fix)
    evenings = nights.with_columns(moment=pl.col("onset") - _EVENING).with_columns(at=given.width)
    mine = _of(feature, given, where).drop("at").sort("clock")
    joined = mine.join_asof(evenings, left_on="clock", right_on="onset", strategy="forward", coalesce=False)
    inside = joined.filter(pl.col("onset") - pl.col("clock") <= pl.duration(seconds=round(feature.hours * 3600)))
    values = _per_step(inside, feature.by, given)
    if feature.absent == "null":
        return values
    known = given.grid["at"].is_in(evenings["at"].implode())
    return pl.DataFrame({"v": values, "k": known}).select(
        pl.when("k").then(pl.col("v").fill_null(0.0)).otherwise("v")
    ).to_series()  # fmt: skip


def _load(values: pl.Series, half_life: float) -> pl.Series:
    keep = 0.5 ** (1 / half_life)
    made: list[float | None] = []
    total, doubt = 0.0, 0.0
    for value in values.to_list():
        total, doubt = total * keep + (value or 0.0), 1.0 if value is None else doubt * keep
        made.append(None if doubt > _FADED else total)
    return pl.Series(made, dtype=pl.Float64)


def _since(values: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"v": values}).with_row_index("t").with_columns(pl.col("t").cast(pl.Int64))
    event = pl.when(pl.col("v") > 0).then("t").forward_fill()
    gap = pl.when(pl.col("v").is_null()).then("t").forward_fill()
    known = event.is_not_null() & (gap.is_null() | (gap < event))
    return frame.select(pl.when(known).then(pl.col("t") - event).cast(pl.Float64)).to_series()


def _coverage(readings: pl.DataFrame, given: Ingredients) -> pl.Series:
    hours = readings.drop_nulls("at").with_columns(hour=pl.col("clock").dt.truncate("1h")).group_by("at").agg(
        value=pl.col("hour").n_unique().cast(pl.Float64)
    )  # fmt: skip
    joined = given.grid.join(hours, on="at", how="left", maintain_order="left")
    between = pl.col("at").is_between(hours["at"].min(), hours["at"].max())
    return joined.select(pl.when(between).then(pl.col("value").fill_null(0.0))).to_series()


def _tag(feature: Tag, given: Ingredients, where: str) -> pl.Series:
    mine = _of(feature, given, where).filter(pl.col("text").is_not_null())
    if mine.is_empty():
        raise StudyError(f"texts in '{feature.of}'", "none", f"{where}.of")
    word = feature.contains.lower()
    hit = mine.with_columns(value=pl.col("text").str.to_lowercase().str.contains(word, literal=True).cast(pl.Float64))
    return _filled(_per_step(hit, "any", given), feature.absent)


def _told(name: str, feature: Feature, values: pl.Series) -> Finding:
    known = len(values) - values.null_count()
    sentence = f"{name} is derived ({feature.kind} of {feature.of}): {known} of {len(values)} steps have a value."
    counts = {"steps": known, "kind": feature.kind, "of": feature.of}
    return Finding(kind="feature", severity="note", where=name, sentence=sentence, counts=counts)
