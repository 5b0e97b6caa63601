"""Apple Health: both readers agree, odd files are understood or refused, the real excerpt arrives."""

import xml.sax.saxutils as sax
from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.exports.apple_export import write_export
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.apple import AppleHealth
from tasks.sources.apple.adapter import _assembled
from tasks.sources.apple.elements import by_elements, whole
from tasks.sources.apple.lines import by_lines, plain
from tasks.sources.apple.records import Typed, typed_of
from tasks.sources.apple.stream import Piece, head_of, pieces_of
from tests.tasks.making import ingested
from tests.tasks.sources.samples import APPLE

RECORD = (
    ' <Record type="HKQuantityTypeIdentifierStepCount" sourceName="P" unit="count" '
    'startDate="2024-03-01 10:00:00 +0100" endDate="2024-03-01 10:05:00 +0100" value="{}"/>\n'
)
OPEN = '<?xml version="1.0" encoding="UTF-8"?>\n<HealthData locale="en_GB">\n'


def piece(text, line=1):
    content = text.encode()
    return Piece(content, line, content.count(b"\n"), len(content))


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "export.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return AppleHealth().read(path, Source(path="export.xml"))


def steps(readings):
    return readings.dense["steps"]["value"].to_list()


text = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12)
attribute = st.sampled_from(["unit", "value", "sourceVersion", "device", "creationDate"])
entry = st.tuples(
    st.sampled_from(["HKQuantityTypeIdentifierStepCount", "HKCategoryTypeIdentifierHeadache"]),
    text,
    st.dictionaries(attribute, text, max_size=5),
    st.permutations(range(8)),
    st.booleans(),
)


@given(st.lists(entry, max_size=12))
def test_both_readers_see_the_same_records_in_any_order_of_attributes(entries):
    lines = []
    for kind, source, more, order, children in entries:
        given_ = {"type": kind, "sourceName": source, "startDate": "2024-03-01 10:00:00 +0100", **more}
        given_["endDate"] = given_["startDate"]
        pairs = [pair for _, pair in sorted(zip(order, given_.items(), strict=False))]
        written = " ".join(f"{key}={sax.quoteattr(value, {chr(34): '&quot;'})}" for key, value in pairs)
        lines.append(
            f" <Record {written}" + (">\n  <MetadataEntry key='k' value='v'/>\n </Record>" if children else "/>")
        )
    content = piece("\n".join(lines) + "\n", 7)
    fast, sure = by_lines(content), by_elements(content.content, 7, "a")
    if fast is not None:
        assert fast.records.sort("line").equals(sure.records.with_columns(pl.col(pl.String).replace("", None)))
    else:
        assert any(children for *_, children in entries)


def test_metadata_in_double_quotes_keeps_the_fast_reader():
    content = RECORD.format(3).replace("/>", ">") + '  <MetadataEntry key="a" value="b &lt; c"/>\n </Record>\n'
    batch = by_lines(piece(content))
    assert batch is not None
    assert batch.records["value"].to_list() == ["3"]


@pytest.mark.parametrize(
    "line",
    [
        " <Record type='a' value='1'/>\n",
        ' <Record type="a" value="1\n2"/>\n',
        ' <Record type="a" value="1"/> <Record type="b" value="2"/>\n',
        ' <Record type="a" value="1" value2="3"/>\n',
        "<!-- a comment -->\n",
        " text\n",
        ' <Record\n type="a"/>\n',
        ' <Record type="a" value="1"/><!--\n',
        ' <Record type="\0"/>\n',
        " <Record/>\n",
    ],
)
def test_a_line_that_is_written_otherwise_goes_to_the_xml_parser(line):
    assert by_lines(piece(RECORD.format(1) + line + RECORD.format(2))) is None


def test_an_odd_line_changes_nothing_for_the_others(tmp_path):
    odd = " <!-- Ann's note -->\n" + RECORD.format(2).replace('"', "'") + RECORD.format(4).replace(" value", "\n value")
    assert steps(read(tmp_path, OPEN + RECORD.format(1) + odd + "</HealthData>")) == [1, 2, 4]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_other_encodings_are_read(tmp_path, encoding):
    declared = {"utf-16": "UTF-16", "iso-8859-1": "ISO-8859-1", "utf-8-sig": "UTF-8"}[encoding]
    text = OPEN.replace("UTF-8", declared) + RECORD.format(5).replace('"P"', '"Zoë"') + "</HealthData>"
    readings = read(tmp_path, text, encoding)
    assert readings.dense["steps"].select("value", pl.col("device").cast(pl.String)).rows() == [(5.0, "Zoë")]


def test_one_long_line_is_read(tmp_path):
    text = OPEN.replace("\n", "") + "".join(RECORD.format(n) for n in range(5)).replace("\n", "") + "</HealthData>"
    assert steps(read(tmp_path, text)) == [0, 1, 2, 3, 4]


def test_pieces_cover_the_file_whatever_their_size(tmp_path):
    path = tmp_path / "export.xml"
    path.write_text(APPLE)
    head = head_of(path, "export.xml")
    everything = APPLE[APPLE.index("<HealthData") :]
    for chunk in (200, 701, 5000):
        pieces = list(pieces_of(path, "export.xml", head, chunk))
        if None not in pieces:
            joined = b"".join(p.content for p in pieces).decode()
            assert everything[everything.index("\n") + 1 :].startswith(joined)
            assert joined.count("<Record") == APPLE.count("<Record ")
            assert next(p.line for p in pieces) == head.line


