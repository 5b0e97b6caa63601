"""How dates and times are read."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import StudyError
from tasks.sources.tabular.times import moments_of
from tests.tasks.sources.tables import assumed, table
from tests.tasks.sources.tables import read as table_read


def read(cells, date_format=None):
    return moments_of(
        pl.Series(cells, dtype=pl.String), pl.Series(range(2, len(cells) + 2)), "a.csv, column 't'", date_format
    )


@pytest.mark.parametrize(
    ("written", "local", "offset"),
    [
        ("2024-03-05", datetime(2024, 3, 5), None),
        ("2024-03-05 7:08", datetime(2024, 3, 5, 7, 8), None),
        ("2024-03-05T07:08:09.123+02:00", datetime(2024, 3, 5, 7, 8, 9, 123000), 120),
        ("2024-03-05T07:08:09Z", datetime(2024, 3, 5, 7, 8, 9), 0),
        ("2024-03-05 07:08:09 -0530", datetime(2024, 3, 5, 7, 8, 9), -330),
        ("2024-03-05 07:08:09UTC-05:00", datetime(2024, 3, 5, 7, 8, 9), -300),
        ("2024/03/05 07:08", datetime(2024, 3, 5, 7, 8), None),
        ("25.03.2024 07:08", datetime(2024, 3, 25, 7, 8), None),
        ("25/03/24", datetime(2024, 3, 25), None),
        ("3/25/2024 12:30:00 AM", datetime(2024, 3, 25, 0, 30), None),
        ("3/25/2024 1:30 pm", datetime(2024, 3, 25, 13, 30), None),
        ("5 Mar 2024", datetime(2024, 3, 5), None),
        ("March 5, 2024 07:08", datetime(2024, 3, 5, 7, 8), None),
        ("Mar 5, 2024", datetime(2024, 3, 5), None),
        ("5 March 2024", datetime(2024, 3, 5), None),
        ("5-Mar-2024", datetime(2024, 3, 5), None),
        ("05-Mar-24", datetime(2024, 3, 5), None),
        ("5/MAR/24 07:08", datetime(2024, 3, 5, 7, 8), None),
        ("5 Sept. 99", datetime(1999, 9, 5), None),
        ("Tue, 5 Mar 2024", datetime(2024, 3, 5), None),
        ("Tuesday, March 5, 2024", datetime(2024, 3, 5), None),
    ],
)
def test_written_times(written, local, offset):
    moments = read([written])
    assert moments.local.to_list() == [local]
    assert moments.offset.to_list() == [offset]
    assert moments.date_only.to_list() == [":" not in written]


def test_impossible_dates_are_unreadable_not_shifted():
    assert read(["2024-02-30", "2024-02-29"]).local.to_list() == [None, datetime(2024, 2, 29)]


def test_two_formats_are_told_with_their_lines():
    with pytest.raises(StudyError) as caught:
        read(["2024-01-01", "2024-01-02", "03.01.2024"])
    assert "'2024-01-01' (year-month-day) in line 2" in caught.value.got
    assert "'03.01.2024' (number.number.year) in line 4" in caught.value.got


def test_years_in_front_with_two_digits_are_not_guessed():
    with pytest.raises(StudyError, match="told apart") as caught:
        read([f"24/01/{day:02d}" for day in range(1, 20)])
    assert "date_format" in caught.value.fix


def test_a_year_before_the_name_of_the_month_is_not_guessed():
    assert read([f"{day:02d}-Jan-24" for day in range(1, 20)]).local[4] == datetime(2024, 1, 5)
    with pytest.raises(StudyError, match="day and year can be told apart"):
        read([f"24-Jan-{day:02d}" for day in range(1, 20)])


def test_words_between_numbers_are_no_months():
    assert read(["5 tea 20", "1 may 20"]).local.to_list() == [None, datetime(2020, 5, 1)]


@pytest.mark.parametrize("name", ["date", "Day", "time", "Start Date"])
def test_days_as_excel_counts_them(tmp_path, name):
    days = [str(45_292 + n) for n in range(5)]
    text = f"{name},x\n" + "".join(f"{day},{n}\n" for n, day in enumerate(days))
    readings = table_read(tmp_path, text)
    assert readings.time_column == name
    assert readings.frame["local"].to_list() == [datetime(2024, 1, 1 + n) for n in range(5)]
    assert readings.frame["date_only"].all()
    assert "45292 in line 2 is 2024-01-01" in assumed(readings)[0]


@pytest.mark.parametrize(("cell", "clock"), [("45292.33333333", (8, 0)), ('"45292,75"', (18, 0)), ("45292.5", (12, 0))])
def test_parts_of_a_day_as_excel_counts_them(tmp_path, cell, clock):
    readings = table_read(tmp_path, table({"date": [cell, "45293"], "x": ["1", "2"]}))
    assert readings.frame["local"].to_list() == [datetime(2024, 1, 1, *clock), datetime(2024, 1, 2)]
    assert not readings.frame["date_only"].any()


def test_days_that_excel_counts_and_a_clock_beside_them(tmp_path):
    readings = table_read(tmp_path, table({"date": ["45292", "45293"], "time": ["08:30", "9:00"], "x": ["1", "2"]}))
    assert readings.frame["local"].to_list() == [datetime(2024, 1, 1, 8, 30), datetime(2024, 1, 2, 9)]


def test_numbers_beside_a_written_date_are_no_dates(tmp_path):
    readings = table_read(tmp_path, table({"day": ["45292", "45299"], "screen time": ["45292", "45293"]}))
    assert readings.time_column == "date"
    assert set(readings.variables) >= {"screen time"}


@pytest.mark.parametrize("name", ["screen_time", "time"])
def test_numbers_of_four_digits_beside_a_written_date_are_no_years(tmp_path, name):
    readings = table_read(tmp_path, table({name: ["1000", "1830"], "x": ["1", "2"]}))
    assert readings.time_column == "date"
    assert readings.variables == (name, "x")


def test_years_are_times_where_there_is_nothing_else(tmp_path):
    assert table_read(tmp_path, "time,x\n1871,1\n1872,2\n").time_column == "time"
    assert table_read(tmp_path, "screen_time,x\n1000,1\n1830,2\n").time_column is None


def test_a_declared_format_decides():
    assert read(["01/02/2024"], "%d/%m/%Y").local.to_list() == [datetime(2024, 2, 1)]
    assert read(["01/02/2024 10:00"], "%m/%d/%Y %H:%M").local.to_list() == [datetime(2024, 1, 2, 10)]
    assert read(["24-01-05 10:00 +0200"], "%y-%m-%d %H:%M %z").local.to_list() == [datetime(2024, 1, 5, 8)]
    with pytest.raises(StudyError, match="dates written as %d/%m/%Y"):
        read(["2024-01-01"], "%d/%m/%Y")


@given(
    st.lists(st.dates(date(1971, 1, 1), date(2068, 12, 31)), min_size=1, max_size=40),
    st.sampled_from(["%d/%m/%y", "%m/%d/%Y"]),
)
def test_the_order_of_day_and_month_is_right_or_refused(days, written):
    try:
        moments = read([day.strftime(written) for day in days])
    except StudyError:
        moments = None
    if moments is None:  # right only where nothing decides, or where a constant day could be a year of two digits
        assert written.endswith("%y") or all(day.day <= 12 for day in days)
        return
    assert moments.local.dt.date().to_list() == days


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_iso_times_survive(moment, minutes):
    sign = "-" if minutes < 0 else "+"
    text = f"{moment.isoformat(timespec='microseconds')}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    read_back = read([text])
    assert read_back.local.to_list() == [moment]
    assert read_back.offset.to_list() == [minutes]
    assert read_back.local.dt.date()[0] - moment.date() == timedelta(0)


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["01/02/2024", "03/02/2024"], "%d/%m/%Y"),
        (["1.2.24 8:05", "3.2.24 9:05"], "%d.%m.%y %H:%M"),
        (["01-02-2024T08:05:10", "03-02-2024T08:05:10"], "%d-%m-%YT%H:%M:%S"),
    ],
)
def test_the_format_that_is_offered_can_be_followed_literally(cells, form):
    with pytest.raises(StudyError) as caught:
        read(cells)
    assert f"date_format: '{form}'" in caught.value.fix
    assert read(cells, form).local.null_count() == 0
