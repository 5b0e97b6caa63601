"""Fitbit in a Google Takeout archive: JSON of sleep, heart rate, steps and more, and the daily CSV summaries.

Sleep is written in local time without an offset; heart rate, steps, distance and energy in UTC. A log of type `stages`
has deep, light, rem and wake; one of type `classic` has asleep, restless and awake. Distance is in centimetres.
"""

from collections.abc import Mapping
from typing import Any

from tasks.sources.described.documents import objects_of
from tasks.sources.described.json_tables import Document, VendorDocuments
from tasks.sources.described.layout import Field, Layout, Rule, Span
from tasks.sources.described.tables import VendorTables

_LEVELS = ("deep", "light", "rem", "wake", "restless", "awake", "asleep")


def _sleeps(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a parsed document
    rows = document.get("sleep", document) if isinstance(document, Mapping) else document
    return [_sleep(row) for row in objects_of(rows)]


def _sleep(row: Mapping[str, Any]) -> Mapping[str, Any]:
    levels = row.get("levels")
    summary = levels.get("summary") if isinstance(levels, Mapping) else None
    minutes = {}
    for level in _LEVELS:
        part = summary.get(level) if isinstance(summary, Mapping) else None
        minutes[level] = part.get("minutes") if isinstance(part, Mapping) else None
    main = bool(row.get("isMainSleep", row.get("mainSleep", True)))
    asleep = row.get("minutesAsleep")
    kept = {key: row.get(key) for key in ("startTime", "endTime", "type", "minutesToFallAsleep")}
    if not main:
        return {**kept, "nap": asleep}
    awake = minutes["wake"] if row.get("type") == "stages" else row.get("minutesAwake")
    night = {"asleep": asleep, "bed": row.get("timeInBed"), "efficiency": row.get("efficiency"), "awake": awake}
    stages = {level: minutes[level] for level in ("deep", "light", "rem")} if row.get("type") == "stages" else {}
    return {**kept, **night, **stages, "restless": minutes["restless"]}


SLEEP = Layout(
    name="sleep logs",
    device="Fitbit",
    marks=("startTime",),
    fields=(
        Field("asleep", "sleep_minutes", "min", "sum"),
        Field("bed", "in_bed_minutes", "min", "sum"),
        Field("deep", "sleep_deep_minutes", "min", "sum"),
        Field("light", "sleep_light_minutes", "min", "sum"),
        Field("rem", "sleep_rem_minutes", "min", "sum"),
        Field("awake", "sleep_awake_minutes", "min", "sum"),
        Field("restless", "sleep_restless_minutes", "min", "sum"),
        Field("efficiency", "sleep_efficiency", "%", scored=True),
        Field("nap", "nap_minutes", "min", "sum"),
    ),
    spans={"row": Span("startTime", "endTime", night=True)},
)


def _counter(file: str, variable: str, unit: str, scale: float = 1.0, rule: Rule = "sum") -> Document:
    layout = Layout(
        name=file, device="Fitbit", marks=("dateTime",), fields=(Field("value", variable, unit, rule, scale),),
        spans={"row": Span("dateTime", utc=True)}, order="month_first",
    )  # fmt: skip
    return Document(("dateTime", "value"), layout, rf"{file}-\d")


def _daily(file: str, variable: str) -> Document:
    document = _counter(file, variable, "min")
    return document._replace(layout=document.layout._replace(spans={"row": Span("dateTime")}))


HEART = Layout(
    name="heart rate",
    device="Fitbit",
    marks=("dateTime",),
    fields=(Field("value.bpm", "heart_rate", "count/min", missing=(0.0,)),),
    spans={"row": Span("dateTime", utc=True)},
    order="month_first",
)
RESTING = HEART._replace(
    name="resting heart rate",
    fields=(Field("value.value", "resting_heart_rate", "count/min", missing=(0.0,)),),
    spans={"row": Span("dateTime")},
)
WEIGHT = Layout(
    name="weight",
    device="Fitbit",
    marks=("date",),
    fields=(
        Field("weight", "weight", None),
        Field("fat", "body_fat", "%"),
        Field("bmi", "bmi", None, scored=True),
    ),
    spans={"row": Span("date + time")},
    order="month_first",
)


class Fitbit(VendorDocuments):
    """Takeout's JSON files, and the `sleep` answers of the API."""

    def __init__(self) -> None:
        super().__init__(
            "fitbit",
            (
                Document(("dateOfSleep", "startTime", "endTime", "minutesAsleep"), SLEEP, objects=_sleeps),
                Document(("dateTime", "value", "bpm"), HEART, r"heart_rate-\d"),
                Document(("dateTime", "value", "error"), RESTING, r"resting_heart_rate-\d"),
                Document(("logId", "weight", "date", "time"), WEIGHT, r"weight-\d"),
                _counter("steps", "steps", "count"),
                _counter("distance", "distance", "km", 1e-5),
                _counter("calories", "energy", "kcal"),
                _counter("altitude", "elevation", "m", 0.01),
                _daily("very_active_minutes", "very_active_minutes"),
                _daily("moderately_active_minutes", "fairly_active_minutes"),
                _daily("lightly_active_minutes", "lightly_active_minutes"),
                _daily("sedentary_minutes", "sedentary_minutes"),
            ),
        )


class FitbitTables(VendorTables):
    """Takeout's CSV summaries of heart-rate variability, oxygen, breathing and temperature."""

    def __init__(self) -> None:
        day = {"row": Span("timestamp")}
        super().__init__(
            "fitbit_summaries",
            (
                Layout("hrv", "Fitbit", ("timestamp", "rmssd", "nremhr", "entropy"), (
                    Field("rmssd", "hrv_rmssd", "ms"), Field("nremhr", "sleep_heart_rate", "count/min"),
                    Field("entropy", "hrv_entropy", None, scored=True)), day),
                Layout("oxygen", "Fitbit", ("timestamp", "average_value", "lower_bound", "upper_bound"), (
                    Field("average_value", "spo2", "%"), Field("lower_bound", "spo2_lower", "%"),
                    Field("upper_bound", "spo2_upper", "%")), day),
                Layout("breathing", "Fitbit", ("timestamp", "daily_respiratory_rate"), (
                    Field("daily_respiratory_rate", "respiratory_rate", "count/min"),), day),
                Layout("temperature", "Fitbit", ("sleep_start", "sleep_end", "nightly_temperature"), (
                    Field("nightly_temperature", "skin_temperature", "degC"),),
                    {"row": Span("sleep_start", "sleep_end", night=True)}),
            ),
        )  # fmt: skip
