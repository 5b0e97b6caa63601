"""Which day a reading belongs to: nights, clock changes, travel, devices that take over."""

from datetime import datetime, timedelta

import pytest

from tasks.sources.apple import adapter
from tests.tasks.making import ingested
from tests.tasks.sources import vendor_samples as v

NIGHT = {"sleep-2024-03-01.json": v.FITBIT_SLEEP}
HEAD = '<HealthData locale="x">\n'


def record(kind, start, end, value, source="W", unit="count", version="1"):
    return (
        f' <Record type="HKQuantityTypeIdentifier{kind}" sourceName="{source}" sourceVersion="{version}" unit="{unit}" '
        f'startDate="{start}" endDate="{end}" value="{value}"/>\n'
    )


def export(*records):
    return {"export.xml": HEAD + "".join(records) + "</HealthData>"}


def by_day(made, name):
    return {
        f"{start:%m-%d}": value for start, value in made.panel.select("start", name).iter_rows() if value is not None
    }


def test_a_night_belongs_to_the_day_of_waking_unless_asked_otherwise(tmp_path):
    wake = ingested(tmp_path / "a", NIGHT)
    asleep = ingested(tmp_path / "b", NIGHT, ingest={"nights": "asleep"})
    assert by_day(wake, "sleep_minutes") == {"03-02": 400}
    assert by_day(asleep, "sleep_minutes") == {"03-01": 400}
    assert by_day(wake, "nap_minutes") == {"03-02": 52}
    book = next(variable for variable in wake.audit.variables if variable.name == "sleep_minutes")
    assert (book.night, book.from_hour, book.to_hour) == (True, -0.5, 7.0)


def test_an_evening_exposure_stands_one_step_before_that_nights_sleep(tmp_path):
    files = {**NIGHT, "log.csv": "time,substance,amount\n2024-03-01 21:00,wine,1\n"}
    made = ingested(tmp_path, files)
    assert by_day(made, "wine") == {"03-01": 1}
    assert by_day(made, "sleep_minutes") == {"03-02": 400}


def test_a_later_beginning_of_the_day_moves_small_hours_but_not_the_night(tmp_path):
    rows = [record("StepCount", f"2024-03-0{d} 02:00:00 +0100", f"2024-03-0{d} 02:10:00 +0100", 50 * d) for d in (2, 3)]
    made = ingested(tmp_path, {**export(*rows), **NIGHT}, ingest={"day_starts_at": "04:00"})
    assert by_day(made, "steps") == {"03-01": 100, "03-02": 150}
    assert by_day(made, "sleep_minutes") == {"03-02": 400}


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25), ("2024-06-01", 24)])
def test_a_day_of_a_clock_change_has_all_its_hours_and_no_other(tmp_path, day, hours):
    midnight = datetime.fromisoformat(f"{day}T00:00:00")
    first = midnight - timedelta(hours=2 if day != "2024-03-31" else 1)
    rows = []
    for hour in range(-3, hours + 3):
        at = first + timedelta(hours=hour)
        rows.append(record("StepCount", f"{at:%Y-%m-%d %H:%M:%S} +0000", f"{at:%Y-%m-%d %H:%M:%S} +0000", 1))
    made = ingested(tmp_path, export(*rows), study={"timezone": "Europe/Zurich"})
    assert by_day(made, "steps")[f"{midnight:%m-%d}"] == hours


def test_a_traveller_keeps_the_clock_that_was_written_unless_a_zone_is_declared(tmp_path):
    rows = [
        record("StepCount", "2024-05-01 22:00:00 +0200", "2024-05-01 22:05:00 +0200", 1),
        record("StepCount", "2024-05-02 22:00:00 -0700", "2024-05-02 22:05:00 -0700", 2),
    ]
    there = ingested(tmp_path / "a", export(*rows))
    home = ingested(tmp_path / "b", export(*rows), study={"timezone": "Europe/Zurich"})
    assert by_day(there, "steps") == {"05-01": 1, "05-02": 2}
    assert by_day(home, "steps") == {"05-01": 1, "05-03": 2}
    assert there.finding("offset_change").counts["changes"] == 1


