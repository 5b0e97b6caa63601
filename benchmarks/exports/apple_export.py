"""A seeded Apple Health `export.xml` of any size, true to the format and to its quirks.

Quirks: two devices that count the same steps, offsets that change with daylight saving and travel, escaped device
names, metadata children, beat lists inside heart-rate variability, blood pressure both inside a correlation and on
its own, a unit that changes in mid-series, sleep stages across midnight from a watch beside time in bed from a phone,
naps, workouts with statistics, activity summaries.

Usage: `python -m benchmarks.exports.apple_export FILE.xml --megabytes 2000 --seed 1`
"""

import argparse
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from benchmarks.exports.apple_prologue import EPILOGUE, PROLOGUE

_ZONE = "Europe/Zurich"
_TRAVEL = "America/New_York"
_FIRST = datetime(2016, 1, 1)
_BYTES_PER_DAY = 640_000
WATCH = "Ana’s Apple\u00a0Watch"
PHONE = "Ana &amp; Co iPhone"


class Kind(NamedTuple):
    """Records of one type: how many a day, from which device, with which values, with or without metadata."""

    name: str
    unit: str
    per_day: int
    source: str
    seconds: int
    low: float
    high: float
    digits: int
    metadata: bool = False
    device: bool = False


KINDS = (
    Kind("HKQuantityTypeIdentifierHeartRate", "count/min", 700, WATCH, 0, 45, 150, 0, metadata=True, device=True),
    Kind("HKQuantityTypeIdentifierStepCount", "count", 70, PHONE, 300, 1, 400, 0),
    Kind("HKQuantityTypeIdentifierStepCount", "count", 110, WATCH, 240, 1, 400, 0),
    Kind("HKQuantityTypeIdentifierActiveEnergyBurned", "kcal", 800, WATCH, 60, 0.05, 9, 3),
    Kind("HKQuantityTypeIdentifierBasalEnergyBurned", "kcal", 220, WATCH, 300, 5, 9, 3),
    Kind("HKQuantityTypeIdentifierDistanceWalkingRunning", "km", 180, PHONE, 300, 0.001, 0.4, 5),
    Kind("HKQuantityTypeIdentifierEnvironmentalAudioExposure", "dBASPL", 40, WATCH, 1800, 35, 90, 4),
    Kind("HKQuantityTypeIdentifierRespiratoryRate", "count/min", 25, WATCH, 0, 11, 19, 1),
    Kind("HKQuantityTypeIdentifierOxygenSaturation", "%", 20, WATCH, 0, 0.92, 1, 2, metadata=True, device=True),
    Kind("HKQuantityTypeIdentifierRestingHeartRate", "count/min", 1, WATCH, 0, 50, 62, 0),
)


def write_export(path: Path, megabytes: float, seed: int, tell: Callable[[str], None] = lambda _: None) -> int:
    """Write the file; returns the number of top-level records."""
    days = max(14, round(megabytes * 1e6 / _BYTES_PER_DAY))
    rng = np.random.default_rng(seed)
    records = 0
    with path.open("wb") as sink:
        sink.write(PROLOGUE.encode())
        for number, kind in enumerate(KINDS):
            for first in range(0, days, 400):
                text, count = _records(kind, first, min(400, days - first), rng)
                sink.write(text.encode())
                records += count
            tell(f"{kind.name} ({number + 1} of {len(KINDS)})")
        for text, count in _others(days, rng):
            sink.write(text.encode())
            records += count
        sink.write(EPILOGUE.encode())
    return records


def _stamp(column: str) -> pl.Expr:
    """Wall clock and offset; days 200 to 214 of every 365 are spent elsewhere."""
    instant = pl.col(column).dt.replace_time_zone("UTC")
    away = pl.col("day") % 365 >= 200
    away &= pl.col("day") % 365 < 215
    form = "%Y-%m-%d %H:%M:%S %z"
    there, here = instant.dt.convert_time_zone(_TRAVEL), instant.dt.convert_time_zone(_ZONE)
    return pl.when(away).then(there.dt.strftime(form)).otherwise(here.dt.strftime(form))


def _device(source: str) -> str:
    model = "Watch" if source == WATCH else "iPhone"
    return (
        f"&lt;&lt;HKDevice: 0x28{len(source):02x}3c1b840&gt;, name:Apple {model}, manufacturer:Apple Inc., "
        f"model:{model}, hardware:{model}6,2, software:9.1&gt;"
    )


def _records(kind: Kind, first: int, days: int, rng: np.random.Generator) -> tuple[str, int]:
    count = kind.per_day * days
    day = np.repeat(np.arange(first, first + days), kind.per_day)
    second = np.sort(rng.integers(6 * 3600, 22 * 3600, (days, kind.per_day)), axis=1).reshape(-1)
    value = np.round(rng.uniform(kind.low, kind.high, count), kind.digits)
    worn = rng.random(first + days)[day] > 0.03
    frame = pl.DataFrame({"day": day, "second": second, "value": value.astype(int) if not kind.digits else value})
    frame = frame.filter(pl.Series(worn)).with_columns(
        start=pl.lit(_FIRST).cast(pl.Datetime("us")) + pl.duration(days="day", seconds="second")
    )
    frame = frame.with_columns(end=pl.col("start") + pl.duration(seconds=kind.seconds))
    device = f' device="{_device(kind.source)}"' if kind.device else ""
    head = (
        f' <Record type="{kind.name}" sourceName="{kind.source}" sourceVersion="9.{{}}"{device} '
        f'unit="{kind.unit}" creationDate="{{}}" startDate="{{}}" endDate="{{}}" value="{{}}"'
    )
    tail = "/>\n"
    if kind.metadata:
        tail = '>\n  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="0"/>\n </Record>\n'
    start = _stamp("start")
    version = (pl.col("day") // 180).cast(pl.String)
    lines = frame.select(line=pl.format(head + tail, version, _stamp("end"), start, _stamp("end"), "value"))["line"]
    return "".join(lines.to_list()), len(lines)


def _text(moment: datetime, offset: str = "+0100") -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} {offset}"


