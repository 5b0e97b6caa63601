"""What an error of the disk is called, whoever raises it, and that no other error is taken for one."""

import errno
import json
import sqlite3

import pytest

from flows.disk import disk_refusal

FULL, CLOSED = "room on the disk", "a file that this user may read or write"


def caused(error: Exception, by: BaseException) -> Exception:
    error.__cause__ = by
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a.parquet"), FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), FULL),
        (PermissionError(errno.EACCES, "Permission denied", "params.yaml"), CLOSED),
        (OSError(errno.EROFS, "Read-only file system"), CLOSED),
        (RuntimeError("write failed: No space left on device (os error 28)"), FULL),
        (sqlite3.OperationalError("database or disk is full"), FULL),
        (caused(RuntimeError("a stage failed"), OSError(errno.ENOSPC, "No space left on device")), FULL),
    ],
)
def test_trouble_with_the_disk_is_told_with_its_place_and_what_to_do(error, expected):
    told = disk_refusal(error)
    assert told is not None
    assert told.expected == expected
    assert told.fix
    if getattr(error, "filename", None):
        assert told.where == error.filename


@pytest.mark.parametrize(
    "error", [ValueError("a number"), FileNotFoundError(errno.ENOENT, "No such file"), KeyError("x")]
)
def test_no_other_fault_is_taken_for_it(error):
    assert disk_refusal(error) is None


@pytest.mark.parametrize("as_json", [True, False])
def test_a_full_disk_is_status_2_with_one_message(cli, done, monkeypatch, as_json):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "results/report.html")

    monkeypatch.setattr("flows.recipes.recipe_of", lambda name: full)
    answer = cli("stage", "report", done, *(["--json"] if as_json else []))
    assert answer.exit_code == 2
    if as_json:
        assert json.loads(answer.stdout)["error"]["expected"] == FULL
    else:
        assert answer.stderr.count("room on the disk") == 1
        assert "Traceback" not in answer.stderr
