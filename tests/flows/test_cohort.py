"""Laws of many studies at once: one table in the order asked for, and a failure that stays alone."""

import json
import subprocess

import pytest

import flows.commands.cohort
from flows.commands.cohort import Row, _row
from flows.serving.server import Server

ANSWER = {"verdict": {"verdict": "effect", "estimate": {"mean": 1.0, "q05": 0.5, "q95": 1.5, "unit": "h"}}}


@pytest.fixture
def programs(monkeypatch):
    """What each study's process prints, by the name of its folder."""
    told = {
        "good": subprocess.CompletedProcess([], 0, json.dumps(ANSWER), ""),
        "bad": subprocess.CompletedProcess([], 2, json.dumps({"error": {"kind": "unusable", "expected": "a number",
                                                                        "got": "'x'"}}), ""),
        "killed": subprocess.CompletedProcess([], -9, "", ""),
    }  # fmt: skip
    monkeypatch.setattr(flows.commands.cohort, "running", lambda: Server("http://127.0.0.1:1", 1))
    monkeypatch.setattr(subprocess, "run", lambda command, **_: told[command[4].rsplit("/", 1)[-1]])


def test_a_failure_stays_alone_and_the_table_has_every_study_in_order(cli, programs, tmp_path):
    answer = cli("run", tmp_path / "bad", tmp_path / "killed", tmp_path / "good", "--json")
    assert answer.exit_code == 0
    rows = json.loads(answer.stdout)["studies"]
    assert [row["status"] for row in rows] == ["unusable", "fault", "answered"]
    assert rows[0]["error"] == "expected a number, got 'x'"
    assert rows[1]["error"] == "ended with status -9 and no answer"
    assert (rows[2]["verdict"], rows[2]["mean"]) == ("effect", 1.0)
    told = cli("run", tmp_path / "bad", tmp_path / "good").stdout
    assert "an effect: +1 [+0.5, +1.5] h" in told
    assert "1 of 2 studies answered" in told


def test_a_study_named_twice_is_status_2(cli, programs, tmp_path):
    answer = cli("run", tmp_path / "good", tmp_path / "other" / ".." / "good")
    assert answer.exit_code == 2
    assert "one named twice" in answer.stderr


def test_an_answer_without_a_number_has_none_in_the_table():
    verdict = {"verdict": {"verdict": "not_identified", "estimate": None}}
    row = _row("s", subprocess.CompletedProcess([], 0, json.dumps(verdict), ""), 1.0)
    assert row == Row("s", "answered", "not_identified", seconds=1.0)
    assert row.line(3) == "s    not identified"
