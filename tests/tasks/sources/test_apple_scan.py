"""The compiled scanner says what the other readers say, or nothing."""

import shutil

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.exports.apple_export import write_export
from schemas.params import Source
from ssm_core.native.build import COMPILERS
from tasks.sources.apple import AppleHealth, adapter
from tasks.sources.apple.elements import by_elements
from tasks.sources.apple.lines import by_lines
from tasks.sources.apple.records import typed_of
from tasks.sources.apple.scan import by_scanner, scanner
from tasks.sources.apple.stream import Piece, head_of, pieces_of
from tests.tasks.sources.test_apple import OPEN

SCAN = scanner()
pytestmark = pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C++ compiler here")
TIMES = 'startDate="2024-03-01 10:00:00 +0100" endDate="2024-03-01 10:05:00 +0100"'
STEPS = f' <Record type="HKQuantityTypeIdentifierStepCount" sourceName="P" unit="count" {TIMES} value="3"/>\n'


def piece(content, line=1):
    return Piece(content, line, content.count(b"\n"), len(content))


def scanned(text):
    return by_scanner(piece(text if isinstance(text, bytes) else text.encode()), SCAN)


def comparable(parts):
    plain = {
        kind: part.sort("line").cast({"unit": pl.String, "device": pl.String})
        for kind, part in parts.quantities.items()
    }
    return plain, parts.categories.sort("line"), parts.unreadable.sort("line")


def same(one, other):
    (ones, one_marks, one_bad), (others, other_marks, other_bad) = comparable(one), comparable(other)
    return (
        ones.keys() == others.keys()
        and all(ones[kind].equals(others[kind]) for kind in ones)
        and one_marks.equals(other_marks)
        and one_bad.equals(other_bad)
        and one.versions.equals(other.versions)
    )


def test_the_scanner_reads_a_whole_export_as_the_line_reader_does(tmp_path):
    path = tmp_path / "export.xml"
    write_export(path, 9, seed=3)
    for one in pieces_of(path, "a", head_of(path, "a"), chunk=1 << 20):
        fast, batch = by_scanner(one, SCAN), by_lines(one)
        assert fast is not None
        assert fast.rows == batch.records.height
        assert fast.elements == batch.elements
        assert same(fast.parts, typed_of(batch.records))


def test_an_export_gives_the_same_readings_with_and_without_a_compiler(tmp_path, monkeypatch):
    path = tmp_path / "export.xml"
    write_export(path, 9, seed=4)
    made = {}
    for least in (0, 1 << 40):
        monkeypatch.setattr(adapter, "WORTH_COMPILING", least)
        made[least] = AppleHealth().read(path, Source(path="export.xml"))
    fast, slow = made.values()
    plain = {"frame": None, "dense": {}, "index": None, "versions": None}
    assert fast._replace(**plain) == slow._replace(**plain)
    assert fast.versions.height > 10
    assert fast.versions.equals(slow.versions)
    assert fast.frame.equals(slow.frame)
    for name, part in slow.dense.items():
        assert (
            fast.dense[name]
            .sort("line")
            .cast({"unit": pl.String, "device": pl.String})
            .equals(part.sort("line").cast({"unit": pl.String, "device": pl.String}))
        )


PIECES = (
    b"", b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b'"', b"'", b"\n", b"\r", b"<", b">", b"/>", b"&", b"&amp;",
    b"&#65;", b" ", b"  ", b"\t", b"NaN", b"-1", b"1e400", b"9e99", b".5", b"5.", b"+5", b"0x1p3", b"0001", b"9999",
    b"2024-02-30", b"24:00:00", b"+9999", b"-0000", b"</Record>", b"<!--", b"<Record ", b"<Workout ", b'value="7"',
    b"inf", b"\xc3\xa9",
)  # fmt: skip
SAMPLE = (
    STEPS
    + STEPS.replace("/>", ">").replace('value="3"', 'value="-0.25e1"')
    + '  <MetadataEntry key="a" value="b"/>\n </Record>\n'
    + f' <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Ann&apos;s" {TIMES} value="Asleep"/>\n'
    + f' <Record type="HKQuantityTypeIdentifierOxygenSaturation" unit="%" {TIMES} value="0.97"/>\n'
    + f' <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="3" durationUnit="min" {TIMES}>\n'
    + " </Workout>\n"
    + "".join(
        f' <Record type="{kind}" sourceName="W" unit="{unit}" creationDate="2024-03-01 10:06:0{n} +0100" '
        f'startDate="2024-03-0{n} 10:00:00 +0{n}00" endDate="2024-03-0{n} 10:05:00 +0{n}00" value="{value}"{end}\n'
        for kind, unit, values, end in (
            ("HKQuantityTypeIdentifierHeartRate", "count/min", ("61", "62.5", "7e1"), "/>"),
            ("HKCategoryTypeIdentifierAppleStandHour", "", ("AStood", "AIdle", "AStood"), "/>"),
            (
                "HKQuantityTypeIdentifierVO2Max",
                "x",
                ("41", "42", "43"),
                '>\n  <MetadataEntry key="a" value="b"/>\n </Record>',
            ),
        )
        for n, value in enumerate(values, 1)
    )
).encode()
change = st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 12), st.sampled_from(PIECES))


@given(st.lists(change, min_size=1, max_size=3))
def test_damaged_lines_are_read_as_a_real_parser_reads_them_or_left_to_it(changes):
    content = SAMPLE
    for at, length, put in changes:
        content = content[:at] + put + content[at + length :]
    fast = by_scanner(piece(content, 5), SCAN)
    if fast is not None:
        sure = by_elements(content, 5, "a")
        assert fast.rows == sure.records.height
        assert same(fast.parts, typed_of(sure.records.with_columns(pl.col(pl.String).replace("", None))))


@pytest.mark.parametrize(
    "text",
    [
        STEPS + STEPS.strip(" ").rstrip("\n") + STEPS,
        STEPS.replace('value="3"', 'value="many"'),
        STEPS.replace('value="3"', 'value="3" value="4"'),
        STEPS.replace("2024-03-01 10:00", "2023-02-29 10:00"),
        STEPS.replace('sourceName="P"', "sourceName='P'"),
        STEPS.replace("sourceName", "sourcename"),
        STEPS.replace("/>", ">"),
        STEPS.replace('"P"', '"P\tQ"'),
        STEPS.replace('"P"', '"P\rQ"'),
        "</Record>\n",
        "<!-- a -->\n",
        STEPS.encode().replace(b"P", b"\xff"),
    ],
)
def test_what_is_written_otherwise_is_left_to_the_other_readers(text):
    assert scanned(text) is None


@pytest.mark.parametrize("blank", ["\t", "\r", "\n"])
def test_white_space_inside_a_value_is_a_blank_as_xml_says(tmp_path, blank):
    path = tmp_path / "export.xml"
    path.write_text(OPEN + STEPS.replace('"P"', f'"P{blank}Q"') + "</HealthData>\n", newline="")
    assert AppleHealth().read(path, Source(path="a")).dense["steps"]["device"].to_list() == ["P Q"]


def test_more_words_than_the_dictionary_holds_are_left_to_the_other_readers():
    lines = "".join(STEPS.replace('"P"', f'"P{n}"') for n in range(4097))
    assert scanned(lines) is None
    assert scanned(lines[: lines.rfind("\n", 0, -1) + 1]).rows == 4096
