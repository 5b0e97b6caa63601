"""Workouts and the daily activity summaries."""

from datetime import datetime

import polars as pl

from tasks.sources.adapter import READING_SCHEMA
from tasks.sources.apple.batch import Element
from tasks.sources.apple.vocabulary import snake

_FORM = "%Y-%m-%d %H:%M:%S %z"
_SUMMARY = {
    "activeEnergyBurned": ("summary_active_energy", "kcal"),
    "appleExerciseTime": ("summary_exercise_minutes", "min"),
    "appleStandHours": ("summary_stand_hours", "h"),
}
_MINUTES = {"min": 1.0, "s": 1 / 60, "sec": 1 / 60, "hr": 60.0, "h": 60.0}


def activities(elements: list[Element]) -> pl.DataFrame:
    """Readings: minutes of every workout, all together and per activity; the vendor's daily summaries by date."""
    rows = [row for number, element in enumerate(elements) for row in _rows(number, element)]
    return pl.DataFrame(rows, schema=READING_SCHEMA, orient="row")


def _rows(number: int, element: Element) -> list[tuple[object, ...]]:
    return _workout(number, element) if element.tag == "Workout" else _summary(number, element)


def _workout(number: int, element: Element) -> list[tuple[object, ...]]:
    given = element.attributes
    start, end = _moment(given.get("startDate")), _moment(given.get("endDate"))
    if start is None or end is None:
        return []
    spent = _number(given.get("duration"))
    minutes = (end - start).total_seconds() / 60
    if spent is not None and given.get("durationUnit", "min") in _MINUTES:
        minutes = spent * _MINUTES[given.get("durationUnit", "min")]
    kind = snake(given.get("workoutActivityType", "").removeprefix("HKWorkoutActivityType")) or "other"
    shift = start.utcoffset()
    offset = int(shift.total_seconds() // 60) if shift is not None else 0
    local, local_end = start.replace(tzinfo=None), (start + (end - start)).replace(tzinfo=None)
    return [
        (number, element.line, name, local, local_end, offset, False, minutes, None, "min", given.get("sourceName"))
        for name in ("workout_minutes", f"workout_{kind}_minutes")
    ]


def _summary(number: int, element: Element) -> list[tuple[object, ...]]:
    try:
        day = datetime.strptime(element.attributes.get("dateComponents", ""), "%Y-%m-%d")
    except ValueError:
        return []
    found = []
    for key, (name, unit) in _SUMMARY.items():
        value = _number(element.attributes.get(key))
        if value is not None:
            found.append((number, element.line, name, day, None, None, True, value, None, unit, "summary"))
    return found


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", _FORM)
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < 1e60 else None
