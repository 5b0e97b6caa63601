"""Cells such as `7:35`: the clock of a row, a time of day, or how long something took."""

import pytest

from tasks.sources.tabular.clockcolumns import is_row_clock
from tests.tasks.sources.tables import assumed, read, table, values


def column(tmp_path, name, cells, **source):
    readings = read(tmp_path, table({"x": ["1", "2", "3"][: len(cells)], name: cells}), **source)
    (label,) = [variable for variable in readings.variables if variable != "x"]
    units = readings.frame.filter(readings.frame["variable"] == label)["unit"].unique().to_list()
    return readings, values(readings, label), units


@pytest.mark.parametrize(
    ("name", "cells", "hours"),
    [
        ("sleep", ["7:30", "8:15", "6:00"], [7.5, 8.25, 6.0]),
        ("time asleep", ["7:30", "8:15", "6:00"], [7.5, 8.25, 6.0]),
        ("time in bed", ["7:30", "8:15", "6:00"], [7.5, 8.25, 6.0]),
        ("screen time", ["2:30", "0:15", "11:00"], [2.5, 0.25, 11.0]),
        ("wake after sleep onset", ["0:30", "0:15", "1:00"], [0.5, 0.25, 1.0]),
        ("run", ["1:02:24", "0:30:00", "0:45:00"], [1.04, 0.5, 0.75]),
        ("work (h:mm)", ["38:30", "40:00", "12:15"], [38.5, 40.0, 12.25]),
        ("bedtime", ["22:30", "0:30", "23:15"], [22.5, 24.5, 23.25]),
        ("sleep", ["22:30", "0:30", "23:15"], [22.5, 24.5, 23.25]),
        ("wake", ["6:30", "7:00", "7:15"], [6.5, 7.0, 7.25]),
        ("bed time", ["10:30 PM", "12:30 am", "11:15 pm"], [22.5, 24.5, 23.25]),
        ("dinner time", ["18:30", "19:00", "20:15"], [18.5, 19.0, 20.25]),
        ("sleep_end", ["6:30", "7:00", "7:15"], [6.5, 7.0, 7.25]),
    ],
)
def test_hours(tmp_path, name, cells, hours):
    readings, read_hours, units = column(tmp_path, name, cells)
    assert read_hours == pytest.approx(hours)
    assert units == ["h"]
    assert readings.time_column == "date"
    assert len(assumed(readings)) == 1


@pytest.mark.parametrize("name", ["pace", "run (mm:ss)", "plank [min]"])
def test_minutes_and_seconds(tmp_path, name):
    _, minutes, units = column(tmp_path, name, ["5:30", "24:15", "61:00"])
    assert minutes == [5.5, 24.25, 61.0]
    assert units == ["min"]


@pytest.mark.parametrize("cells", [["25:30", "24:15", "61:00"], ["45:10", "1:02:33", "50:00"]])
def test_hours_or_minutes_that_nothing_tells_apart_are_no_numbers(tmp_path, cells):
    assert column(tmp_path, "run", cells)[1] == [None, None, None]


def test_impossible_minutes_are_no_numbers(tmp_path):
    assert column(tmp_path, "sleep", ["7:30", "7:75", "6:00"])[1] == [7.5, None, 6.0]


@pytest.mark.parametrize("name", ["time", "Clock", "hour", "beeptime", "start time", "logged_at", "Uhrzeit"])
def test_the_clock_of_the_rows_belongs_to_the_date(tmp_path, name):
    readings = read(tmp_path, table({"x": ["1", "2"], name: ["7:30", "21:00"], "sleep": ["8:00", "7:00"]}))
    assert readings.time_column == f"date + {name}"
    assert readings.frame["local"].dt.hour().unique().sort().to_list() == [7, 21]
    assert values(readings, "sleep") == [8.0, 7.0]


def test_a_declared_clock_is_the_clock(tmp_path):
    text = table({"x": ["1", "2"], "sleep": ["22:30", "23:00"]})
    assert read(tmp_path, text, time="date + sleep").frame["local"].dt.hour().to_list() == [22, 23]


@pytest.mark.parametrize("name", ["sleep", "bedtime", "wake", "screen time", "time in bed", "dinner time"])
def test_names_that_are_not_the_clock_of_a_row(name):
    assert not is_row_clock(name)
