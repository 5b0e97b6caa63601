"""Workbooks: the first sheet that holds a table, as the text that is seen in it."""

import subprocess
import sys
import tracemalloc
from datetime import date, datetime, timedelta
from io import BytesIO
from math import isnan
from zipfile import ZIP_BZIP2, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import from_excel

from schemas.errors import StudyError
from tasks.sources.xlsx.seen import text_of
from tests.tasks.hostile.archives import encrypted
from tests.tasks.making import ingested
from tests.tasks.sources.tables import assumed, read, values
from tests.tasks.sources.workbook import (
    CLOCK,
    DATE,
    MOMENT,
    OWN_DATE,
    SHARE,
    SPAN,
    diary,
    number,
    row,
    shared,
    sheet,
    text,
    workbook,
)

MORNING = datetime(2024, 1, 2, 7, 30)


def opened(tmp_path, *rows, after="", **parts):
    return read(tmp_path, workbook({"S": sheet(*rows, after=after)}, **parts), "a.xlsx")


def refusal(tmp_path, content, **source):
    with pytest.raises(StudyError) as caught:
        read(tmp_path, content, "a.xlsx", **source)
    assert len(str(caught.value)) < 1000
    return caught.value


def column(tmp_path, *cells, name="v"):
    """A column of cells of XML without their addresses."""
    head = row(1, text("A1", "date"), text("B1", name), text("C1", "x"))
    rows = [
        row(n, number(f"A{n}", 45290 + n, DATE), cell.replace("<c", f'<c r="B{n}"', 1), number(f"C{n}", n))
        for n, cell in enumerate(cells, 2)
    ]
    return opened(tmp_path, head, *rows)


def bare(value, style=0):
    return f'<c s="{style}"><v>{value}</v></c>'


def test_a_sheet_is_read_as_the_same_table_of_text(tmp_path):
    made = opened(tmp_path, diary())
    as_text = read(tmp_path, "date,x,y\n2024-01-01,0,0.5\n2024-01-02,1,1.5\n2024-01-03,0,2.5\n")
    assert made.frame.equals(as_text.frame)
    assert made.findings == ()
    assert made.time_column == "date"


@pytest.mark.parametrize("style", [DATE, OWN_DATE, MOMENT])
def test_dates_are_dates(tmp_path, style):
    made = opened(tmp_path, diary().replace(f's="{DATE}"', f's="{style}"'))
    assert made.frame["local"].unique().sort().to_list() == [datetime(2024, 1, day) for day in (1, 2, 3)]
    assert made.frame["date_only"].all() == (style != MOMENT)


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path):
    made = opened(tmp_path, diary(), properties='<workbookPr date1904="1"/>')
    assert made.frame["local"].min() == datetime(2028, 1, 2)


def test_clock_times_durations_shares_and_truths(tmp_path):
    assert values(column(tmp_path, bare(0.3125, CLOCK), bare(0.25, CLOCK), name="sleep"), "sleep") == [7.5, 6]
    assert values(column(tmp_path, bare(0.3125, SPAN), bare(1.5, SPAN), name="work"), "work") == [7.5, 36]
    shares = column(tmp_path, bare(0.85, SHARE), bare(0.07, SHARE))
    assert values(shares, "v") == [85, 7]
    assert set(shares.frame["unit"].drop_nulls()) == {"%"}
    truths = column(tmp_path, '<c t="b"><v>1</v></c>', '<c t="b"><v>0</v></c>')
    assert truths.frame["text"].drop_nulls().to_list() == ["TRUE", "FALSE"]


def test_texts_shared_rich_and_with_hints(tmp_path):
    strings = shared(
        "<t>ma</t>", "<r><t>so </t></r><r><t xml:space='preserve'>so</t></r><rPh sb='0' eb='2'><t>hint</t></rPh>"
    )
    head = row(1, text("A1", "date"), text("B1", "v"), text("C1", "x"))
    rows = [row(n, number(f"A{n}", 45290 + n, DATE), f'<c r="B{n}" t="s"><v>{n % 2}</v></c>') for n in (2, 3)]
    made = opened(tmp_path, head, *rows, strings=strings)
    assert made.frame["text"].drop_nulls().to_list() == ["ma", "so so"]


def test_cells_and_rows_without_addresses(tmp_path):
    cells = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("date", "x"))
    rows = "".join(f"<row>{bare(45292 + n, DATE)}{bare(n)}</row>" for n in range(3))
    assert values(opened(tmp_path, f"<row>{cells}</row>{rows}"), "x") == [0, 1, 2]


