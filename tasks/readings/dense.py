"""Variables with millions of readings: cleaned one by one, and reduced to one value per step before they meet the rest.

The reduction is exact: a variable's readings of one step become one number by its own rule, as they would later.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.params import Ingest, Variable
from tasks.readings.devices import one_device_at_a_time
from tasks.readings.rawfiles import RawFile
from tasks.readings.units import in_one_unit

_EXPANDED = pl.Schema({
    "row": pl.Int64, "line": pl.Int64, "variable": pl.String, "local": pl.Datetime("us"),
    "local_end": pl.Datetime("us"), "offset": pl.Int32, "date_only": pl.Boolean, "value": pl.Float64,
    "text": pl.String, "unit": pl.String, "device": pl.String, "file": pl.String, "source": pl.String,
    "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC"), "clock": pl.Datetime("us"), "n": pl.UInt32,
    "counts": pl.Boolean,
})  # fmt: skip
_PART = 250_000
_ORDER = ("start", "seconds", "value", "line")


class Dense(NamedTuple):
    """One variable, in order of time, without repetitions, in one unit.

    Besides the columns of `DENSE_SCHEMA`, `file` names the export and `counts` is false where a better device recorded.
    """

    name: str
    frame: pl.DataFrame


def dense_of(files: list[RawFile], rules: Ingest) -> tuple[list[Dense], list[Finding]]:
    """Clean the dense variables of all files, taking them out of the files' readings.

    Raises:
        StudyError: two units of one variable do not convert into each other.
    """
    names = dict.fromkeys(name for file in files for name in file.readings.dense)
    made: list[Dense] = []
    findings: list[Finding] = []
    for name in names:
        parts = [
            file.readings.dense.pop(name).with_columns(file=pl.lit(file.path).cast(pl.Categorical()))
            for file in files
            if name in file.readings.dense
        ]
        frame, told = _cleaned(name, pl.concat([parts.pop(0) for _ in range(len(parts))]), rules)
        made.append(Dense(name, frame))
        findings += told
    return made, findings


def _cleaned(name: str, frame: pl.DataFrame, rules: Ingest) -> tuple[pl.DataFrame, list[Finding]]:
    frame = frame if _in_order(frame) else frame.sort(_ORDER)
    same = pl.all_horizontal(pl.col(key) == pl.col(key).shift() for key in ("start", "seconds", "value", "unit"))
    repeats = frame.select(same.fill_null(value=False)).to_series()
    findings = [_repeated(name, frame.filter(repeats))] if repeats.any() else []
    frame = frame.filter(~repeats) if findings else frame
    if frame["unit"].n_unique() > 1 or (name in rules.variables and rules.variables[name].unit is not None):
        frame, told = _one_unit(name, frame, rules.variables)
        findings += told
    if frame["device"].n_unique() > 1:
        named = frame.with_columns(
            variable=pl.lit(name).cast(pl.Categorical()),
            end=pl.col("start") + pl.duration(seconds="seconds"),
            date_only=pl.lit(value=False),
        )
        marked, told = one_device_at_a_time(named, rules.devices)
        return marked.drop("variable", "end", "date_only"), [*findings, *told]
    return frame.with_columns(counts=pl.lit(value=True)), findings


def _in_order(frame: pl.DataFrame) -> bool:
    """Whether rows are sorted already, as vendors write most of their variables."""
    later = pl.lit(value=True)
    for key in reversed(_ORDER):
        here, before = pl.col(key), pl.col(key).shift()
        later = (here > before) | ((here == before) & later)
    return bool(frame.select(later.fill_null(value=True).all()).item())


def _repeated(name: str, gone: pl.DataFrame) -> Finding:
    first = f"{gone['file'][0]}:{gone['line'][0]}"
    sentence = (
        f"{gone.height} readings of {name} repeat an earlier reading (same time and value) and count once; "
        f"the first is at {first}."
    )
    counts = {"merged": gone.height, "rows": gone.height, "first": first}
    return Finding(kind="duplicates", severity="note", where=name, sentence=sentence, counts=counts)


def _one_unit(name: str, frame: pl.DataFrame, declared: dict[str, Variable]) -> tuple[pl.DataFrame, list[Finding]]:
    spans = frame.group_by("unit").agg(n=pl.len(), first=pl.col("start").min()).sort("first", "unit")
    source = pl.format("{}:{}", "file", "line")
    one = frame.with_columns(variable=pl.lit(name), unit=pl.col("unit").cast(pl.String), source=source)
    converted = in_one_unit(one, declared).drop("variable", "source").cast({"unit": pl.Categorical()})
    unit = str(converted["unit"][0])
    written = [str(u) for u in spans["unit"].to_list() if u is not None]
    sentence = f"{name} is written in {' and then in '.join(written)}; all its readings were converted to {unit}."
    counts = {str(unit): n for unit, n in spans.select("unit", "n").iter_rows()}
    return converted, [Finding(kind="unit_change", severity="note", where=name, sentence=sentence, counts=counts)]


def expanded(dense: Dense, zone: str | None) -> Iterator[pl.DataFrame]:
    """The variable's readings in the columns that all readings have, in parts of bounded size."""
    for part in dense.frame.iter_slices(_PART):
        instant = pl.col("start")
        local = instant + pl.duration(minutes="offset")
        length = pl.duration(seconds="seconds")
        clock = local if zone is None else _clock_of(zone)
        yield part.select(
            row=pl.col("line"), line="line", variable=pl.lit(dense.name), local=local, local_end=local + length,
            offset="offset" if zone is None else _offset_of(zone), date_only=pl.lit(value=False), value="value",
            text=pl.lit(None), unit="unit", device="device", file="file",
            source=pl.format("{}:{}", "file", "line"), start=instant.dt.replace_time_zone("UTC"),
            end=(instant + length).dt.replace_time_zone("UTC"), clock=clock, n=pl.lit(1), counts="counts",
        ).cast(_EXPANDED)  # fmt: skip


