"""A file that grew is read in part, and gives what a fresh study gives, byte for byte."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.params import StudyParams
from tasks.ingest import KEPT, ingest
from tasks.sources.apple import adapter
from tests.tasks.sources.test_apple import OPEN

OUTPUTS = ("data/observations.parquet", "data/panel.parquet", "data/audit.json")
KINDS = (
    ("HKQuantityTypeIdentifierHeartRate", "count/min", "Watch"),
    ("HKQuantityTypeIdentifierStepCount", "count", "Phone"),
    ("HKCategoryTypeIdentifierSleepAnalysis", "", "Watch"),
)


def record(kind, day):
    name, unit, source = KINDS[kind]
    at = datetime(2024, 1, 1, 6) + timedelta(days=day // 4, hours=day % 4)
    value = "HKCategoryValueSleepAnalysisAsleepCore" if kind == 2 else 60 + day % 7
    return (
        f' <Record type="{name}" sourceName="{source}" unit="{unit}" startDate="{at} +0100" '
        f'endDate="{at + timedelta(minutes=30)} +0100" value="{value}"/>\n'
    )


def export(lengths):
    """Records by type and, within a type, by time, as the Health app writes them."""
    return OPEN + "".join(record(kind, day) for kind, n in enumerate(lengths) for day in range(n)) + "</HealthData>\n"


def outputs(root, text):
    (root / "data" / "raw").mkdir(parents=True, exist_ok=True)
    (root / "data" / "raw" / "export.xml").write_text(text)
    ingest(root, StudyParams(), lambda _: None)
    return [(root / name).read_bytes() for name in OUTPUTS]


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(adapter, "CHUNK", 4000)
    monkeypatch.setattr(adapter, "WORTH_KEEPING", 0)
    monkeypatch.setattr(adapter, "WORTH_COMPILING", adapter.WORTH_COMPILING)


@pytest.fixture
def parsed(monkeypatch):
    """How many pieces were parsed."""
    count = []
    monkeypatch.setattr(adapter, "by_lines", lambda piece, read=adapter.by_lines: count.append(piece) or read(piece))
    return count


lengths = st.tuples(*[st.integers(8, 90)] * 3)


@pytest.mark.usefixtures("small_pieces")
@settings(max_examples=4, deadline=None)
@given(before=lengths, growth=st.tuples(*[st.integers(0, 60)] * 3), changed=st.booleans(), scanned=st.booleans())
def test_a_grown_or_changed_file_gives_what_a_fresh_study_gives(before, growth, changed, scanned):
    adapter.WORTH_COMPILING = 0 if scanned else 1 << 40
    text = export([n + more for n, more in zip(before, growth, strict=True)])
    text = text.replace('value="61"', 'value="99"', 1) if changed else text
    with tempfile.TemporaryDirectory() as folder:
        outputs(Path(folder) / "old", export(before))
        assert outputs(Path(folder) / "old", text) == outputs(Path(folder) / "new", text)


@pytest.mark.usefixtures("small_pieces")
def test_records_added_to_every_type_leave_most_pieces_unread(tmp_path, parsed):
    outputs(tmp_path, export((900, 900, 90)))
    first = len(parsed)
    outputs(tmp_path, export((910, 910, 100)))
    assert 0 < len(parsed) - first <= first // 3


@pytest.mark.usefixtures("small_pieces")
def test_an_unchanged_file_is_not_parsed_again_and_a_damaged_piece_is(tmp_path, parsed):
    made = outputs(tmp_path, export((90, 90, 90)))
    first = len(parsed)
    assert outputs(tmp_path, export((90, 90, 90))) == made
    assert len(parsed) == first
    kept = sorted((tmp_path / KEPT).rglob("*"))[-1]
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert outputs(tmp_path, export((90, 90, 90))) == made
    assert len(parsed) == first + 1


@pytest.mark.usefixtures("small_pieces")
def test_pieces_of_the_old_file_do_not_pile_up(tmp_path):
    outputs(tmp_path, export((300, 90, 90)))
    before = len(list((tmp_path / KEPT).rglob("*")))
    outputs(tmp_path, export((300, 90, 90)).replace('value="6', 'value="5'))
    assert len(list((tmp_path / KEPT).rglob("*"))) <= before + 2
