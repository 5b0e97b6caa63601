"""Laws of the inbox: a file is taken once, when it has stopped growing, and nothing is lost."""

import json

import pytest

from flows.serving.inbox import INBOX, MANIFEST, RAW, REPLACED, look, settled, take, take_settled, taken


@pytest.fixture
def root(tmp_path):
    (tmp_path / INBOX).mkdir()
    (tmp_path / RAW).mkdir(parents=True)
    return tmp_path


def put(root, name, content=b"date,x\n"):
    path = root / INBOX / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_that_grows_between_two_looks_is_left_alone(root):
    path = put(root, "a.csv")
    assert take_settled(root, 1.0, lambda _: path.write_bytes(b"date,x\n1,2\n") and None) == ()
    assert path.is_file()
    assert take_settled(root, 1.0, lambda _: None) == ("a.csv",)
    assert not path.exists()
    assert (root / RAW / "a.csv").read_bytes() == b"date,x\n1,2\n"


@pytest.mark.parametrize("name", [".hidden.csv", "a.csv.part", "b.zip.crdownload", ".folder/a.csv"])
def test_unfinished_downloads_and_hidden_files_are_not_there_yet(root, name):
    put(root, name)
    assert look(root) == {}


def test_an_empty_file_is_never_settled(root):
    put(root, "a.csv", b"")
    assert settled(look(root), look(root)) == ()


def test_the_same_content_again_is_nothing_new_under_any_name(root):
    put(root, "a.csv")
    assert take_settled(root, 0, lambda _: None) == ("a.csv",)
    put(root, "copy of a.csv")
    assert take_settled(root, 0, lambda _: None) == ()
    assert [p.name for p in (root / RAW).iterdir()] == ["a.csv"]
    assert look(root) == {}


def test_content_that_was_deleted_from_the_raw_data_is_taken_again(root):
    put(root, "a.csv")
    take_settled(root, 0, lambda _: None)
    (root / RAW / "a.csv").unlink()
    put(root, "a.csv")
    assert take_settled(root, 0, lambda _: None) == ("a.csv",)


def test_a_newer_export_of_the_same_name_replaces_the_earlier_one_which_is_kept(root):
    put(root, "sub/a.csv", b"old")
    take_settled(root, 0, lambda _: None)
    put(root, "sub/a.csv", b"new")
    assert take_settled(root, 0, lambda _: None) == ("sub/a.csv",)
    assert (root / RAW / "sub/a.csv").read_bytes() == b"new"
    assert [p.read_bytes() for p in (root / REPLACED).iterdir()] == [b"old"]


@pytest.mark.parametrize("text", [b"", b"{", b"[1]"])
def test_a_damaged_manifest_loses_no_file(root, text):
    (root / MANIFEST).parent.mkdir()
    (root / MANIFEST).write_bytes(text)
    put(root, "a.csv")
    assert taken(root) == {}
    assert take_settled(root, 0, lambda _: None) == ("a.csv",)
    assert list(json.loads((root / MANIFEST).read_bytes()).values()) == ["a.csv"]


def test_a_file_that_goes_before_it_is_taken_is_no_error(root):
    path = put(root, "a.csv")
    seen = tuple(look(root))
    path.unlink()
    assert take(root, seen) == ()
