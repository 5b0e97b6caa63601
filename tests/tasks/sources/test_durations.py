"""Durations in words, such as `8h 31min`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sources.tabular.durations import in_words
from tasks.sources.tabular.numbers import numbers_of
from tasks.sources.tabular.table import table_of
from tests.tasks.making import ingested
from tests.tasks.sources.tables import assumed, read, table, values

WORDS = {
    "d": ("d", "day", "days", "D", "Tag"),
    "h": ("h", "hr", "hrs", "hour", "hours", "H", "Std."),
    "min": ("min", "m", "mins", "minutes", "Min."),
    "s": ("s", "sec", "secs", "seconds", "Sek."),
}
SECONDS = {"d": 86400, "h": 3600, "min": 60, "s": 1}
IN = {"h": 3600, "min": 60, "s": 1}


def column(cells, name="sleep"):
    """Values and unit of a column, or None where it is no column of durations."""
    made = table_of("a.csv", [name], [list(cells)], list(range(2, 2 + len(cells))))
    plain = numbers_of(made.cells[name], made.lines, "a.csv", comma_decimal=False, amounts=False)
    found = in_words(made, name, plain)
    if found is None:
        return None
    (unit,) = found.numbers.unit.drop_nulls().unique().to_list()
    return found.numbers.value.to_list(), unit


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        ("8h 31min", 8 + 31 / 60),
        ("8h 31m", 8 + 31 / 60),
        ("8h31m", 8 + 31 / 60),
        ("8 H 31 MIN", 8 + 31 / 60),
        ("7 h 5 min", 7 + 5 / 60),
        ("45min", 0.75),
        ("1h", 1),
        ("1:30:05", 1.5 + 5 / 3600),
        ("8 hrs 31 mins", 8 + 31 / 60),
        ("8 hours and 31 minutes", 8 + 31 / 60),
        ("8 hours, 31 minutes", 8 + 31 / 60),
        ("8 Std. 31 Min.", 8 + 31 / 60),
        ("1d 2h", 26),
        ("1.5 h", 1.5),
        ("1,5 h", 1.5),
        ("1h 30.5 min", 1 + 30.5 / 60),
        ("-1h 20min", -4 / 3),
        ("0", 0),
        ("--", None),
        ("", None),
    ],
)
def test_hours(tmp_path, cell, hours):
    cells = ["8h 31min", "7h 5min", "7h", "6h 1min", "7h"]
    readings = read(tmp_path, table({"x": ["1"] * 6, "sleep": [*cells, cell]}, ";"))
    before = [8 + 31 / 60, 7 + 5 / 60, 7, 6 + 1 / 60, 7]
    assert values(readings, "sleep") == pytest.approx(before if hours is None else [*before, hours])
    assert readings.frame["unit"].drop_nulls().unique().to_list() == ["h"]
    assert len(assumed(readings)) == 1


def test_it_is_told_with_the_longest_and_how_to_have_another_unit(tmp_path):
    (told,) = assumed(read(tmp_path, table({"x": ["1", "2"], "sleep": ["7h", "8h 31min"]})))
    assert "'sleep' were read as durations in hours: '8h 31min' in line 3 is 8.517." in told
    assert "`unit: min`" in told
    text = table({"x": ["0", "1"], "sleep": ["7h", "8h 31min"]})
    made = ingested(tmp_path / "s", {"a.csv": text}, ingest={"variables": {"sleep": {"unit": "min"}}})
    assert made.values("sleep") == pytest.approx([420, 511])


@pytest.mark.parametrize(
    ("cells", "numbers", "unit"),
    [
        (["5m 30s", "4m 2s", "6m"], [5.5, 4 + 2 / 60, 6], "min"),
        (["45 mins", "50 mins", "1 minute"], [45, 50, 1], "min"),
        (["45min"] * 9 + ["1h 5min"], [45] * 9 + [65], "min"),
        (["45min"] * 7 + ["1h 5min"] * 3, [0.75] * 7 + [65 / 60] * 3, "h"),
        (["45m", "1h", "30m"], [0.75, 1, 0.5], "h"),
        (["30 secs", "1 sec", "2 seconds"], [30, 1, 2], "s"),
        (["3 days", "1 day", "0"], [72, 24, 0], "h"),
    ],
)
def test_the_unit_is_the_largest_that_a_fifth_of_the_cells_reaches(cells, numbers, unit):
    assert column(cells) == (pytest.approx(numbers), unit)


@pytest.mark.parametrize(
    "lost", ["soon", "45", "7:35", "8h 8h", "31min 8h", "1.5h 3min", "h", "8 hectares", "min", "8h 31", "9999999999h"]
)
def test_cells_that_do_not_fit_are_not_observed_and_told(tmp_path, lost):
    made = ingested(tmp_path, {"a.csv": table({"x": list("01010"), "sleep": ["8h 31min", "7h", "7h 1m", "6h", lost]})})
    assert made.values("sleep") == [pytest.approx(8 + 31 / 60), 7, pytest.approx(7 + 1 / 60), 6, None]
    assert "1 cells of sleep are not numbers" in made.finding("unreadable").sentence


@pytest.mark.parametrize(
    "cells",
    [
        ["500 m", "400 m", "300 m", "200 m", "5 s"],  # metres and a slip
        ["8h 31min", "well", "badly", "7h"],
        ["1", "2", "3"],
        ["07:30:00", "08:00:00", "09:00:00"],
        ["7:30", "8:00", "9:00"],
        ["9 May", "3 days", "2 cups"],
        ["2 dogs", "3 sheep", "1 hen"],
    ],
)
def test_other_columns_are_none_of_durations(cells):
    assert column(cells) is None


def test_cells_of_one_unit_are_read_as_before(tmp_path):
    readings = read(tmp_path, table({"x": ["1", "2", "3"], "nap": ["45min", "20 min", "1h"]}))
    assert values(readings, "nap") == [45, 20, 1]
    assert readings.frame["unit"].drop_nulls().unique().sort().to_list() == ["h", "min"]


@st.composite
def written(draw):
    """A duration in words and its seconds."""
    units = draw(st.lists(st.sampled_from(list(WORDS)), min_size=1, unique=True))
    amounts = {unit: draw(st.integers(0, 99)) for unit in WORDS if unit in units}
    parts = [
        f"{n}{draw(st.sampled_from(['', ' ']))}{draw(st.sampled_from(WORDS[unit]))}" for unit, n in amounts.items()
    ]
    text = draw(st.sampled_from([" ", ", ", "  "])).join(parts)
    return text, sum(n * SECONDS[unit] for unit, n in amounts.items())


@given(st.lists(written(), min_size=1, max_size=8))
def test_what_is_written_is_read_back(pairs):
    pairs = [("8h 31min", 30660), *pairs]
    numbers, unit = column([text for text, _ in pairs])
    assert [number * IN[unit] for number in numbers] == pytest.approx([seconds for _, seconds in pairs])


@given(st.lists(st.text(alphabet="0123456789hmsdin:.,- ", max_size=12), min_size=1, max_size=6))
def test_any_cells_are_read_or_left(cells):
    found = column([*cells, "8h 31min", "7h 2min"])
    assert found is None or all(value is None or abs(value) < 1e15 for value in found[0])