def _record(
    name: str, source: str, start: datetime, end: datetime, value: str, unit: str = "", indent: str = " "
) -> str:
    units = f' unit="{unit}"' if unit else ""
    return (
        f'{indent}<Record type="{name}" sourceName="{source}" sourceVersion="9.1"{units} creationDate="{_text(end)}" '
        f'startDate="{_text(start)}" endDate="{_text(end)}" value="{value}"/>\n'
    )


def _others(days: int, rng: np.random.Generator) -> Iterator[tuple[str, int]]:
    for day in range(days):
        midnight = _FIRST + timedelta(days=day)
        yield _night(midnight, rng)
        yield _variability(midnight, rng)
        if day % 7 == 0:
            yield _weight(midnight, day, rng)
            yield _pressure(midnight, rng)
        if day % 3 == 0:
            yield _workout(midnight, rng), 0
        yield _summary(midnight, rng), 0


def _night(midnight: datetime, rng: np.random.Generator) -> tuple[str, int]:
    name = "HKCategoryTypeIdentifierSleepAnalysis"
    at = begun = midnight - timedelta(minutes=int(rng.integers(20, 90)))
    lines = []
    for cycle in range(5):
        for stage, low, high in (("AsleepCore", 30, 60), ("AsleepDeep", 5, 30), ("AsleepREM", 5, 35), ("Awake", 1, 6)):
            end = at + timedelta(minutes=int(rng.integers(low, high)))
            lines.append(_record(name, WATCH, at, end, f"HKCategoryValueSleepAnalysis{stage}"))
            at = end
        if cycle == 4 and rng.random() < 0.1:
            nap = midnight + timedelta(hours=14)
            lines.append(
                _record(name, WATCH, nap, nap + timedelta(minutes=40), "HKCategoryValueSleepAnalysisAsleepCore")
            )
    lines.append(_record(name, PHONE, begun, at, "HKCategoryValueSleepAnalysisInBed"))
    return "".join(lines), len(lines)


def _variability(midnight: datetime, rng: np.random.Generator) -> tuple[str, int]:
    at = midnight + timedelta(hours=3)
    beats = "".join(
        f'   <InstantaneousBeatsPerMinute bpm="{bpm}" time="3:{n:02d}:00.00 AM"/>\n'
        for n, bpm in enumerate(rng.integers(48, 66, 20))
    )
    record = _record(
        "HKQuantityTypeIdentifierHeartRateVariabilitySDNN", WATCH, at, at, f"{rng.uniform(20, 90):.4f}", "ms"
    )
    inside = f"  <HeartRateVariabilityMetadataList>\n{beats}  </HeartRateVariabilityMetadataList>\n </Record>\n"
    return record.replace("/>\n", ">\n") + inside, 1


def _weight(midnight: datetime, day: int, rng: np.random.Generator) -> tuple[str, int]:
    at, kilograms = midnight + timedelta(hours=7), 70 + rng.normal()
    value, unit = (f"{kilograms * 2.2046226218:.3f}", "lb") if day < 180 else (f"{kilograms:.3f}", "kg")
    return _record("HKQuantityTypeIdentifierBodyMass", "Scale", at, at, value, unit), 1


def _pressure(midnight: datetime, rng: np.random.Generator) -> tuple[str, int]:
    at = midnight + timedelta(hours=8)
    parts = [
        _record(f"HKQuantityTypeIdentifierBloodPressure{name}", "Cuff", at, at, str(rng.integers(*span)), "mmHg")
        for name, span in (("Systolic", (105, 140)), ("Diastolic", (65, 90)))
    ]
    inner = "".join(f" {part}" for part in parts)
    head = (
        f' <Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" sourceVersion="1" '
        f'creationDate="{_text(at)}" startDate="{_text(at)}" endDate="{_text(at)}">\n'
    )
    return "".join(parts) + head + inner + " </Correlation>\n", 2


def _workout(midnight: datetime, rng: np.random.Generator) -> str:
    at, minutes = midnight + timedelta(hours=18), float(rng.uniform(15, 70))
    end = at + timedelta(minutes=minutes)
    return (
        f' <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="{minutes:.6f}" durationUnit="min" '
        f'sourceName="{WATCH}" sourceVersion="9.1" creationDate="{_text(end)}" startDate="{_text(at)}" '
        f'endDate="{_text(end)}">\n  <MetadataEntry key="HKIndoorWorkout" value="0"/>\n'
        f'  <WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" startDate="{_text(at)}" '
        f'endDate="{_text(end)}" sum="{minutes * 9:.2f}" unit="kcal"/>\n </Workout>\n'
    )


def _summary(midnight: datetime, rng: np.random.Generator) -> str:
    return (
        f' <ActivitySummary dateComponents="{midnight:%Y-%m-%d}" activeEnergyBurned="{rng.uniform(200, 900):.3f}" '
        f'activeEnergyBurnedGoal="500" activeEnergyBurnedUnit="kcal" appleMoveTime="0" appleMoveTimeGoal="0" '
        f'appleExerciseTime="{rng.integers(0, 90)}" appleExerciseTimeGoal="30" '
        f'appleStandHours="{rng.integers(4, 16)}" appleStandHoursGoal="12"/>\n'
    )


def main() -> None:
    """Write one export."""
    parser = argparse.ArgumentParser(description="Write a synthetic Apple Health export.xml.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--megabytes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    records = write_export(given.file, given.megabytes, given.seed, print)
    print(f"{records} records, {given.file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
