"""How files are read: delimiters, encodings, layouts, units, numbers."""

import polars as pl
import pytest

from schemas.errors import StudyError
from tasks.sources.tabular.numbers import factor_between, header_parts, numbers_of
from tests.tasks.sources.tables import read, values

WIDE = "date,x,y\n2024-01-01,1.5,2\n2024-01-02,,4\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised(tmp_path, delimiter):
    readings = read(tmp_path, WIDE.replace(",", delimiter))
    assert values(readings, "y") == [2.0, 4.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_the_encoding_is_recognised(tmp_path, encoding):
    readings = read(tmp_path, "date,Müdigkeit (°)\n2024-01-01,1\n2024-01-02,2\n".encode(encoding))
    assert readings.variables == ("Müdigkeit",)
    assert readings.frame["unit"].unique().to_list() == ["°"]
    assert [f.counts.get("encoding") for f in readings.findings] == (["Latin-1"] if encoding == "latin-1" else [])


def test_decimal_commas_need_another_delimiter(tmp_path):
    assert values(read(tmp_path, "date;x\n2024-01-01;1,5\n2024-01-02;2,25\n"), "x") == [1.5, 2.25]
    assert values(read(tmp_path, "date;x\n2024-01-01;1.234,5\n2024-01-02;2,25\n"), "x") == [1234.5, 2.25]
    assert values(read(tmp_path, 'date,x\n2024-01-01,"1,234"\n2024-01-02,"2,000.5"\n'), "x") == [1234.0, 2000.5]


def test_units_in_headers(tmp_path):
    readings = read(tmp_path, "date,glucose (mg/dL),mood [1-10],REM (min),REM (%)\n2024-01-01,90,7,30,20\n")
    units = dict(readings.frame.select("variable", "unit").iter_rows())
    assert units == {"glucose": "mg/dL", "mood": "points", "REM (min)": None, "REM (%)": None}
    assert header_parts("plain") == ("plain", None)


def test_event_log_amounts(tmp_path):
    rows = ("01 08:00,caffeine,200mg", "01 09:00,oil,1.5 ml", "01 10:00,sugar,2")
    log = "time,substance,amount\n" + "".join(f"2024-01-{row}\n" for row in rows)
    readings = read(tmp_path, log)
    assert readings.layout == "events"
    assert readings.events == ("caffeine", "oil", "sugar")
    rows = readings.frame.select("variable", "value", "unit").rows()
    assert rows == [("caffeine", 200.0, "mg"), ("oil", 1.5, "ml"), ("sugar", 2.0, None)]


def test_event_log_without_amounts_counts(tmp_path):
    readings = read(tmp_path, "time,event\n2024-01-01 08:00,run\n2024-01-01 09:00,nap\n")
    assert readings.layout == "events"
    assert values(readings, "run") == [1.0]


def test_a_unit_behind_every_number_of_a_column(tmp_path):
    readings = read(tmp_path, "date,weight,day_of\n2024-01-01,70 kg,30 May\n2024-01-02,70.5 kg,31 May\n")
    assert values(readings, "weight") == [70.0, 70.5]
    assert values(readings, "day_of") == [None, None]
    assert readings.frame.filter(pl.col("variable") == "weight")["unit"].to_list() == ["kg", "kg"]


def test_one_missing_amount_among_others_is_unknown(tmp_path):
    readings = read(tmp_path, "time,drug,dose\n2024-01-01 08:00,a,5mg\n2024-01-02 08:00,a,\n")
    assert values(readings, "a") == [5.0, None]


def test_long_layout(tmp_path):
    rows = ("01 08:00,hr,60,bpm", "01 08:00,bp,120,mmHg", "02 08:00,hr,62,bpm")
    text = "time,variable,value,unit\n" + "".join(f"2024-01-{row}\n" for row in rows)
    readings = read(tmp_path, text)
    assert readings.layout == "long"
    assert values(readings, "hr") == [60.0, 62.0]
    assert set(readings.frame["unit"]) == {"bpm", "mmHg"}


def test_declared_columns_win(tmp_path):
    text = "when,thing,much,else\n2024-01-01 08:00,tea,2,9\n2024-01-01 09:00,tea,3,9\n2024-01-02 09:00,milk,1,9\n"
    readings = read(tmp_path, text, layout="events", variable="thing", value="much", ignore=["else"])
    assert values(readings, "tea") == [2.0, 3.0]
    assert set(readings.variables) == {"tea", "milk"}
    with pytest.raises(StudyError, match="'nothing'"):
        read(tmp_path, text, time="nothing")


def test_start_and_end_columns(tmp_path):
    text = "sleep_start,sleep_end,score\n2024-01-01 23:00,2024-01-02 07:00,80\n2024-01-02 23:30,2024-01-03 06:00,70\n"
    readings = read(tmp_path, text)
    assert readings.time_column == "sleep_start"
    assert (readings.frame["local_end"] - readings.frame["local"]).dt.total_hours().to_list() == [8, 6]


def test_missing_words_are_missing_and_an_empty_column_stays_a_variable(tmp_path):
    readings = read(tmp_path, "date,x,y\n2024-01-01,NA,\n2024-01-02,nan,\n2024-01-03,3,\n")
    assert values(readings, "x") == [3.0]
    assert readings.variables == ("x", "y")


def test_running_numbers_are_no_variables(tmp_path):
    readings = read(tmp_path, "id,date,day,x\n7,2024-01-01,1,5\n8,2024-01-02,2,5\n9,2024-01-04,3,6\n")
    assert readings.variables == ("x",)
    assert set(readings.index["name"]) == {"id", "day"}


def test_units_convert_within_their_kind():
    assert factor_between("g", "mg") == pytest.approx(1000)
    assert factor_between("h", "min") == pytest.approx(60)
    assert factor_between("g", "ml") is None


def test_infinite_values_are_refused_with_their_line():
    lines = pl.Series([2, 3])
    with pytest.raises(StudyError, match=r"a\.csv:3: expected a finite number"):
        numbers_of(pl.Series(["1", "-inf"]), lines, "a.csv", comma_decimal=False, amounts=False)
    with pytest.raises(StudyError, match="finite"):
        numbers_of(pl.Series(["1", "1e999"]), lines, "a.csv", comma_decimal=False, amounts=False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"\x00\x01\x02\x03" * 50, "binary content"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(128, 160)) * 20, "binary content"),
        ("x\n1\n2\n", "a single column"),
        ("date,x\n", "rows of data"),
        ("date,x,x\n2024-01-01,1,2\n", "'x' more than once"),
        ("date,x\n2024-01-01,1,5\n", "2 cells as in the header"),
        ("date,x\n2024-01-01,1\n2024-01-02,inf\n", "a.csv:3"),
        ("date,x\n2024-01-31,1\n01.02.2024,2\n", "line 2 and '01.02.2024'"),
        ("date,x\n31/01/2024,1\n02/13/2024,2\n", "one order of day and month"),
        ("date,x\n01/02/2024,1\n02/02/2024,2\n", "told apart"),
    ],
)
def test_unusable_files_say_what_and_where(tmp_path, content, message):
    with pytest.raises(StudyError) as caught:
        read(tmp_path, content)
    assert message in str(caught.value)
    assert "a.csv" in caught.value.where


def test_garbage_called_parquet_is_refused(tmp_path):
    with pytest.raises(StudyError, match="a Parquet file"):
        read(tmp_path, b"not parquet at all", name="a.parquet")


def test_broken_json_lines_name_their_line(tmp_path):
    with pytest.raises(StudyError, match=r"a\.jsonl:2"):
        read(tmp_path, '{"date": "2024-01-01", "x": 1}\n{"date": \n', name="a.jsonl")
    with pytest.raises(StudyError, match="nested"):
        read(tmp_path, '{"date": "2024-01-01", "x": [1]}\n', name="a.jsonl")
