"""Laws of putting readings on one clock and one grid."""

import random
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import StudyError
from tests.tasks.making import ingested

DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(12)]
EMA = ["time,mood,treated"] + [f"{d} {h:02d}:15,{(d.day * h) % 11},{d.day % 2}" for d in DAYS for h in (9, 14, 21)]


def table(rows):
    return "\n".join(rows) + "\n"


@given(st.randoms(use_true_random=False))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_shuffled_file_gives_the_same_panel(tmp_path, chance: random.Random):
    rows = EMA[1:]
    chance.shuffle(rows)
    plain = ingested(tmp_path, {"a.csv": table(EMA)}).panel
    assert ingested(tmp_path, {"a.csv": table([EMA[0], *rows])}).panel.equals(plain)


@given(st.lists(st.integers(1, len(EMA) - 1), min_size=1, max_size=8))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_repeated_rows_change_nothing_but_their_count(tmp_path, repeated):
    plain = ingested(tmp_path, {"a.csv": table(EMA)})
    made = ingested(tmp_path, {"a.csv": table([*EMA, *(EMA[n] for n in repeated)])})
    assert made.panel.equals(plain.panel)
    assert made.finding("duplicates").counts["merged"] == 2 * len(repeated)
    assert made.finding("duplicates").counts["rows"] == len(repeated)
    assert not plain.findings("duplicates")


@given(st.sets(st.integers(0, 11), min_size=3))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_missing_days_are_null_rows_never_zero(tmp_path, kept):
    rows = ["date,x", *(f"{DAYS[n]},{n + 1}" for n in sorted(kept))]
    made = ingested(tmp_path, {"a.csv": table(rows)}, ingest={"step": "1d"})
    first, last = min(kept), max(kept)
    assert made.values("x") == [n + 1.0 if n in kept else None for n in range(first, last + 1)]
    assert made.panel["start"].dt.date().to_list() == DAYS[first : last + 1]
    assert made.panel["step"].to_list() == list(range(last - first + 1))


def test_one_file_or_two_give_the_same_panel(tmp_path):
    both = ingested(tmp_path, {"a.csv": "date,x,y\n2024-01-01,1,5\n2024-01-02,2,6\n2024-01-03,3,7\n"}).panel
    files = {
        "a.csv": "date,x\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n",
        "b.csv": "date,y\n2024-01-03,7\n2024-01-01,5\n2024-01-02,6\n",
    }
    assert ingested(tmp_path, files).panel.equals(both)


def test_a_day_may_begin_at_four(tmp_path):
    text = "time,x\n2024-01-01 03:59,1\n2024-01-01 04:00,2\n2024-01-02 03:59,4\n2024-01-02 12:00,9\n"
    made = ingested(tmp_path, {"a.csv": text}, ingest={"day_starts_at": "04:00"})
    assert made.values("x") == [1.0, 3.0, 9.0]
    assert made.panel["start"].to_list() == [
        datetime(2023, 12, 31, 4),
        datetime(2024, 1, 1, 4),
        datetime(2024, 1, 2, 4),
    ]


def test_a_bare_date_keeps_its_day_whenever_the_day_begins(tmp_path):
    files = {
        "a.csv": "date,x\n2024-01-01,1\n2024-01-02,2\n",
        "b.csv": "time,y\n2024-01-02 01:00,7\n2024-01-02 09:00,8\n",
    }
    made = ingested(tmp_path, files, ingest={"day_starts_at": "04:00"}, study={"timezone": "Europe/Zurich"})
    assert made.values("x") == [1.0, 2.0]
    assert made.values("y") == [7.0, 8.0]


def test_instants_with_offsets_fall_on_the_local_day_of_the_zone(tmp_path):
    text = "time,x\n2024-07-01T22:30:00Z,1\n2024-07-02T21:30:00+00:00,2\n2024-07-02T12:00:00-10:00,4\n"
    made = ingested(tmp_path, {"a.csv": text}, study={"timezone": "Europe/Zurich"})
    assert made.panel["start"].dt.date().to_list() == [date(2024, 7, 2), date(2024, 7, 3)]
    assert made.values("x") == [1.5, 4.0]
    assert made.observations["offset"].to_list() == [120, 120, 120]
    assert made.finding("offset_change").counts["converted"] == 3


