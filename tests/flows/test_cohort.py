"""Laws of many studies at once: one table in the order asked for, and a failure that stays alone."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import get_args

import pytest

import flows.commands.cohort
import flows.scaling.answering as answering
import flows.scaling.people
from flows.commands.run import Options
from flows.scaling.answering import LOG, apart, here
from flows.scaling.names import RUNNER_NAMES, RunnerName
from flows.scaling.rows import Row
from flows.scaling.runners import WAYS, way_named
from flows.serving.server import Server
from schemas.errors import StudyError
from schemas.params import StudyParams
from tests.flows import standins

VERDICT = json.loads(standins._verdict(StudyParams()))


@pytest.fixture
def alone(monkeypatch):
    """Prefect's part of a cohort is a loop; studies whose folder is named so crash their worker."""
    crashed, given = [], []

    def answered(roots, options, workers, runner, tell):
        given.append((runner, [root.name for root in roots]))
        rows = {}
        for root in roots:
            if root.name == "crash" and runner == "processes":
                crashed.append(root)
                break
            rows[root] = way_named(runner).answer(root, options)
            tell(rows[root])
        return rows

    monkeypatch.setattr(flows.commands.cohort, "running", lambda: Server("http://127.0.0.1:1", 1))
    monkeypatch.setattr(flows.commands.cohort, "prepare", lambda *_args, **_options: None)
    monkeypatch.setattr(flows.scaling.people, "answered", answered)
    return given


