"""The adapter of FIT files.

Times are UTC; the offset is the watch's where the file tells it, else 0, and a finding says so. Sleep stages last until
the next one; a night belongs to the day of waking (`tasks/sources/nights.py`).
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import INDEX_SCHEMA, NO_VERSIONS, READING_SCHEMA, Readings, Sample, first_versions
from tasks.sources.fit.counters import added
from tasks.sources.fit.messages import Message, Recorded, recorded
from tasks.sources.nights import RULES, VARIABLES, nights_of

_MAGIC, _AT = b".FIT", slice(8, 12)
_DEVICE = "FIT"
_LARGEST = 1e9
_STAGES = {"awake": "awake", "light": "light", "deep": "deep", "rem": "rem"}
_SEGMENT = {
    "local": pl.Datetime("us"), "local_end": pl.Datetime("us"), "offset": pl.Int32, "stage": pl.String,
    "device": pl.String, "line": pl.Int64,
}  # fmt: skip


class _Field(NamedTuple):
    """A field of a message as a variable: least value that is a measurement, rule, whether the vendor scores it."""

    variable: str
    unit: str
    least: float = 0.0
    rule: str = "mean"
    scored: bool = False


_FIELDS = {
    ("monitoring", "heart_rate"): _Field("heart_rate", "count/min", 1),
    ("monitoring_hr_data", "current_day_resting_heart_rate"): _Field("resting_heart_rate", "count/min", 1),
    ("respiration_rate", "respiration_rate"): _Field("respiratory_rate", "count/min", 1),
    ("spo2_data", "reading_spo2"): _Field("spo2", "%", 1),
    ("stress_level", "stress_level_value"): _Field("stress", "points", 0, scored=True),
    ("hrv_status_summary", "last_night_average"): _Field("hrv_rmssd", "ms", 1),
    ("hrv_status_summary", "last_night_5_min_high"): _Field("hrv_5min_high", "ms", 1, "max"),
    ("hrv_status_summary", "weekly_average"): _Field("hrv_weekly", "ms", 1, scored=True),
    ("weight_scale", "weight"): _Field("weight", "kg", 0.1),
    ("weight_scale", "percent_fat"): _Field("body_fat", "%", 0.1),
    ("weight_scale", "percent_hydration"): _Field("body_water", "%", 0.1),
    ("weight_scale", "muscle_mass"): _Field("muscle_mass", "kg", 0.1),
    ("weight_scale", "bone_mass"): _Field("bone_mass", "kg", 0.1),
    ("weight_scale", "bmi"): _Field("bmi", "kg/m2", 1),
    ("session", "total_timer_time"): _Field("workout_minutes", "min", 0, "sum"),
}
_Row = tuple[int, int, str, datetime, datetime | None, int, bool, float, None, str, str]


class Fit:
    """A file in the FIT protocol."""

    name = "fit"

    def recognise(self, sample: Sample) -> float | None:
        """By the mark in its header."""
        return 1.0 if sample.head[_AT] == _MAGIC else None

    def read(self, path: Path, source: Source) -> Readings:
        """Read the whole file.

        Raises:
            StudyError: damaged, nothing in it that is known here, or weights of several people and none is chosen.
        """
        file = recorded(path, source.path)
        mine = file._replace(messages=_of_one_person(file.messages, source))
        offset = file.offset or 0
        nights = nights_of(_segments(mine, offset))
        plain = pl.DataFrame([*_steps(mine, offset), *_values(mine, offset)], schema=READING_SCHEMA, orient="row")
        frame = pl.concat([plain, nights]).filter(~pl.col("variable").is_in(list(source.ignore)))
        names = tuple(frame["variable"].unique(maintain_order=True).to_list())
        if not names:
            known = sorted({message.name for message in file.messages})[:6]
            raise StudyError(
                "monitoring, sleep, heart-rate variability, weight or a workout",
                f"a FIT file with {', '.join(known) or 'no messages'}",
                source.path,
            )
        rules = {field.variable: field.rule for field in _FIELDS.values()} | RULES | {"steps": "sum"}
        scored = {field.variable for field in _FIELDS.values() if field.scored}
        return Readings(
            frame=frame,
            index=pl.DataFrame(schema=INDEX_SCHEMA),
            layout="long",
            time_column="timestamp",
            rows=len(file.messages),
            variables=names,
            events=tuple(name for name in names if name == "workout_minutes"),
            findings=() if file.offset is not None else (_no_clock(source.path),),
            rules={name: rule for name, rule in rules.items() if name in names},
            nights=tuple(name for name in VARIABLES if name in names),
            scored=tuple(name for name in names if name in scored),
            versions=_versions(file, frame),
        )


def _versions(file: Recorded, frame: pl.DataFrame) -> pl.DataFrame:
    """The watch's model and software, for every variable of the file."""
    told = next((m.fields for m in file.messages if m.name == "device_info" and "software_version" in m.fields), None)
    if told is None:
        return NO_VERSIONS
    model = next((told[key] for key in ("garmin_product", "product_name", "product") if key in told), "unknown")
    first = frame.group_by("variable", "device").agg(first=pl.col("local").min())
    return first_versions(first.with_columns(version=pl.lit(f"{model}, software {told['software_version']}")))