def test_without_a_zone_an_offset_row_counts_on_its_own_clock(tmp_path):
    text = "time,x\n2024-07-01T22:30:00Z,1\n2024-07-02T22:30:00-10:00,2\n"
    made = ingested(tmp_path, {"a.csv": text})
    assert made.panel["start"].dt.date().to_list() == [date(2024, 7, 1), date(2024, 7, 2)]
    assert made.audit.files[0].zones == ("-10:00", "+00:00")


def test_the_hour_that_occurs_twice_and_the_one_that_does_not(tmp_path):
    text = "time,x\n2024-03-30 12:00,0\n2024-03-31 02:30,1\n2024-10-27 02:30,2\n"
    made = ingested(tmp_path, {"a.csv": text}, study={"timezone": "Europe/Zurich"})
    assert made.finding("daylight_saving").counts == {"ambiguous": 1, "nonexistent": 1}
    instants = made.observations["start"].dt.replace_time_zone(None).to_list()
    assert instants[1:] == [datetime(2024, 3, 31, 1, 30), datetime(2024, 10, 27, 0, 30)]
    assert made.observations["offset"].to_list() == [60, 120, 120]


def test_an_unknown_zone_names_close_ones(tmp_path):
    with pytest.raises(StudyError) as caught:
        ingested(tmp_path, {"a.csv": table(EMA)}, study={"timezone": "Europe/Zurch"})
    assert "Europe/Zurich" in caught.value.fix
    assert caught.value.where == "params.yaml at study.timezone"


@pytest.mark.parametrize(("spacing", "step", "rows"), [(1, "1d", 12), (7, "1w", 12), (30, "1mo", 12), (365, "row", 12)])
def test_the_step_follows_the_spacing_of_the_record(tmp_path, spacing, step, rows):
    days = [date(2024, 1, 3) + timedelta(days=spacing * n) for n in range(rows)]
    made = ingested(tmp_path, {"a.csv": table(["date,x", *(f"{d},1.5" for d in days)])})
    assert made.audit.step == step
    assert abs(made.panel.height - rows) <= 1


def test_finer_steps_can_be_declared(tmp_path):
    text = "time,x\n2024-01-01 00:10,1\n2024-01-01 05:00,3\n2024-01-01 12:30,5\n"
    made = ingested(tmp_path, {"a.csv": text}, ingest={"step": "6h"})
    assert made.values("x") == [2.0, None, 5.0]


def test_files_without_time_must_be_of_equal_length(tmp_path):
    made = ingested(tmp_path, {"a.csv": "x,y\n1,2\n3,5\n4,4\n", "b.csv": "u,v\n7,1\n8,\n7,0\n"})
    assert made.values("u") == [7.0, 8.0, 7.0]
    assert made.values("v") == [1.0, None, 0.0]
    with pytest.raises(StudyError, match="same number of rows"):
        ingested(tmp_path, {"a.csv": "x,y\n1,2\n3,5\n", "b.csv": "u,v\n7,1\n"})
    with pytest.raises(StudyError, match="a time column to join on"):
        ingested(tmp_path, {"a.csv": "x,y\n1,2\n3,5\n", "b.csv": "date,v\n2024-01-01,1\n2024-01-02,1\n"})


def test_a_stray_year_is_not_filled_with_empty_hours(tmp_path):
    with pytest.raises(StudyError, match="at most 200000 steps"):
        ingested(tmp_path, {"a.csv": "time,x\n1924-01-01 00:00,1\n2024-01-01 00:00,1\n"}, ingest={"step": "1h"})


def test_no_reading_is_lost_between_file_and_observations(tmp_path):
    made = ingested(
        tmp_path,
        {
            "a.csv": "date,x,note\n2024-01-01,1,slept\n2024-01-02,bad,late\n"
            ",3,no date\n2024-01-03,4,ok\n2024-01-04,5,x\n"
        },
    )
    assert made.observations.height == 10
    assert made.observations.filter(pl.col("start").is_null())["source"].to_list() == ["a.csv:4", "a.csv:4"]
    counted = {f.where: f.counts for f in made.findings("unreadable")}
    assert counted["x"] == {"cells": 1, "first": "a.csv:3"}
    assert counted["a.csv:4"]["rows"] == 1
    assert made.panel.columns == ["step", "start", "x"]
    assert made.values("x") == [1.0, None, 4.0, 5.0]