def test_a_failure_stays_alone_and_the_table_has_every_study_in_order(cli, alone, new_study, plain_engine, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    studies = [new_study("bad"), new_study("good"), new_study("faulty")]
    (studies[0] / "data/raw/panel.csv").write_text("unusable")
    (studies[2] / "params.yaml").write_text((studies[2] / "params.yaml").read_text().replace("seed: 1", "seed: 667"))
    answer = cli("run", *studies, "--json")
    assert answer.exit_code == 0, answer.stderr
    rows = json.loads(answer.stdout)["studies"]
    assert [row["study"] for row in rows] == [str(study) for study in studies]
    assert [row["status"] for row in rows] == ["unusable", "answered", "fault"]
    assert rows[0]["error"] == "expected numbers, got unusable"
    assert rows[2]["error"] == "ZeroDivisionError: a fault"
    assert rows[1]["verdict"] == "cannot_tell"
    told = cli("run", *studies).stdout
    assert "1 of 3 studies answered" in told
    assert "ingest ..." in (studies[0] / LOG).read_text()
    assert "OMP_NUM_THREADS" not in os.environ, "the key of infer knows it: a later run alone would compute again"


def test_studies_in_which_nothing_changed_need_no_worker(cli, alone, new_study, plain_engine):
    old, new = new_study("old"), new_study("new")
    cli("run", old, new, "--json")
    given = len(alone)
    again = json.loads(cli("run", old, new, "--json").stdout)["studies"]
    assert [row["verdict"] for row in again] == ["cannot_tell", "cannot_tell"]
    assert len(alone) == given, "nothing was submitted"
    (new / "params.yaml").write_text((new / "params.yaml").read_text().replace("seed: 1", "seed: 3"))
    cli("run", old, new)
    assert alone[given:] == [("processes", ["new"])]


def test_a_look_that_fails_leaves_the_study_to_a_worker_and_stops_no_other(
    cli, alone, new_study, plain_engine, monkeypatch
):
    odd, fine = new_study("odd"), new_study("fine")
    cli("run", odd, fine)
    given = len(alone)
    look = answering.run_if_unchanged

    def unreadable(root, options):
        if root.name == "odd":
            raise PermissionError("a folder of someone else's")
        return look(root, options)

    monkeypatch.setattr(answering, "run_if_unchanged", unreadable)
    rows = json.loads(cli("run", odd, fine, "--json").stdout)["studies"]
    assert rows[1]["status"] == "answered"
    assert [names for _, names in alone[given:]] == [["odd"]]


def test_after_a_crash_the_rest_get_a_process_each_and_only_the_one_that_crashes_fails(
    cli, alone, new_study, plain_engine, monkeypatch
):
    first, crash, last = new_study("first"), new_study("crash"), new_study("last")
    told = {"crash": (-9, ""), "last": (0, json.dumps({"verdict": VERDICT}))}

    def run(command, **_):
        status, out = told[command[4].rsplit("/", 1)[-1]]
        return subprocess.CompletedProcess(command, status, out, "")

    monkeypatch.setattr(answering, "subprocess", _With(subprocess, run))
    answer = cli("run", first, crash, last, "--json")
    assert alone == [("processes", ["first", "crash", "last"]), ("threads", ["crash", "last"])]
    rows = json.loads(answer.stdout)["studies"]
    assert [row["status"] for row in rows] == ["answered", "fault", "answered"]
    assert rows[1]["error"] == "ended with status -9 and no answer"
    assert "2 studies without an answer get a process each" in answer.stderr


class _With:
    """A module with another `run`."""

    def __init__(self, module, run):
        self._module, self.run = module, run

    def __getattr__(self, name):
        return getattr(self._module, name)


def test_a_study_named_twice_is_status_2(cli, alone, tmp_path):
    answer = cli("run", tmp_path / "good", tmp_path / "other" / ".." / "good")
    assert answer.exit_code == 2
    assert "one named twice" in answer.stderr


def test_every_runner_has_a_way_and_a_missing_extra_says_what_to_install(monkeypatch):
    assert set(WAYS) == set(get_args(RunnerName)) == set(RUNNER_NAMES)

    def absent(_name):
        raise ImportError

    monkeypatch.setattr("flows.scaling.runners.import_module", absent)
    for name in ("dask", "ray"):
        with pytest.raises(StudyError, match=rf"pip install 'causal-ssm-agent\[{name}\]'"):
            way_named(name).runner(2)


def test_the_options_reach_a_process_of_its_own(monkeypatch, tmp_path):
    seen = []

    def run(command, **_):
        seen.extend(command[4:])
        return subprocess.CompletedProcess(command, 2, json.dumps({"error": {"kind": "unusable", "expected": "a number",
                                                                             "got": "'x'"}}), "")  # fmt: skip

    monkeypatch.setattr(answering, "subprocess", _With(subprocess, run))
    row = apart(tmp_path, Options(llm="off", force="infer"))
    assert seen == [str(tmp_path), "--json", "--llm", "off", "--force", "infer"]
    assert (row.status, row.error) == ("unusable", "expected a number, got 'x'")


def test_an_answer_without_a_number_has_none_in_the_table():
    row = Row("s", "answered", "not_identified", seconds=1.0)
    assert row.line(3) == "s    not identified"


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_a_task_runner_answers_each_and_a_lost_worker_leaves_its_study_without_a_row(tmp_path, monkeypatch):
    """Real Prefect, threads, and one task that ends as with its worker: without a result.

    A worker, which may be in another folder, is given the whole path; the row has the study as it was named.
    """
    monkeypatch.chdir(tmp_path)

    def answer(root, _options):
        assert root.is_absolute()
        if root.name == "b":
            raise RuntimeError("the worker is gone")
        return Row(str(root), "answered", "cannot_tell")

    monkeypatch.setitem(WAYS, "threads", WAYS["threads"]._replace(answer=answer))
    heard = []
    roots = [Path(name) for name in "abc"]
    rows = flows.scaling.people.answered(roots, Options(), 2, "threads", heard.append)
    assert {root: row.study for root, row in rows.items()} == {roots[0]: "a", roots[2]: "c"}
    assert sorted(heard) == sorted(rows.values())


def test_whatever_happens_in_this_process_is_a_row(tmp_path):
    (tmp_path / "params.yaml").write_text("study: {name: x}\n")
    before = os.umask(0o022)
    try:
        row = here(tmp_path, Options())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / LOG).stat().st_mode) == 0o600, "private, whoever began this worker"
    assert (row.status, row.verdict) == ("unusable", None)
    assert "at least one data file" in row.error