def _of_one_person(messages: list[Message], source: Source) -> list[Message]:
    """All messages, of a scale's weights only those of the person that `source.subject` numbers."""
    people = sorted({str(m.fields.get("user_profile_index", 0)) for m in messages if m.name == "weight_scale"})
    if len(people) < 2:
        return messages
    if source.subject not in people:
        got = f"{len(people)} people ({', '.join(people)})"
        fix = f"write `subject: '{people[0]}'` at ingest in params.yaml, one study per person"
        raise StudyError("weights of one person", got, source.path, fix)
    own = source.subject
    return [m for m in messages if m.name != "weight_scale" or str(m.fields.get("user_profile_index", 0)) == own]


def _local(at: datetime, offset: int) -> datetime:
    return at.replace(tzinfo=None) + timedelta(minutes=offset)


def _steps(file: Recorded, offset: int) -> Iterator[_Row]:
    for begin, end, steps, number in added(file, offset):
        yield number - 1, number, "steps", begin, end, offset, False, steps, None, "count", _DEVICE


def _values(file: Recorded, offset: int) -> Iterator[_Row]:
    for message in file.messages:
        at, finish = _times(message)
        if at is None:
            continue
        for (name, key), field in _FIELDS.items():
            value = message.fields.get(key) if name == message.name else None
            if not isinstance(value, int | float) or not math.isfinite(value) or not field.least <= value < _LARGEST:
                continue
            number = value / 60 if field.variable == "workout_minutes" else float(value)
            end = None if finish is None else _local(finish, offset)
            row = message.number
            yield (
                row - 1,
                row,
                field.variable,
                _local(at, offset),
                end,
                offset,
                False,
                number,
                None,
                field.unit,
                _DEVICE,
            )


def _times(message: Message) -> tuple[datetime | None, datetime | None]:
    """When what the message tells began and, of a workout, when it ended."""
    began, spent = message.fields.get("start_time"), message.fields.get("total_timer_time")
    if message.name == "session" and isinstance(began, datetime):
        long = isinstance(spent, int | float) and 0 <= spent < _LARGEST
        return began, began + timedelta(seconds=float(spent)) if long else None
    read = message.fields.get("stress_level_time")
    return (read, None) if isinstance(read, datetime) else (message.at, None)


def _segments(file: Recorded, offset: int) -> pl.DataFrame:
    levels = [m for m in file.messages if m.name == "sleep_level" and m.at is not None]
    rows = [
        (_local(one.at, offset), _local(after.at, offset), offset, stage, _DEVICE, one.number)
        for one, after in pairwise(levels)
        if one.at is not None and after.at is not None and one.at < after.at
        if (stage := _STAGES.get(str(one.fields.get("sleep_level")))) is not None
    ]
    return pl.DataFrame(rows, schema=_SEGMENT, orient="row")


def _no_clock(name: str) -> Finding:
    sentence = f"{name} has its times in UTC only; set study.timezone in params.yaml so that days begin where you were."
    return Finding(kind="no_zone", severity="warning", where=name, sentence=sentence, counts={"files": 1})
