"""How dates and times are read."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import StudyError
from tasks.sources.tabular.times import moments_of


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
