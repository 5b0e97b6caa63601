"""Real exports that no one here wrote: their rows, ranges, nights and known means."""

from datetime import date, datetime

import polars as pl
import pytest

from schemas.errors import StudyError
from tests.tasks.making import ingested


def files(folder, pattern="*"):
    return {path.name: path for path in sorted(folder.glob(pattern))}


@pytest.mark.parametrize(
    ("subject", "mean", "above_180", "rows"),
    [
        ("Subject 1", 123.67, 8.20, 2915),
        ("Subject 2", 218.45, 73.56, 2829),
        ("Subject 3", 154.04, 18.33, 1533),
        ("Subject 4", 129.67, 4.61, 3664),
        ("Subject 5", 174.61, 37.78, 2925),
    ],
)
def test_mean_glucose_of_five_people(tmp_path, shared_data, subject, mean, above_180, rows):
    file = shared_data / "cgm_iglu" / "example_data_5_subject.csv"
    made = ingested(tmp_path, {"cgm.csv": file}, ingest={"subject": subject})
    values = made.observations["value"]
    assert len(values) == rows
    assert round(values.mean(), 2) == mean
    assert round(100 * (values > 180).mean(), 2) == above_180
    assert set(made.observations["unit"]) == {"mg/dL"}
    assert made.finding("people").counts == {"people": 5, "rows": rows, "all_rows": 13_866}


def test_nineteen_people_of_the_hall_study(tmp_path, shared_data):
    file = shared_data / "cgm_iglu" / "example_data_hall.csv"
    with pytest.raises(StudyError, match="19 people"):
        ingested(tmp_path, {"cgm.csv": file})
    made = ingested(tmp_path, {"cgm.csv": file}, ingest={"subject": "1636-69-001"})
    assert made.finding("people").counts["all_rows"] == 34_890


def test_five_hundred_sleep_logs_of_both_types(tmp_path, shared_data):
    made = ingested(tmp_path, files(shared_data / "fitbit_sleep_niplav", "*.json"))
    assert made.audit.files[0].adapter == "fitbit"
    assert made.audit.files[0].rows == 526
    observed = made.panel.filter(pl.col("sleep_minutes").is_not_null())
    assert observed.height == 497
    assert made.panel["nap_minutes"].count() == 29
    stages = made.observations.filter(pl.col("variable") == "sleep_deep_minutes")
    assert stages.height == 490
    assert (made.panel["start"][0].date(), made.panel["start"][-1].date()) == (date(2023, 11, 1), date(2025, 3, 21))
    first = made.panel.filter(pl.col("start") == datetime(2023, 11, 30))
    assert first.select("sleep_minutes", "sleep_awake_minutes", "in_bed_minutes").row(0) == (275, 39, 314)


def test_thirty_three_people_have_940_activity_days(tmp_path, shared_data):
    file = shared_data / "fitbit_mobius" / "dailyActivity_merged.csv"
    raw = pl.read_csv(file, infer_schema_length=None)
    people = raw["Id"].unique(maintain_order=True).to_list()
    assert (raw.height, len(people)) == (940, 33)
    days = unworn = 0
    for person in people:
        made = ingested(tmp_path, {"a.csv": file}, ingest={"subject": str(person)})
        days += made.finding("people").counts["rows"]
        unworn += sum(finding.counts["rows"] for finding in made.findings("not_worn"))
        mine = raw.filter(
            (pl.col("Id") == person) & ~((pl.col("TotalSteps") == 0) & (pl.col("SedentaryMinutes") == 1440))
        )
        assert made.panel["steps"].sum() == mine["TotalSteps"].sum()
    assert days == 940
    assert unworn == raw.filter((pl.col("TotalSteps") == 0) & (pl.col("SedentaryMinutes") == 1440)).height


def test_all_tables_of_one_fitbit_person_join_and_nothing_is_added_twice(tmp_path, shared_data):
    made = ingested(tmp_path, files(shared_data / "fitbit_mobius", "*.csv"), ingest={"subject": "1503960366"})
    raw = pl.read_csv(shared_data / "fitbit_mobius" / "dailyActivity_merged.csv", infer_schema_length=None).filter(
        pl.col("Id") == 1503960366
    )
    assert made.panel["steps"].to_list() == raw["TotalSteps"].to_list()[: made.panel.height]
    assert {finding.where for finding in made.findings("overlap")} == {"steps", "energy"}
    assert made.panel["sleep_minutes"].count() == 25


def test_whoop_cycles_cross_one_clock_change(tmp_path, shared_data):
    file = shared_data / "whoop_aipi510" / "physiological_cycles.csv"
    made = ingested(tmp_path, {"whoop.csv": file})
    assert made.audit.files[0].adapter == "whoop"
    assert made.audit.files[0].rows == 51
    assert made.finding("offset_change").counts == {"-05:00": 19, "-04:00": 32, "changes": 1, "converted": 0}
    assert made.panel["sleep_minutes"].count() == 49
    day = made.panel.filter(pl.col("start") == datetime(2024, 11, 20))
    assert day.select("sleep_minutes", "recovery_score", "strain").row(0) == (452, 72, 6.7)


def test_whoop_with_columns_of_its_author_is_a_plain_table(tmp_path, shared_data):
    made = ingested(tmp_path, files(shared_data / "whoop_aipi510", "processed*.csv"))
    assert made.audit.files[0].adapter == "delimited"


def test_garmin_answers_of_five_years_stand_together(tmp_path, shared_data):
    made = ingested(tmp_path, files(shared_data / "garmin_connect_garth", "*.json"))
    assert {file.adapter for file in made.audit.files} == {"garmin"}
    july = made.panel.filter(pl.col("start").is_between(datetime(2023, 7, 1), datetime(2023, 7, 20)))
    assert july["steps"].head(3).to_list() == [12_413, 5_719, 3_633]
    assert july["sleep_score"].head(3).to_list() == [60, 70, 82]
    assert july["hrv_rmssd"].count() == 20
    nights = made.panel.filter(pl.col("start").is_between(datetime(2021, 7, 1), datetime(2021, 7, 20)))
    assert nights["sleep_minutes"].count() == 20
    assert made.panel["stress"].filter(made.panel["start"].dt.year() == 2023).count() == 60
    night = nights.filter(pl.col("start") == datetime(2021, 7, 20))
    assert night["sleep_minutes"].to_list() == [429]
    skipped = {finding.where for finding in made.findings("unreadable")}
    assert {"weekly_steps_0.json", "weekly_stress_0.json", "daily_sleep_data_get_1.json"} <= skipped


def test_daylio_tags_are_zero_only_where_an_entry_stands(tmp_path, shared_data):
    made = ingested(tmp_path, files(shared_data / "daylio_parser_fixture", "*.csv"))
    assert made.audit.files[0].adapter == "daylio"
    assert made.panel.height == 6
    assert made.panel["mood"].null_count() == made.panel["walk"].null_count() == 1
    assert set(made.panel["walk"].drop_nulls()) == {0.0, 1.0}
    assert made.observations.filter(pl.col("variable") == "mood")["value"].is_between(1, 5).all()
