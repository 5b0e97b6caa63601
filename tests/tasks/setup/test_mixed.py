"""Folders and archives that hold exports of several vendors, and things that are none."""

import io
import zipfile

import pytest

from schemas.errors import StudyError
from tasks.settings import load_params
from tasks.setup import create_study
from tasks.setup.rawcopy import copy_data
from tasks.sources import Sample
from tasks.sources.looks import looks_like
from tests.tasks.sources import vendor_samples as v
from tests.tasks.sources.samples import APPLE

ECG = "Name,Ann\nDate of Birth,1980\nUnit,µV\n\n12\n13\n"


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


EXPORT = {
    "apple_health_export/export.xml": APPLE,
    "apple_health_export/export_cda.xml": "<ClinicalDocument/>",
    "apple_health_export/electrocardiograms/ecg_2024-03-01.csv": ECG,
    "apple_health_export/workout-routes/route.gpx": "<gpx/>",
}
MIXED = {
    "Takeout/Fitbit/sleep-2024-03-01.json": v.FITBIT_SLEEP,
    "Takeout/Fitbit/Your Profile/Profile.csv": "id,full_name\n1,Ann\n",
    "Takeout/archive_browser.html": "<html></html>",
    "diary.csv": "date,tea\n2024-03-01,1\n2024-03-02,0\n2024-03-03,1\n",
    "notes.json": '{"user": {"name": "Ann"}, "entries": []}',
}


def made(tmp_path, data):
    told = create_study(tmp_path / "s", [data], None, None, None)
    return " ".join(told)


def test_an_apple_export_zip_needs_nothing_but_its_path(tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(EXPORT))
    told = made(tmp_path, path)
    assert "steps" in told
    for why in ("the clinical copy", "electrocardiogram", "a route"):
        assert why in told


@pytest.mark.parametrize("how", ["folder", "zip", "folder with zips", "zip in a zip"])
def test_mixed_exports_are_read_together(tmp_path, how):
    data = tmp_path / "all"
    data.mkdir()
    inner = zipped(EXPORT)
    if how == "folder":
        for name, content in {**MIXED, **EXPORT}.items():
            (data / name).parent.mkdir(parents=True, exist_ok=True)
            (data / name).write_text(content)
    elif how == "folder with zips":
        (data / "export.zip").write_bytes(inner)
        (data / "takeout.zip").write_bytes(zipped(MIXED))
    else:
        data = tmp_path / "all.zip"
        content = {**MIXED, "export.zip": inner} if how == "zip in a zip" else {**MIXED, **EXPORT}
        data.write_bytes(zipped(content))
    told = made(tmp_path, data)
    for name in ("steps", "sleep_minutes", "tea", "nap_minutes"):
        assert name in told
    assert "notes.json (JSON with the keys user, name, entries)" in told
    assert "full_name" not in told
    assert load_params(tmp_path / "s") is not None


def test_a_third_archive_inside_archives_stays_closed(tmp_path):
    deep = zipped({"a.csv": "date,x\n2024-01-01,1\n"})
    for _ in range(4):
        deep = zipped({"inner.zip": deep})
    (tmp_path / "deep.zip").write_bytes(deep)
    names = copy_data([tmp_path / "deep.zip"], tmp_path / "raw")
    assert names == ["inner/inner/inner.zip"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        for _ in range(130):
            member.write(b"0" * (1 << 20))
    with pytest.raises(StudyError, match="unpack to at most"):
        copy_data([path], tmp_path / "raw")
    assert not (tmp_path / "raw" / "a.csv").exists()


def test_a_size_that_is_only_claimed_is_refused(tmp_path):
    path = tmp_path / "claim.zip"
    content = bytearray(zipped({"a.csv": "date,x\n2024-01-01,1\n"}, zipfile.ZIP_STORED))
    central = content.rfind(b"PK\x01\x02")
    content[central + 24 : central + 28] = (10 * 1024**3 & 0xFFFFFFFF).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(StudyError):
        copy_data([path], tmp_path / "raw")


@pytest.mark.parametrize(
    ("head", "looks"),
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"PK\x03\x04...", "a zip archive"),
        (b"\x0e\x10\xd9\x07\x00\x00\x00\x00.FIT", "a FIT file of a sports watch"),
        (b"<?xml version='1.0'?><gpx/>", "XML with the root gpx"),
        (b'[{"when": 1}]', "JSON with the keys when"),
        (b"[]", "JSON without keys"),
        (b"hello\nworld", 'text that begins with "hello"'),
        (b"a\0b", "binary data"),
        (b"  \n ", "white space"),
    ],
)
def test_what_an_unknown_file_looks_like(head, looks):
    assert looks_like(Sample("x", head)) == looks


def test_a_single_unknown_file_says_what_it_looked_like_and_how_to_map_it(tmp_path):
    path = tmp_path / "notes.json"
    path.write_text('{"user": 1}')
    with pytest.raises(StudyError) as caught:
        made(tmp_path, path)
    assert "notes.json is JSON with the keys user" in str(caught.value)
    assert "save it as CSV" in caught.value.fix
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.json"]
