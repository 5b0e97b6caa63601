"""Hashes of the code are remembered exactly as long as no file of it is touched."""

import os
import time

import pytest

from flows.provenance import code_memory
from flows.provenance.code_memory import remembered


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Asks for hashes of a little checkout; how often they were worked out is in `asked.times`."""
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(code_memory, "SETTLED", -60.0)  # the files below were made just now
    code = tmp_path / "code"
    (code / "tasks").mkdir(parents=True)
    (code / "tasks" / "infer.py").write_text("A = 1\n")
    (code / "requirements.lock").write_text("jax==1\n")

    def ask(*facts: str) -> bool:
        """Whether they were worked out anew."""
        times = []
        told = remembered(code, facts, ("tasks",), lambda: times.append(1) or {"infer": "hash"})
        assert told == {"infer": "hash"}
        return bool(times)

    ask.code = code
    return ask


def test_they_are_worked_out_once(asked):
    assert [asked(), asked(), asked("a"), asked("a")] == [True, False, True, False]


@pytest.mark.parametrize("path", ["tasks/infer.py", "tasks/new.py", "tasks/prompts/role.md", "requirements.lock"])
def test_a_touched_or_new_file_has_them_worked_out_anew(asked, path):
    asked()
    (asked.code / path).parent.mkdir(exist_ok=True)
    (asked.code / path).write_text("A = 2\n")
    assert [asked(), asked()] == [True, False]


def test_an_edit_that_keeps_size_and_time_is_seen(asked):
    path = asked.code / "tasks" / "infer.py"
    before = path.stat()
    asked()
    time.sleep(0.02)  # the kernel's clock for files ticks every few milliseconds
    path.write_text("A = 3\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert asked()


def test_compiled_files_of_python_do_not_count(asked):
    asked()
    (asked.code / "tasks" / "__pycache__").mkdir()
    (asked.code / "tasks" / "__pycache__" / "infer.pyc").write_text("x")
    os.utime(asked.code / "tasks")
    assert not asked()


def test_files_touched_a_moment_ago_are_not_believed_next_time(asked, monkeypatch):
    monkeypatch.setattr(code_memory, "SETTLED", 2.0)
    assert [asked(), asked()] == [True, True]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"seen": 1}', '{"seen": "x", "hashes": []}'])
def test_a_damaged_memory_is_none(asked, tmp_path, content):
    asked()
    (kept,) = (tmp_path / "cache" / "causal-ssm" / "code").iterdir()
    kept.write_text(content)
    assert [asked(), asked()] == [True, False]


def test_where_nothing_can_be_kept_they_are_worked_out_every_time(asked, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(tmp_path / "file"))
    assert [asked(), asked()] == [True, True]
