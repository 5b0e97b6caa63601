"""Every hostile or careless file is refused in one message, or read as documented; nothing half-written stays."""

import time

import polars as pl
import pytest

from schemas.errors import StudyError
from tasks.ingest import ingest
from tasks.settings import load_params
from tasks.setup import create_study
from tests.tasks.hostile.cases import CASES, GOOD

_SECONDS = 60


def test_there_are_at_least_eighty_cases_of_different_names():
    assert len({case.name for case in CASES}) == len(CASES) >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_file_is_refused_or_read_as_documented(tmp_path, case):
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / case.file
    path.write_bytes(case.content() if callable(case.content) else case.content)
    begun = time.perf_counter()
    refusal = refusal_of(tmp_path / "study", path)
    assert time.perf_counter() - begun < _SECONDS
    assert sorted(p.name for p in folder.iterdir()) == [case.file]
    if case.refused:
        assert refusal is not None, "was read"
        assert case.says in str(refusal)
        assert len(str(refusal)) < 2_000
        assert sorted(p.name for p in tmp_path.iterdir() if p.name != "study") == ["in"]
        assert not (tmp_path / "study" / "data" / "panel.parquet").exists()
    else:
        assert refusal is None, str(refusal)
        names = columns(tmp_path / "study")
        assert case.says == case.file or (case.says[1:] not in names if case.says[0] == "!" else case.says in names)


def test_links_in_a_folder_are_not_followed(tmp_path):
    folder, secret = tmp_path / "in", tmp_path / "secret.csv"
    folder.mkdir()
    secret.write_text(GOOD)
    (folder / "a.csv").symlink_to(secret)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    assert "an empty folder" in str(refusal_of(tmp_path / "study", folder))
    (folder / "b.csv").write_text(GOOD.replace("x", "y"))
    assert refusal_of(tmp_path / "study", folder) is None
    assert columns(tmp_path / "study").names() == ["step", "start", "y"]


def refusal_of(root, path):
    try:
        create_study(root, [path], None, None, None)
        ingest(root, load_params(root), lambda _: None)
    except StudyError as refusal:
        return refusal
    return None


def columns(root):
    return pl.read_parquet_schema(root / "data" / "panel.parquet")
