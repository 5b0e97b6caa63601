"""Laws under `kill -9`: what is visible is old or new, whole; the next run gives the bytes of an undisturbed one."""

import itertools
import json
import os
import random
import shutil
import signal
import time
from contextlib import suppress

import pytest

from flows.serving.server import running
from schemas.stages import STAGE_NAMES, STAGES
from tasks.artifacts import sha256_of
from tests.faults.conftest import LONGEST, change, kill, make, outputs, partly_written, start, succeeds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]
MOMENTS = 10
"""Random kills of each stage, at moments spread over its whole run."""
LANDED: dict[str, int] = {}
"""Kills that met a command at work, by the test that sent them."""


def landed(test):
    LANDED[test] = LANDED.get(test, 0) + 1


@pytest.fixture(autouse=True)
def _count():
    """Tell after each test how many kills have met a command so far, also when a later test does not end."""
    yield
    print(LANDED)  # noqa: T201 - how many of each kind


def strays(root):
    """Temporary neighbours outside the private scratch folder."""
    return [p for p in root.rglob(".*.????????????????????????????????") if ".dvc" not in p.parts]


def logs_are_whole(root):
    for path in (root / ".causal-ssm" / "runs").glob("*/run.json"):
        assert json.loads(path.read_bytes())["schema_version"] == "1"


def test_a_kill_before_any_file_is_replaced_shows_old_or_new_files_and_the_next_run_the_new(
    undisturbed, changed, tmp_path, nursery
):
    root = shutil.copytree(undisturbed.root, tmp_path / "study", symlinks=True)
    change(root)
    for name in STAGE_NAMES:
        for step in itertools.count(1):
            nursery.start("stage", name, root, kill=f"os.rename:{step}")
            status = nursery.status()
            if status == 0:
                break
            assert status == -signal.SIGKILL, nursery.log.read_text()
            landed("before a file is replaced")
            assert partly_written(root, undisturbed.outputs, changed.outputs) == [], (name, step)
            logs_are_whole(root)
        written = [path for stage in STAGES if stage.name == name for path in stage.writes]
        assert step > len(written), "each output is replaced by a rename of its own"
        assert {path: outputs(root)[path] for path in written} == {path: changed.outputs[path] for path in written}
    assert outputs(root) == changed.outputs
    assert list((root / ".causal-ssm" / "tmp").glob("*")) == []
    assert strays(root) == []


def test_no_kill_of_a_stage_at_any_moment_shows_half_a_file_or_changes_what_the_next_run_writes(
    undisturbed, fresh, nursery
):
    for name in STAGE_NAMES:
        draw = random.Random(name)
        for index in range(MOMENTS):
            pid = nursery.start("stage", name, fresh)
            time.sleep((index + draw.random()) / MOMENTS * undisturbed.seconds[name])
            with suppress(ProcessLookupError):  # it may be done already
                os.kill(pid, signal.SIGKILL)
            if nursery.status() == -signal.SIGKILL:
                landed("a stage at any moment")
            assert partly_written(fresh, undisturbed.outputs) == [], (name, index)
            logs_are_whole(fresh)
        nursery.succeeds("stage", name, fresh)
    assert outputs(fresh) == undisturbed.outputs
    assert list((fresh / ".causal-ssm" / "tmp").glob("*")) == []
    assert strays(fresh) == []


def killed_at(root, mark, words=("run",), alone=False):
    """Start, wait for the file `mark`, kill; `alone`: the command only, so that its server is left behind."""
    process = start(*words, root)
    deadline = time.monotonic() + LONGEST
    while not mark.is_file() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    assert mark.is_file(), process.communicate()
    landed("a run at the boundary of a stage")
    if alone:
        process.kill()
        process.wait()
    else:
        kill(process)


def finished_before(root, undisturbed, name):
    """Everything up to this stage is there as an undisturbed run wrote it."""
    before = STAGE_NAMES[: STAGE_NAMES.index(name) + 1]
    for stage in STAGES:
        if stage.name in before:
            assert all(sha256_of(root / path) == undisturbed.outputs[path] for path in stage.writes), stage.name
    assert partly_written(root, undisturbed.outputs) == []


def test_kills_at_the_boundary_of_every_stage_keep_what_was_finished(undisturbed, fresh):
    for name in STAGE_NAMES:
        killed_at(fresh, fresh / ".causal-ssm" / "ledger" / f"{name}.json")
        finished_before(fresh, undisturbed, name)
    told = json.loads(succeeds("run", fresh, "--json"))
    assert told["computed"] == []
    assert outputs(fresh) == undisturbed.outputs
    assert "nothing was recomputed" in succeeds("repro", fresh)


@pytest.fixture
def server(tmp_path_factory):
    """A server that is up, in a home of its own; its environment for commands."""
    home = tmp_path_factory.mktemp("home")
    process = start("up", "--port", "0", CAUSAL_SSM_HOME=str(home))
    before = os.environ.get("CAUSAL_SSM_HOME")
    os.environ["CAUSAL_SSM_HOME"] = str(home)
    deadline = time.monotonic() + 300
    while running() is None and time.monotonic() < deadline:
        time.sleep(0.5)
    assert running() is not None
    yield running()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    if before is not None:
        os.environ["CAUSAL_SSM_HOME"] = before


def test_kills_while_the_server_is_up_cost_only_time_and_the_server_stays(undisturbed, fresh, server):
    for name in ("ingest", "configure", "infer", "estimate"):
        killed_at(fresh, fresh / ".causal-ssm" / "ledger" / f"{name}.json")
        finished_before(fresh, undisturbed, name)
        assert running() == server
    assert json.loads(succeeds("run", fresh, "--json"))["computed"] == ["report"]
    assert outputs(fresh) == undisturbed.outputs


def test_random_kills_of_a_whole_run_cost_only_time(undisturbed, fresh, tmp_path):
    began = time.monotonic()
    succeeds("run", make(tmp_path / "timed" / "study"))
    whole = time.monotonic() - began
    for share in (0.15, 0.35, 0.55, 0.75):
        process = start("run", fresh)
        time.sleep(share * whole)
        if process.poll() is None:
            landed("a run at any moment")
            kill(process)
        else:
            process.communicate()
        assert partly_written(fresh, undisturbed.outputs) == []
    succeeds("run", fresh)
    assert outputs(fresh) == undisturbed.outputs


def test_a_kill_of_an_update_leaves_the_earlier_answer_readable(undisturbed, changed, after_run, tmp_path):
    change(after_run)
    first = json.loads(succeeds("history", after_run, "--json"))["runs"][0]["id"]
    killed_at(after_run, _replaced(after_run / "data/panel.parquet", changed, after_run))
    succeeds("history", after_run, "--restore", first, "--to", tmp_path / "past")
    assert outputs(tmp_path / "past") == undisturbed.outputs
    succeeds("run", after_run)
    assert outputs(after_run) == changed.outputs


class _replaced:  # noqa: N801 - used as a path that is there once the panel is the new one
    def __init__(self, path, changed, root):
        self.path, self.digest = path, changed.outputs["data/panel.parquet"]

    def is_file(self):
        return sha256_of(self.path) == self.digest


def test_a_hundred_kills_met_a_command_at_work():
    if len(LANDED) < 4:
        pytest.skip("only when all tests of this file have run")
    assert sum(LANDED.values()) >= 100
