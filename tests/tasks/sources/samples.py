# ruff: noqa: E501 - lines as the vendors write them
"""One small file per adapter, as its vendor writes it, with a reading that must come out of it."""

import io
from datetime import datetime
from typing import NamedTuple

import polars as pl

TABLE = pl.DataFrame({"date": ["2024-01-01", "2024-01-02", "2024-01-03"], "x": [1.5, None, 4.0], "y": [2, 4, 8]})


class Sample(NamedTuple):
    """A file, and one reading of it: variable, local time, value, unit, offset in minutes."""

    adapter: str
    name: str
    content: bytes
    variable: str
    local: datetime
    value: float
    unit: str | None
    offset: int | None


def _parquet() -> bytes:
    sink = io.BytesIO()
    TABLE.write_parquet(sink)
    return sink.getvalue()


APPLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary)*)>
]>
<HealthData locale="en_GB">
 <ExportDate value="2024-04-15 07:27:26 +0100"/>
 <Record type="HKQuantityTypeIdentifierStepCount" sourceName="Ann&apos;s &amp; Bo" unit="count" creationDate="2024-03-01 07:08:47 +0100" startDate="2024-03-01 10:27:54 +0100" endDate="2024-03-01 10:29:54 +0100" value="329"/>
 <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" startDate="2024-03-01 10:00:00 +0100" endDate="2024-03-01 10:00:00 +0100" value="61.5">
  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="0"/>
 </Record>
 <Record type="HKQuantityTypeIdentifierOxygenSaturation" sourceName="Watch" unit="%" startDate="2024-03-02 03:00:00 +0100" endDate="2024-03-02 03:00:00 +0100" value="0.97"/>
 <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" startDate="2024-03-03 10:00:00 +0100" endDate="2024-03-03 10:00:00 +0100" value="70"/>
 <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Watch" startDate="2024-03-01 23:30:00 +0100" endDate="2024-03-02 03:30:00 +0100" value="HKCategoryValueSleepAnalysisAsleepCore"/>
 <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Watch" startDate="2024-03-02 03:30:00 +0100" endDate="2024-03-02 06:30:00 +0100" value="HKCategoryValueSleepAnalysisAsleepREM"/>
 <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30.5" durationUnit="min" sourceName="Watch" startDate="2024-03-02 18:00:00 +0100" endDate="2024-03-02 18:30:30 +0100"/>
 <ActivitySummary dateComponents="2024-03-02" activeEnergyBurned="700.5" activeEnergyBurnedUnit="kcal" appleExerciseTime="30" appleStandHours="12"/>
</HealthData>
"""

SAMPLES = (
    Sample("delimited", "a.csv", TABLE.write_csv().encode(), "x", datetime(2024, 1, 3), 4.0, None, None),
    Sample("parquet", "a.parquet", _parquet(), "y", datetime(2024, 1, 2), 4.0, None, None),
    Sample("jsonlines", "a.jsonl", TABLE.write_ndjson().encode(), "x", datetime(2024, 1, 1), 1.5, None, None),
    Sample("apple_health", "export.xml", APPLE.encode(), "steps", datetime(2024, 3, 1, 10, 27, 54), 329, "count", 60),
    Sample("apple_health", "export.xml", APPLE.encode(), "spo2", datetime(2024, 3, 2, 3), 97, "%", 60),
    Sample("apple_health", "export.xml", APPLE.encode(), "sleep_minutes", datetime(2024, 3, 1, 23, 30), 420, "min", 60),
)