def test_a_level_that_shifts_with_the_device_is_told(tmp_path):
    rows = []
    for n in range(40):
        day = datetime(2024, 1, 1) + timedelta(days=n, hours=8)
        source, level = ("Old", 60) if n < 20 else ("New", 70)
        stamp = f"{day:%Y-%m-%d %H:%M:%S} +0100"
        rows.append(record("RestingHeartRate", stamp, stamp, level + n % 3, source, "count/min"))
    made = ingested(tmp_path, export(*rows))
    assert made.finding("device_change").counts == {"from": "Old", "to": "New", "first": "2024-01-21"}
    assert made.finding("level_shift").severity == "warning"
    assert made.finding("level_shift").counts["difference"] == pytest.approx(10, abs=0.5)


def resting(levels, **by_day_):
    """A resting heart rate every morning from New Year 2024 on."""
    rows = []
    for n, level in enumerate(levels):
        stamp = f"{datetime(2024, 1, 1) + timedelta(days=n, hours=8):%Y-%m-%d %H:%M:%S} +0100"
        more = {name: choose(n) for name, choose in by_day_.items()}
        rows.append(record("RestingHeartRate", stamp, stamp, level, unit="count/min", **more))
    return export(*rows)


@pytest.mark.parametrize("compiled", [True, False])
def test_new_software_of_a_device_is_told_and_so_is_a_level_that_shifts_with_it(tmp_path, monkeypatch, compiled):
    monkeypatch.setattr(adapter, "WORTH_COMPILING", 0 if compiled else 1 << 40)
    levels = [(60 if n < 20 else 70) + n % 3 for n in range(60)]
    made = ingested(tmp_path, resting(levels, version=lambda n: "10.1" if n < 20 else "10.2" if n < 40 else "11.0"))
    told = made.finding("software_change")
    assert told.where == "W"
    assert told.counts == {"changes": 2, "10.1": "2024-01-01", "10.2": "2024-01-21", "11.0": "2024-02-10"}
    assert made.finding("level_shift").counts["first"] == "2024-01-21"
    assert "from 10.1 to 10.2" in made.finding("level_shift").sentence


def test_a_drift_across_new_software_is_no_shift(tmp_path):
    levels = [60 + n / 10 + (n * 7) % 5 for n in range(60)]
    made = ingested(tmp_path, resting(levels, version=lambda n: str(n // 30)))
    assert made.finding("software_change").counts["changes"] == 1
    assert made.findings("level_shift") == []


def test_the_same_software_throughout_is_not_told(tmp_path):
    assert ingested(tmp_path, resting([60, 61, 62])).findings("software_change") == []


def test_a_unit_that_changes_in_mid_series_and_a_first_device_that_comes_back_change_no_level(tmp_path):
    kilograms = [70 + n % 3 for n in range(40)]
    rows = []
    for n, kilogram in enumerate(kilograms):
        stamp = f"{datetime(2024, 1, 1) + timedelta(days=n, hours=7):%Y-%m-%d %H:%M:%S} +0100"
        value, unit = (kilogram / 0.45359237, "lb") if n < 20 else (kilogram, "kg")
        rows.append(record("BodyMass", stamp, stamp, value, "Phone" if n == 25 else "Scale", unit))
    made = ingested(tmp_path, export(*rows))
    assert made.values("weight") == pytest.approx(kilograms)
    assert made.finding("unit_change").counts == {"lb": 20, "kg": 20}
    assert made.findings("level_shift") == made.findings("device_change") == []


def test_devices_that_alternate_are_no_change(tmp_path):
    rows = []
    for n in range(20):
        stamp = f"{datetime(2024, 1, 1) + timedelta(days=n, hours=8):%Y-%m-%d %H:%M:%S} +0100"
        rows.append(record("RestingHeartRate", stamp, stamp, 60 + n, "AB"[n % 2], "count/min"))
    made = ingested(tmp_path, export(*rows))
    assert made.findings("device_change") == made.findings("level_shift") == []


def test_scores_of_a_vendor_are_marked(tmp_path):
    made = ingested(tmp_path, {"cycles.csv": v.WHOOP_CYCLES})
    assert "recovery_score" in made.finding("scored").counts
    assert "hrv_rmssd" not in made.finding("scored").counts
    assert {book.name for book in made.audit.variables if book.scored} == set(made.finding("scored").counts)
