"""Recordings: named by content, verified on read, kept word for word."""

import json
from pathlib import Path

import pytest

from schemas.errors import StudyError
from schemas.recording import Reply
from tasks.llm.faults import RecordingAltered
from tasks.llm.maintenance import list_recordings, rekey, rekey_candidates
from tasks.llm.store import Store, load, request_sha256

REPLY = Reply(model="hand-written/test", content='{"a": "é"}', finish_reason="stop")


def test_a_reply_comes_back_word_for_word(tmp_path: Path, request_of):
    store = Store.of(tmp_path)
    assert store.read(request_of()) is None
    store.write(request_of(), REPLY)
    assert store.read(request_of()) == REPLY


def test_one_changed_word_is_another_recording(tmp_path: Path, request_of):
    Store.of(tmp_path).write(request_of("Why?"), REPLY)
    assert Store.of(tmp_path).read(request_of("Why not?")) is None


@pytest.mark.parametrize(
    "change",
    [{"model": "m"}, {"temperature": 0.5}, {"seed": 1}, {"sample": 1}, {"prompt": "priors"}, {"prompt_version": "2"}],
)
def test_everything_that_decides_a_reply_is_in_the_name(request_of, change: dict):
    assert request_sha256(request_of(**change)) != request_sha256(request_of())


def test_the_name_does_not_depend_on_the_order_of_keys(request_of):
    first, second = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}
    assert request_sha256(request_of(reply_schema=first)) == request_sha256(request_of(reply_schema=second))


def test_the_same_recording_gives_the_same_readable_bytes(tmp_path: Path, request_of):
    written = [Store.of(tmp_path / name) for name in "ab"]
    paths = [store.path(store.write(request_of("Très tard ?"), REPLY).sha256) for store in written]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert "Très tard ?" in paths[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["request", "reply"])
def test_an_altered_recording_is_refused(tmp_path: Path, request_of, part: str):
    store = Store.of(tmp_path)
    path = store.path(store.write(request_of("Why?"), REPLY).sha256)
    old, new = {"request": ("Why?", "How?"), "reply": ("hand-written/test", "gpt")}[part]
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(RecordingAltered, match="recording was altered"):
        store.read(request_of("Why?"))


def test_a_renamed_recording_is_refused(tmp_path: Path, request_of):
    store = Store.of(tmp_path)
    path = store.path(store.write(request_of("Why?"), REPLY).sha256)
    path.rename(store.path(request_sha256(request_of("How?"))))
    with pytest.raises(RecordingAltered):
        store.read(request_of("How?"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{}", b'{"sha256": 1}'])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(StudyError, match="no valid recording"):
        load(tmp_path / "x.json")


def test_the_list_tells_used_unused_altered_and_missing(tmp_path: Path, request_of):
    store = Store.of(tmp_path)
    used, unused, altered, missing = (request_of(text) for text in ("used", "unused", "altered", "missing"))
    for request in (used, unused, altered):
        store.write(request, REPLY)
    path = store.path(request_sha256(altered))
    path.write_text(json.dumps({}), encoding="utf-8")
    rows = {row.sha256: row for row in list_recordings(tmp_path, [used, missing])}
    states = [rows[request_sha256(request)].state for request in (used, unused, altered, missing)]
    assert states == ["used", "unused", "altered", "missing"]
    assert rows[request_sha256(used)].model == "hand-written/test"


def test_without_knowing_the_needs_nothing_is_called_unused(tmp_path: Path, request_of):
    assert list_recordings(tmp_path) == ()
    Store.of(tmp_path).write(request_of(), REPLY)
    assert [row.state for row in list_recordings(tmp_path)] == ["present"]


def test_rekeying_moves_the_reply_word_for_word_and_says_so(tmp_path: Path, request_of):
    store, old, new = Store.of(tmp_path), request_of("old"), request_of("new", prompt_version="2")
    name = store.write(old, REPLY).sha256
    assert [each.sha256 for each in rekey_candidates(tmp_path, new)] == [name]
    moved = rekey(tmp_path, name, new)
    assert (store.read(new), store.read(old), moved.rekeyed_from) == (REPLY, None, name)
    again = rekey(tmp_path, moved.sha256, request_of("newest"))
    assert again.rekeyed_from == name


def test_rekeying_refuses_what_makes_no_sense(tmp_path: Path, request_of):
    store = Store.of(tmp_path)
    name = store.write(request_of("old"), REPLY).sha256
    with pytest.raises(StudyError, match="no recording 0000"):
        rekey(tmp_path, "0000", request_of("new"))
    with pytest.raises(StudyError, match="the same role"):
        rekey(tmp_path, name, request_of("new", prompt="graphs"))
    with pytest.raises(StudyError, match="without a recording"):
        rekey(tmp_path, name, request_of("old"))
    assert store.read(request_of("old")) == REPLY
