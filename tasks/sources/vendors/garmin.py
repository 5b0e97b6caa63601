"""Garmin Connect: answers of the web service and files of the account export, as JSON.

Sleep and minute series carry their time in UTC and on the local clock, whose distance is the offset; daily summaries
carry a date. A night belongs to the day of waking. Negative stress and body-battery values mean `not measured`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks.sources.described.documents import objects_of
from tasks.sources.described.json_tables import Document, VendorDocuments
from tasks.sources.described.layout import Field, Layout, Span

_MIN = 1 / 60
_DEVICE = "Garmin"
_DATED = {"row": Span("calendarDate")}
_SLEEP_FIELDS = (
    Field("sleepTimeSeconds", "sleep_minutes", "min", "sum", _MIN),
    Field("deepSleepSeconds", "sleep_deep_minutes", "min", "sum", _MIN),
    Field("lightSleepSeconds", "sleep_light_minutes", "min", "sum", _MIN),
    Field("remSleepSeconds", "sleep_rem_minutes", "min", "sum", _MIN),
    Field("awakeSleepSeconds", "sleep_awake_minutes", "min", "sum", _MIN),
    Field("napTimeSeconds", "nap_minutes", "min", "sum", _MIN),
    Field("averageSpO2Value", "spo2", "%"),
    Field("averageRespirationValue", "respiratory_rate", "count/min"),
    Field("avgSleepStress", "sleep_stress", "points", scored=True),
    Field("sleepScores.overall.value", "sleep_score", "points", scored=True),
)
SLEEP = Layout("sleep", _DEVICE, ("begin",), _SLEEP_FIELDS, {"row": Span("begin", "finish", night=True)})
SUMMARY = Layout(
    "daily summary",
    _DEVICE,
    ("calendarDate",),
    (
        Field("totalSteps", "steps", "count", "sum"),
        Field("totalDistanceMeters", "distance", "km", "sum", 0.001),
        Field("totalKilocalories", "energy", "kcal", "sum"),
        Field("activeKilocalories", "active_energy", "kcal", "sum"),
        Field("floorsAscended", "floors", "count", "sum"),
        Field("moderateIntensityMinutes", "fairly_active_minutes", "min", "sum"),
        Field("vigorousIntensityMinutes", "very_active_minutes", "min", "sum"),
        Field("sedentarySeconds", "sedentary_minutes", "min", "sum", _MIN),
        Field("restingHeartRate", "resting_heart_rate", "count/min", missing=(0.0,)),
        Field("minHeartRate", "min_heart_rate", "count/min", "min", missing=(0.0,)),
        Field("maxHeartRate", "max_heart_rate", "count/min", "max", missing=(0.0,)),
        Field("averageStressLevel", "stress", "points", scored=True, missing=(-1.0, -2.0)),
        Field("bodyBatteryHighestValue", "body_battery_highest", "points", "max", scored=True),
        Field("bodyBatteryLowestValue", "body_battery_lowest", "points", "min", scored=True),
    ),
    _DATED,
)
STEPS = Layout(
    "daily steps",
    _DEVICE,
    ("calendarDate",),
    (Field("totalSteps", "steps", "count", "sum"), Field("totalDistance", "distance", "km", "sum", 0.001)),
    _DATED,
)
STRESS = Layout(
    "daily stress",
    _DEVICE,
    ("calendarDate",),
    (
        Field("values.overallStressLevel", "stress", "points", scored=True, missing=(-1.0, -2.0)),
        Field("values.restStressDuration", "rest_minutes", "min", "sum", _MIN, scored=True),
        Field("values.highStressDuration", "stress_high_minutes", "min", "sum", _MIN, scored=True),
        Field("values.mediumStressDuration", "stress_medium_minutes", "min", "sum", _MIN, scored=True),
        Field("values.lowStressDuration", "stress_low_minutes", "min", "sum", _MIN, scored=True),
    ),
    _DATED,
)
HRV = Layout(
    "heart-rate variability",
    _DEVICE,
    ("calendarDate",),
    (
        Field("lastNightAvg", "hrv_rmssd", "ms"),
        Field("lastNight5MinHigh", "hrv_5min_high", "ms", "max"),
        Field("weeklyAvg", "hrv_weekly", "ms", scored=True),
    ),
    _DATED,
)
READINESS = Layout(
    "training readiness",
    _DEVICE,
    ("timestampLocal",),
    (
        Field("score", "training_readiness", "points", "first", scored=True),
        Field("recoveryTime", "recovery_hours", "h", "first", _MIN, scored=True),
        Field("acuteLoad", "acute_load", None, "last", scored=True),
    ),
    {"row": Span("timestampLocal")},
)


def _series(name: str, variable: str, unit: str, *, scored: bool = False) -> Layout:
    field = Field("value", variable, unit, scored=scored, missing=(-1.0, -2.0) if scored else (0.0,))
    return Layout(name, _DEVICE, ("moment",), (field,), {"row": Span("moment")})


def _written(moment: object) -> datetime | None:
    """Milliseconds since 1970 or ISO text."""
    try:
        if isinstance(moment, int | float):
            return datetime.fromtimestamp(moment / 1000, UTC).replace(tzinfo=None)
        return datetime.fromisoformat(str(moment).removesuffix("Z").split(".")[0])
    except (ValueError, OverflowError, OSError):
        return None


def _with_offset(utc: object, local: object) -> str | None:
    """The local clock with its offset, from both clocks; UTC when only that is known."""
    there, here = _written(utc), _written(local)
    if there is None:
        return None if here is None else here.isoformat()
    shift = (here - there) if here is not None else timedelta(0)
    minutes = round(shift.total_seconds() / 900) * 15
    sign = "-" if minutes < 0 else "+"
    return f"{(there + shift).isoformat()}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _sleeps(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a parsed document
    rows = [row.get("dailySleepDTO", row) for row in objects_of(document)]
    made = []
    for row in (r for r in rows if isinstance(r, Mapping)):
        begin = _with_offset(row.get("sleepStartTimestampGMT"), row.get("sleepStartTimestampLocal"))
        finish = _with_offset(row.get("sleepEndTimestampGMT"), row.get("sleepEndTimestampLocal"))
        total = row.get("sleepTimeSeconds")
        stages = [row.get(f"{stage}SleepSeconds") for stage in ("deep", "light", "rem")]
        total = sum(filter(None, stages)) if total is None and any(stages) else total
        if begin is not None and finish is not None:
            made.append({**row, "begin": begin, "finish": finish, "sleepTimeSeconds": total})
    return made


def _moments(key: str, at: int = 1) -> Any:  # noqa: ANN401 - a function of a parsed document
    def rows(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
        return [row for day in objects_of(document) for row in _of_day(day, key, at)]

    return rows


def _of_day(day: Mapping[str, Any], key: str, at: int) -> Iterator[Mapping[str, Any]]:
    begin, local = _written(day.get("startTimestampGMT")), _written(day.get("startTimestampLocal"))
    shift = (local - begin) if begin is not None and local is not None else timedelta(0)
    values = day.get(key)
    for entry in values if isinstance(values, list) else []:
        utc = _written(entry[0]) if isinstance(entry, list) and len(entry) > at else None
        if utc is not None:
            yield {"moment": _with_offset(utc.isoformat(), (utc + shift).isoformat()), "value": entry[at]}


def _readings(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
    return [
        {"moment": _with_offset(r.get("readingTimeGMT"), r.get("readingTimeLocal")), "value": r.get("hrvValue")}
        for night in objects_of(document)
        for r in objects_of(night.get("hrvReadings", []))
    ]


def _nights(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
    rows = objects_of(document)
    listed = [inner for row in rows for inner in objects_of(row.get("hrvSummaries", []))]
    single = [row["hrvSummary"] for row in rows if isinstance(row.get("hrvSummary"), Mapping)]
    return [*listed, *single]


_DAILY = r"(?!.*weekly)"


class Garmin(VendorDocuments):
    """JSON of Garmin Connect."""

    def __init__(self) -> None:
        score = Layout("sleep score", _DEVICE, ("calendarDate",), (
            Field("value", "sleep_score", "points", scored=True),), _DATED)  # fmt: skip
        super().__init__(
            "garmin",
            (
                Document(("sleepStartTimestampGMT", "sleepEndTimestampGMT"), SLEEP, objects=_sleeps),
                Document(("calendarDate", "totalSteps", "restingHeartRate", "totalKilocalories"), SUMMARY, _DAILY),
                Document(("calendarDate", "totalSteps", "totalDistance", "stepGoal"), STEPS, _DAILY),
                Document(("calendarDate", "values", "overallStressLevel"), STRESS, _DAILY),
                Document(("lastNightAvg", "calendarDate"), HRV, objects=_nights),
                Document(("calendarDate", "timestampLocal", "score", "recoveryTime"), READINESS),
                Document(("calendarDate", "value"), score, r"(?!.*weekly).*sleep"),
                Document(("heartRateValues",), _series("heart rate", "heart_rate", "count/min"),
                         objects=_moments("heartRateValues")),
                Document(("stressValuesArray",), _series("stress", "stress_level", "points", scored=True),
                         objects=_moments("stressValuesArray")),
                Document(("bodyBatteryValuesArray",), _series("body battery", "body_battery", "points", scored=True),
                         objects=_moments("bodyBatteryValuesArray", 2)),
                Document(("hrvReadings",), _series("night's variability", "hrv_5min", "ms"), objects=_readings),
            ),
        )  # fmt: skip
