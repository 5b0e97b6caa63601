"""Oura: answers of the API v2 as JSON, and the CSV that the account page exports.

The API writes durations in seconds. Scores and contributors are the vendor's; they are no measurements.
"""

from collections.abc import Mapping
from typing import Any

from tasks.sources.described.documents import objects_of
from tasks.sources.described.json_tables import Document, VendorDocuments
from tasks.sources.described.layout import Field, Layout, Span
from tasks.sources.described.tables import VendorTables

_MIN = 1 / 60
_NIGHT = {"row": Span("bedtime_start", "bedtime_end", night=True)}
_DAY = {"row": Span("day")}
SLEEP = Layout(
    name="sleep periods",
    device="Oura",
    marks=("bedtime_start",),
    fields=(
        Field("total_sleep_duration", "sleep_minutes", "min", "sum", _MIN),
        Field("time_in_bed", "in_bed_minutes", "min", "sum", _MIN),
        Field("deep_sleep_duration", "sleep_deep_minutes", "min", "sum", _MIN),
        Field("light_sleep_duration", "sleep_light_minutes", "min", "sum", _MIN),
        Field("rem_sleep_duration", "sleep_rem_minutes", "min", "sum", _MIN),
        Field("awake_time", "sleep_awake_minutes", "min", "sum", _MIN),
        Field("nap", "nap_minutes", "min", "sum", _MIN),
        Field("latency", "sleep_latency_minutes", "min", "first", _MIN),
        Field("efficiency", "sleep_efficiency", "%", scored=True),
        Field("average_heart_rate", "sleep_heart_rate", "count/min"),
        Field("lowest_heart_rate", "resting_heart_rate", "count/min", "min"),
        Field("average_hrv", "hrv_rmssd", "ms"),
        Field("average_breath", "respiratory_rate", "count/min"),
        Field("restless_periods", "restless_periods", "count", "sum"),
    ),
    spans=_NIGHT,
)


def _sleeps(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a parsed document
    """Long sleeps as they are, any other kind as a nap; what the person deleted does not count."""
    rows = [row for row in objects_of(document) if row.get("type") not in ("deleted", "rest")]
    return [row if row.get("type", "long_sleep") == "long_sleep" else _nap(row) for row in rows]


def _nap(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "bedtime_start": row.get("bedtime_start"),
        "bedtime_end": row.get("bedtime_end"),
        "nap": row.get("total_sleep_duration"),
    }


def _scores(name: str, variable: str, *more: Field) -> Layout:
    return Layout(name, "Oura", ("day",), (Field("score", variable, "points", scored=True), *more), _DAY)


ACTIVITY = _scores(
    "daily activity", "activity_score",
    Field("steps", "steps", "count", "sum"),
    Field("active_calories", "active_energy", "kcal", "sum"),
    Field("total_calories", "energy", "kcal", "sum"),
    Field("equivalent_walking_distance", "distance", "km", "sum", 0.001),
    Field("high_activity_time", "very_active_minutes", "min", "sum", _MIN),
    Field("medium_activity_time", "fairly_active_minutes", "min", "sum", _MIN),
    Field("low_activity_time", "lightly_active_minutes", "min", "sum", _MIN),
    Field("sedentary_time", "sedentary_minutes", "min", "sum", _MIN),
    Field("non_wear_time", "not_worn_minutes", "min", "sum", _MIN),
)  # fmt: skip
READINESS = _scores(
    "daily readiness", "readiness_score",
    Field("temperature_deviation", "skin_temperature_deviation", "degC"),
)  # fmt: skip
TAGS = Layout(
    name="tags",
    device="Oura",
    marks=("start_time",),
    fields=(Field("one", "{tag_type_code}", None, "any"),),
    spans={"row": Span("start_time|timestamp|start_day|day", "end_time")},
)


def _tags(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
    rows = objects_of(document)
    return [
        {**row, "one": 1, "tag_type_code": str(row.get("custom_name") or row.get("tag_type_code") or "tag")}
        for row in rows
    ]


class Oura(VendorDocuments):
    """The API's answers, one kind per file."""

    def __init__(self) -> None:
        heart = Layout(
            "heart rate", "Oura", ("bpm",), (Field("bpm", "heart_rate", "count/min"),), {"row": Span("timestamp")}
        )
        oxygen = Layout(
            "oxygen", "Oura", ("day",), (Field("spo2_percentage.average", "spo2", "%", missing=(0.0,)),), _DAY
        )
        stress = Layout("stress", "Oura", ("day",), (
            Field("stress_high", "stress_high_minutes", "min", "sum", _MIN, scored=True),
            Field("recovery_high", "recovery_high_minutes", "min", "sum", _MIN, scored=True)), _DAY)  # fmt: skip
        super().__init__(
            "oura",
            (
                Document(("bedtime_start", "bedtime_end", "total_sleep_duration"), SLEEP, objects=_sleeps),
                Document(("day", "score", "equivalent_walking_distance"), ACTIVITY),
                Document(("day", "score", "contributors", "temperature_deviation"), READINESS),
                Document(("day", "score", "contributors", "deep_sleep"), _scores("daily sleep", "sleep_score")),
                Document(("bpm", "source", "timestamp"), heart),
                Document(("day", "spo2_percentage"), oxygen),
                Document(("day", "stress_high", "recovery_high"), stress),
                Document(("tag_type_code", "start_time"), TAGS, objects=_tags),
            ),
        )


class OuraTable(VendorTables):
    """`oura_…_trends.csv`: one row per day, that of waking for a night; durations in seconds."""

    def __init__(self) -> None:
        super().__init__(
            "oura_trends",
            (
                Layout("trends", "Oura", ("date", "Sleep Score", "Total Sleep Duration"), (
                    Field("Total Sleep Duration", "sleep_minutes", "min", "sum", _MIN),
                    Field("Time in Bed", "in_bed_minutes", "min", "sum", _MIN),
                    Field("REM Sleep Duration", "sleep_rem_minutes", "min", "sum", _MIN),
                    Field("Light Sleep Duration", "sleep_light_minutes", "min", "sum", _MIN),
                    Field("Deep Sleep Duration", "sleep_deep_minutes", "min", "sum", _MIN),
                    Field("Awake Time", "sleep_awake_minutes", "min", "sum", _MIN),
                    Field("Sleep Latency", "sleep_latency_minutes", "min", "first", _MIN),
                    Field("Sleep Efficiency", "sleep_efficiency", "%", scored=True),
                    Field("Average Resting Heart Rate", "sleep_heart_rate", "count/min", span="night"),
                    Field("Lowest Resting Heart Rate", "resting_heart_rate", "count/min", span="night"),
                    Field("Average HRV", "hrv_rmssd", "ms", span="night"),
                    Field("Temperature Deviation (°C)", "skin_temperature_deviation", "degC", span="night"),
                    Field("Respiratory Rate", "respiratory_rate", "count/min", span="night"),
                    Field("Sleep Score", "sleep_score", "points", scored=True),
                    Field("Readiness Score", "readiness_score", "points", scored=True, span="night"),
                    Field("Activity Score", "activity_score", "points", scored=True),
                    Field("Steps", "steps", "count", "sum"),
                    Field("Activity Burn", "active_energy", "kcal", "sum"),
                    Field("Total Burn", "energy", "kcal", "sum"),
                    Field("Non-wear Time", "not_worn_minutes", "min", "sum", _MIN)),
                    {"row": Span("date"), "night": Span("date", night=True)}),
            ),
        )  # fmt: skip
