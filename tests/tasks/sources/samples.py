# ruff: noqa: E501 - lines as the vendors write them
"""One small file per adapter, as its vendor writes it, with a reading that must come out of it."""

import io
from datetime import datetime
from typing import NamedTuple

import polars as pl

from tests.tasks.sources import vendor_samples as v
from tests.tasks.sources.fitfile import MONITORING, SLEEP
from tests.tasks.sources.workbook import diary, sheet, workbook

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


def _sample(adapter, name, text, variable, local, value, unit, offset=None):
    return Sample(adapter, name, text.encode(), variable, local, value, unit, offset)


SAMPLES = (
    _sample("delimited", "a.csv", TABLE.write_csv(), "x", datetime(2024, 1, 3), 4.0, None),
    Sample("xlsx", "a.xlsx", workbook({"S": sheet(diary())}), "y", datetime(2024, 1, 2), 1.5, None, None),
    Sample("parquet", "a.parquet", _parquet(), "y", datetime(2024, 1, 2), 4.0, None, None),
    _sample("jsonlines", "a.jsonl", TABLE.write_ndjson(), "x", datetime(2024, 1, 1), 1.5, None),
    _sample("apple_health", "export.xml", APPLE, "steps", datetime(2024, 3, 1, 10, 27, 54), 329, "count", 60),
    _sample("apple_health", "export.xml", APPLE, "spo2", datetime(2024, 3, 2, 3), 97, "%", 60),
    _sample("apple_health", "export.xml", APPLE, "sleep_minutes", datetime(2024, 3, 1, 23, 30), 420, "min", 60),
    _sample("whoop", "cycles.csv", v.WHOOP_CYCLES, "hrv_rmssd", datetime(2024, 11, 4, 23, 40, 13), 65, "ms", -300),
    _sample("whoop", "cycles.csv", v.WHOOP_CYCLES, "strain", datetime(2024, 11, 1, 21), 4.1, None, -240),
    _sample(
        "whoop",
        "journal_entries.csv",
        v.WHOOP_JOURNAL,
        "Have any alcoholic drinks?",
        datetime(2024, 11, 5, 7, 40, 13),
        1,
        None,
        -300,
    ),
    _sample("daylio", "daylio.csv", v.DAYLIO, "mood", datetime(2024, 5, 31, 8, 2), 1, "points"),
    _sample("daylio", "daylio.csv", v.DAYLIO, "walk", datetime(2024, 5, 30, 13, 8), 1, None),
    _sample("daylio", "daylio.csv", v.DAYLIO, "nap", datetime(2024, 5, 31, 8, 2), 0, None),
    _sample("fitabase", "dailyActivity_merged.csv", v.FITABASE, "steps", datetime(2016, 4, 3), 10735, "count"),
    _sample(
        "fitbit", "sleep-2024-03-01.json", v.FITBIT_SLEEP, "sleep_minutes", datetime(2024, 3, 1, 23, 30), 400, "min"
    ),
    _sample("fitbit", "sleep-2024-03-01.json", v.FITBIT_SLEEP, "nap_minutes", datetime(2024, 3, 2, 14), 52, "min"),
    _sample(
        "fitbit",
        "heart_rate-2024-03-01.json",
        v.FITBIT_HEART,
        "heart_rate",
        datetime(2024, 3, 1, 5, 0, 8),
        61,
        "count/min",
        0,
    ),
    _sample("fitbit", "steps-2024-03-01.json", v.FITBIT_STEPS, "steps", datetime(2024, 3, 1, 5, 1), 24, "count", 0),
    _sample("fitbit_summaries", "hrv.csv", v.FITBIT_HRV, "hrv_rmssd", datetime(2024, 3, 2), 36.8, "ms"),
    _sample("garmin", "sleep.json", v.GARMIN_SLEEP, "sleep_minutes", datetime(2021, 7, 20, 0, 20), 429, "min", -300),
    _sample("garmin", "heart.json", v.GARMIN_HEART, "heart_rate", datetime(2026, 1, 7), 63, "count/min", -360),
    Sample("fit", "monitoring.fit", MONITORING, "steps", datetime(2024, 3, 1, 9), 600, "count", -300),
    Sample("fit", "monitoring.fit", MONITORING, "heart_rate", datetime(2024, 3, 1, 10, 1), 72, "count/min", -300),
    Sample("fit", "sleep.fit", SLEEP, "sleep_minutes", datetime(2024, 3, 1, 23), 225, "min", -300),
    Sample("fit", "sleep.fit", SLEEP, "hrv_rmssd", datetime(2024, 3, 2, 3, 5), 41, "ms", -300),
    _sample("oura", "sleep.json", v.OURA_SLEEP, "sleep_deep_minutes", datetime(2024, 3, 1, 23, 10), 90, "min", 60),
    _sample("oura", "sleep.json", v.OURA_SLEEP, "nap_minutes", datetime(2024, 3, 2, 13), 30, "min", 60),
    _sample("oura_trends", "trends.csv", v.OURA_TRENDS, "sleep_minutes", datetime(2024, 3, 1), 420, "min"),
    _sample("cgm", "clarity.csv", v.DEXCOM, "glucose", datetime(2024, 5, 1, 0, 1, 47), 165, "mg/dL"),
    _sample("cgm", "clarity.csv", v.DEXCOM, "insulin", datetime(2024, 5, 1, 12, 5), 4.5, "U"),
    _sample("cgm", "libre.csv", v.LIBRE, "glucose", datetime(2024, 5, 14, 14, 30), 5.5 * 18.01559, "mg/dL"),
    _sample("cgm", "iglu.csv", v.IGLU, "glucose", datetime(2015, 6, 6, 21, 50, 27), 153, "mg/dL"),
    _sample("withings", "sleep.csv", v.WITHINGS_SLEEP, "sleep_rem_minutes", datetime(2024, 3, 1, 23, 5), 90, "min", 60),
    _sample("withings", "aggregates_steps.csv", v.WITHINGS_STEPS, "steps", datetime(2024, 3, 2), 10001, "count"),
    _sample("sleep_cycle", "sleepdata.csv", v.SLEEP_CYCLE, "sleep_quality", datetime(2024, 3, 1, 23, 15), 84, "%"),
    _sample("sleep_cycle", "sleepdata.csv", v.SLEEP_CYCLE, "Drank coffee", datetime(2024, 3, 2, 23, 45), 0, None),
    _sample(
        "sleep_cycle", "sleepdata.csv", v.SLEEP_CYCLE_NEW, "sleep_minutes", datetime(2024, 3, 1, 23, 15), 420, "min"
    ),
    _sample("google_fit", "Daily activity metrics.csv", v.GOOGLE_FIT, "distance", datetime(2024, 3, 1), 5.2, "km"),
)
