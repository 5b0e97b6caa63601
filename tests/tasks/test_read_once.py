"""What the check of a request has read, stage ingest does not read again, unless something has changed."""

import os

import pytest

import tasks.readings.rawfiles as rawfiles
from schemas.params import Ingest, Source
from schemas.stages import STAGES
from tasks.artifacts import sha256_of
from tasks.ingest import ingest
from tasks.readings import KEPT, read_for_later, read_raw_files
from tasks.settings import load_params
from tasks.setup import create_study, study_variables

TABLE = "date,coffee,sleep\n" + "".join(f"2026-01-{day:02d},{day % 3},{7 + day % 2}\n" for day in range(1, 29))


@pytest.fixture
def study(tmp_path):
    (tmp_path / "diary.csv").write_text(TABLE)
    create_study(tmp_path / "study", [tmp_path / "diary.csv"], "Does coffee change my sleep?", None, None)
    return tmp_path / "study"


@pytest.fixture
def readings(monkeypatch):
    """How often a file was read."""
    counted, read = [], rawfiles._read
    monkeypatch.setattr(rawfiles, "_read", lambda *words: counted.append(words[1].name) or read(*words))
    return counted


def test_it_is_read_once_and_given_once(study, readings):
    raw, rules = study / "data/raw", Ingest()
    first = read_for_later(raw, rules, print, study / KEPT)
    assert read_raw_files(raw, rules) is first
    assert len(readings) == 1
    assert read_raw_files(raw, rules) is not first
    assert len(readings) == 2


def test_other_rules_and_changed_files_are_read_anew(study, readings):
    raw = study / "data/raw"
    name = next(path.name for path in raw.iterdir())
    read_for_later(raw, Ingest(), print, study / KEPT)
    read_raw_files(raw, Ingest(sources=(Source(path=name),)))
    assert len(readings) == 2
    read_for_later(raw, Ingest(), print, study / KEPT)
    stat = (raw / name).stat()
    os.utime(raw / name, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    read_raw_files(raw, Ingest())
    assert len(readings) == 4


def test_ingest_writes_the_same_bytes_from_it(study, readings):
    written = [study / path for stage in STAGES if stage.name == "ingest" for path in stage.writes]
    params = load_params(study)
    ingest(study, params, lambda _: None)
    alone = [sha256_of(path) for path in written]
    assert study_variables(study, params) == ["coffee", "sleep"]
    ingest(study, params, lambda _: None)
    assert len(readings) == 2
    assert [sha256_of(path) for path in written] == alone