def test_both_readers_agree_on_a_large_export(tmp_path):
    path = tmp_path / "export.xml"
    write_export(path, 6, 3)
    source = Source(path="export.xml")
    fast = AppleHealth().read(path, source)
    typed, elements, rows = Typed.empty(), [], 0
    for batch in whole(path, "export.xml"):
        typed.add(typed_of(batch.records))
        elements += batch.elements
        rows += batch.records.height
    sure = _assembled(typed, elements, rows, source)
    assert fast.rows == sure.rows
    order = ["row", "variable"]
    assert fast.frame.sort(order).equals(sure.frame.sort(order))
    for name, part in fast.dense.items():
        assert (
            part.sort("line").cast({"unit": pl.String}).equals(sure.dense[name].sort("line").cast({"unit": pl.String}))
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE HealthData [<!ENTITY a "b">]>\n<HealthData></HealthData>', "entities"),
        ('<!DOCTYPE HealthData [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<HealthData>&a;</HealthData>', "entities"),
        ('<!DOCTYPE HealthData [<!ENTITY % p SYSTEM "http://x/y"> %p;]>\n<HealthData></HealthData>', "entities"),
        (OPEN + RECORD.format(1), "</HealthData>"),
        (OPEN + RECORD.format(1)[:-30], "</HealthData>"),
        (OPEN + RECORD.format(1).replace("/>", ">") + "<!-- --></HealthData>", "well-formed"),
        (OPEN + "</HealthData>", "records"),
        (OPEN + RECORD.format("&unknown;").replace("'", '"') + "<!-- --></HealthData>", "well-formed"),
        ("<HealthData", "HealthData"),
    ],
)
def test_broken_or_hostile_exports_are_refused_in_words(tmp_path, text, message):
    with pytest.raises(StudyError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.where.startswith("export.xml")


@pytest.mark.parametrize("value", ["nan", "NaN", "inf", "-Infinity", "1e999", "", "12,5", "0x10", "five"])
def test_a_value_that_is_no_number_is_told_and_not_used(tmp_path, value):
    readings = read(tmp_path, OPEN + RECORD.format(1) + RECORD.format(value) + "</HealthData>")
    assert steps(readings) == [1]
    (told,) = readings.findings
    assert told.counts["records"] == 1
    assert told.counts["first_line"] == 4


@pytest.mark.parametrize("date", ["", "yesterday", "2024-13-01 10:00:00 +0100", "2024-03-01 10:00:00", "0001-01-01"])
def test_a_time_that_is_none_is_told_and_not_used(tmp_path, date):
    bad = RECORD.format(2).replace('startDate="2024-03-01 10:00:00 +0100"', f'startDate="{date}"')
    readings = read(tmp_path, OPEN + RECORD.format(1) + bad + "</HealthData>")
    assert steps(readings) == [1]
    assert readings.findings[0].counts["records"] == 1


def test_character_references():
    assert plain("a &amp; b &lt;&gt;&quot;&apos; &#233; &#xE9; &nope;") == "a & b <>\"' é é &nope;"
    assert plain("&amp;lt;") == "&lt;"


def test_the_real_excerpt_arrives(tmp_path, shared_data):
    made = ingested(tmp_path, {"export.xml": shared_data / "apple_health_tdda" / "export6s3sample.xml"})
    assert made.audit.files[0].rows == 18
    steps_, distance = (made.panel[name].drop_nulls().to_list() for name in ("steps", "distance"))
    assert steps_ == [329 + 283 + 426 + 61 + 10 + 200 + 390 + 320 + 216 + 282]
    assert distance == [pytest.approx(0.00288 + 0.00284 + 0.00142 + 0.00639 + 0.0059)]
    assert made.panel["workout_minutes"].drop_nulls().to_list() == [pytest.approx(31.73680251737436)]
    first = made.observations.filter(pl.col("variable") == "steps")
    assert first["start"][0].replace(tzinfo=None) == datetime(2014, 9, 13, 9, 27, 54)
    assert first["offset"][0] == 60
    assert first["source"][0] == "export.xml:83"


def test_a_blood_pressure_inside_its_correlation_counts_once(tmp_path):
    part = RECORD.format(120).replace("StepCount", "BloodPressureSystolic").replace('"count"', '"mmHg"')
    pair = f' <Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="P">\n {part} </Correlation>\n'
    made = ingested(tmp_path, {"export.xml": OPEN + part + pair + "</HealthData>"})
    assert made.panel["blood_pressure_systolic"].to_list() == [120]
    assert made.finding("duplicates").counts["merged"] == 1


def test_phone_and_watch_are_never_added(tmp_path):
    watch = RECORD.replace('"P"', '"My Watch"')
    later = RECORD.replace(" 10:", " 15:")
    text = OPEN + RECORD.format(100) + watch.format(110) + later.format(7) + "</HealthData>"
    made = ingested(tmp_path / "a", {"export.xml": text}, ingest={"devices": {"steps": ["watch"]}})
    assert made.panel["steps"].to_list() == [117]
    assert made.finding("overlap").counts == {"readings": 1, "P": 1}
    assert made.observations.height == 3
    made = ingested(tmp_path / "b", {"export.xml": text}, ingest={"devices": {"steps": ["P", "watch"]}})
    assert made.panel["steps"].to_list() == [107]


def test_a_unit_that_changes_in_mid_series_is_converted_and_told(tmp_path):
    pounds = RECORD.format(200).replace("StepCount", "BodyMass").replace('"count"', '"lb"')
    kilos = [RECORD.format(70 + n).replace("StepCount", "BodyMass").replace('"count"', '"kg"') for n in (1, 2)]
    days = [kilos[0].replace("03-01", "03-02"), kilos[1].replace("03-01", "03-03")]
    made = ingested(tmp_path, {"export.xml": OPEN + pounds + "".join(days) + "</HealthData>"})
    assert made.panel["weight"].to_list() == [pytest.approx(90.718474), 71, 72]
    assert made.finding("unit_change").counts == {"lb": 1, "kg": 2}