def test_names_with_prefixes(tmp_path):
    prefixed = sheet(diary()).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    assert values(read(tmp_path, workbook({"S": prefixed}), "a.xlsx"), "y") == [0.5, 1.5, 2.5]


def test_words_above_the_header_and_an_empty_margin(tmp_path):
    made = opened(tmp_path, row(2, text("C2", "My diary")), diary(days=4, first=5, column="C"))
    assert values(made, "x") == [0, 1, 0, 1]
    assert made.frame["line"].unique().sort().to_list() == [6, 7, 8, 9]
    assert any("header was read from line 5" in finding.sentence for finding in made.findings)


def test_the_first_sheet_that_holds_a_table_or_the_declared_one(tmp_path):
    sheets = {
        "Notes": sheet(row(1, text("A1", "hello"))),
        "Old": sheet(diary(days=5)),
        "Diary": sheet(diary()),
        "More": sheet(diary(days=4)),
    }
    content = workbook(sheets, states={"Old": "hidden"})
    made = read(tmp_path, content, "a.xlsx")
    assert made.rows == 3
    assert "the sheet 'Diary' was read; to read another (Notes, More), write `sheet: NAME`" in assumed(made)[0]
    assert read(tmp_path, content, "a.xlsx", sheet="More").rows == 4
    assert read(tmp_path, content, "a.xlsx", sheet="Old").rows == 5
    assert "one of the sheets Notes, Diary, More" in refusal(tmp_path, content, sheet="Q").expected


def test_formula_errors_are_missing_or_told(tmp_path):
    head = row(1, text("A1", "date"), text("B1", "x"))
    cells = [
        "<v>1</v>",
        "<f>NA()</f><v>#N/A</v>",
        "<f>1/0</f><v>#DIV/0!</v>",
        "<f>A1</f>",
        "<f>A1</f><v>5</v>",
        "<v>2</v>",
    ]
    rows = [
        row(n, number(f"A{n}", 45290 + n, DATE), f'<c r="B{n}"{" t='e'" if "#" in cell else ""}>{cell}</c>')
        for n, cell in enumerate(cells, 2)
    ]
    made = ingested(tmp_path, {"a.xlsx": workbook({"S": sheet(head, *rows)})})
    assert made.values("x") == [1, None, None, None, 5, 2]
    assert "(first: '#DIV/0!' at a.xlsx:4)" in made.finding("unreadable").sentence
    assert "1 formulas have no stored result" in made.finding("assumed").sentence


def test_merged_cells_below_the_header_are_told(tmp_path):
    merged = '<mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="B2:B3"/></mergeCells>'
    assert "Of 1 merged ranges only the first cell" in assumed(opened(tmp_path, diary(), after=merged))[0]
    assert assumed(opened(tmp_path, diary(), after=merged.replace('<mergeCell ref="B2:B3"/>', ""))) == []


def repacked(content, packing):
    sink = BytesIO()
    with ZipFile(BytesIO(content)) as made, ZipFile(sink, "w", packing) as other:
        for name in made.namelist():
            other.writestr(name, made.read(name))
    return sink.getvalue()