def clocked(dense: Dense, zone: str | None) -> pl.DataFrame:
    """The variable's own columns with `clock` and `source`, for rules that look at single readings."""
    clock = pl.col("start") + pl.duration(minutes="offset") if zone is None else _clock_of(zone)
    return dense.frame.with_columns(clock=clock, source=pl.format("{}:{}", "file", "line"))


def _clock_of(zone: str) -> pl.Expr:
    there = pl.col("start").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return there.dt.replace_time_zone(None)


def _offset_of(zone: str) -> pl.Expr:
    return (_clock_of(zone) - pl.col("start")).dt.total_minutes()


def local_days(dense: list[Dense], zone: str | None, shift: timedelta) -> pl.DataFrame:
    """The days on which there are readings, as `clock`."""
    empty = pl.DataFrame(schema={"clock": pl.Datetime("us")})
    return pl.concat([empty, *(_runs(part.frame.select(clock=_day(zone, "1d", shift))) for part in dense)]).unique()


def _runs(frame: pl.DataFrame) -> pl.DataFrame:
    """One row of each run of equal rows: little is left to be made unique of a frame in order of time."""
    return frame.filter(pl.any_horizontal(pl.all().ne_missing(pl.all().shift())))


def _day(zone: str | None, step: str, shift: timedelta) -> pl.Expr:
    clock = pl.col("start") + pl.duration(minutes="offset") if zone is None else _clock_of(zone)
    return (clock - shift).dt.truncate(step) + shift


def offsets_by_hour(dense: list[Dense]) -> pl.DataFrame:
    """`file`, `instant` (an hour) and `offset`, each combination once."""
    hour = pl.col("start").dt.truncate("1h").alias("instant")
    parts = [_runs(part.frame.select("file", hour, pl.col("offset").cast(pl.Int32))) for part in dense]
    empty = pl.DataFrame(schema={"file": pl.Categorical(), "instant": pl.Datetime("us"), "offset": pl.Int32})
    return pl.concat([empty, *parts]).unique().cast({"file": pl.String})


def reduced(dense: Dense, rule: str, zone: str | None, step: str, shift: timedelta) -> pl.DataFrame:
    """One row per step in the columns of `expanded`, with `at`; `n` counts its readings."""
    value = pl.col("value")
    made = {
        "sum": value.sum(), "first": value.first(), "last": value.last(), "min": value.min(), "max": value.max(),
        "any": (value != 0).any().cast(pl.Float64), "count": value.first(), "mean": value.mean(),
    }[rule]  # fmt: skip
    rows = dense.frame.filter("counts").with_columns(at=_day(zone, step, shift)).group_by("at", maintain_order=True)
    steps = rows.agg(
        value=made, n=pl.len(), unit=pl.col("unit").first(), device=pl.col("device").first(),
        file=pl.col("file").first(), line=pl.col("line").first(), instant=pl.col("start").first(),
        offset=pl.col("offset").first(),
    )  # fmt: skip
    clock = pl.col("instant") + pl.duration(minutes="offset")
    instant = pl.col("instant").dt.replace_time_zone("UTC")
    return steps.select(
        row=pl.col("line"), line="line", variable=pl.lit(dense.name), local=clock, local_end=pl.lit(None),
        offset="offset", date_only=pl.lit(value=False), value="value", text=pl.lit(None), unit="unit",
        device="device", file="file", source=pl.format("{}:{}", "file", "line"), start=instant, end=pl.lit(None),
        clock=clock if zone is None else instant.dt.convert_time_zone(zone).dt.replace_time_zone(None), n="n",
        counts=pl.lit(value=True), at="at",
    ).cast(pl.Schema({**_EXPANDED, "at": pl.Datetime("us")}))  # fmt: skip