def one_byte_each(content):
    """The archive's own table claims a single byte for every part."""
    changed, at = bytearray(content), 0
    while (at := changed.find(b"PK\x01\x02", at) + 1) > 0:
        changed[at + 23 : at + 27] = (1).to_bytes(4, "little")
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "a damaged one"),
        (b"PK\x03\x04", "a damaged one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted"),
        (encrypted(bytearray(workbook({}))), "encrypted"),
        (workbook({}), "none"),
        (workbook({"S": sheet()}), "1 without one (S)"),
        (workbook({"S": sheet(row(1, text("A1", "date"), text("B1", "x")))}), "1 without one"),
        (workbook({"S": sheet(*(row(n, number(f"A{n}", n)) for n in range(1, 9)))}), "1 without one"),
        (workbook({"S": "<worksheet><sheetData>"}), "a damaged one"),
        (workbook({"S": "no XML"}), "a damaged one"),
        (workbook({"S": sheet(row(1, '<c r="A1" t="s"><v>7</v></c>'))}), "a damaged one"),
        (workbook({"S": sheet(row(1, bare("one")))}), "a damaged one"),
        (workbook({"S": sheet(row(1, number("A1", 1)), row(1048576, number("XFD1048576", 1)))}), "column 16384"),
        (workbook({"S": sheet(row(2000000, number("A2000000", 1)))}), "row 1048577"),
        (workbook({"S": sheet(row(1, '<c r="5"><v>1</v></c>'))}), "not a valid column name"),
        (workbook({"S": '<!DOCTYPE x [<!ENTITY a "ha">]>' + sheet(row(1, text("A1", "&a;")))}), "entities"),
        (workbook({"S": sheet(" " * 30_000_000)}), "grows from"),
        (
            workbook(
                {"S": sheet(f"<row>{'<c/>' * 1_200_000}</row>" + "<!--" + "".join(map(str, range(60_000))) + "-->")}
            ),
            "more",
        ),
        (workbook({"S": sheet("<row><row/></row>")}), "a row inside a row"),
        (workbook({"S": sheet(diary()).replace("schemas.openxmlformats", "purl.oclc")}), "1 without one"),
        (repacked(workbook({"S": sheet(diary())}), ZIP_BZIP2), "packing 12"),
        (one_byte_each(workbook({"S": sheet(diary())})), "a damaged one"),
        (workbook({"S": sheet(*(row(n, number(f"GJE{n}", 1)) for n in range(1, 2000)))}), "more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_and_broken_workbooks_are_refused(tmp_path, content, says):
    assert says in refusal(tmp_path, content).got


def test_one_long_text_in_many_cells_is_refused_in_bounded_memory(tmp_path):
    cells = "".join(f'<c r="A{n}" t="s"><v>0</v></c></row><row>' for n in range(1, 10_000))
    content = workbook({"S": sheet(f"<row>{cells}</row>")}, strings=shared(f"<t>{'long ' * 6000}</t>"))
    tracemalloc.start()
    assert "more" in refusal(tmp_path, content).got
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6


def test_empty_cells_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tasks.sources.xlsx.bounds._MOST_ELEMENTS", 1000)
    assert "1000 elements" in refusal(tmp_path, workbook({"S": sheet(row(1, "<c/>" * 2000))})).expected


def test_the_mark_of_an_open_workbook_is_left_out(tmp_path):
    made = ingested(tmp_path, {"a.xlsx": workbook({"S": sheet(diary())}), "~$a.xlsx": b"\x03Ann" + bytes(160)})
    assert made.values("y") == [0.5, 1.5, 2.5]
    assert made.finding("unreadable").counts["looks"] == "the mark of a document that is open"


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (2.0, "General", "2"),
        (2.5, None, "2.5"),
        (2.5, '0.0 "days"', "2.5"),
        (2.5, "#,##0 \\d", "2.5"),
        (0.07, "0.0%", "7%"),
        (0.07, '0.0"%"', "0.07"),
        (MORNING, "[$-409]d/m/yy h:mm AM/PM;@", "2024-01-02 07:30:00"),
        (MORNING, "DD.MM.YYYY", "2024-01-02"),
        (MORNING, "mmm-yy", "2024-01-02"),
        (MORNING, "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "2024-01-02"),
        (MORNING, "[Red]h:mm", "07:30"),
        (MORNING, "General", "2024-01-02 07:30:00"),
        (MORNING.date(), "General", "2024-01-02"),
        (MORNING.time(), "h:mm AM/PM", "07:30"),
        (MORNING.time(), "mm:ss.0", "07:30:00"),
        (timedelta(hours=36, minutes=5), "[h]:mm", "36:05:00"),
        (timedelta(hours=-6), "[h]:mm", "-0.25"),
    ],
)
def test_what_is_seen_in_a_cell(value, code, shown):
    assert text_of(value, code) == shown


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)), st.integers(0, 86_399))
def test_any_moment_comes_back(day, second):
    value = from_excel((day - date(1899, 12, 30)).days + second / 86_400)
    assert text_of(value, "dd/mm/yyyy") == day.isoformat()
    moment = datetime.fromisoformat(text_of(value, "d.m.yy h:mm"))
    assert (moment.date(), moment.hour * 3600 + moment.minute * 60 + moment.second) == (day, second)


@given(st.floats(), st.sampled_from(["General", "0%", "d.m.yy", "[h]:mm", ""]))
def test_any_number_has_a_text(value, code):
    made = text_of(value, code)
    assert made
    assert code == "0%" or float(made) == value or isnan(value)


def test_the_library_is_not_imported_without_a_workbook():
    code = "import sys, tasks.sources; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
