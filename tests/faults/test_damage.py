"""Laws of full disks, folders nobody may write, damaged caches and odd clocks: told, or mended, and the same bytes."""

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from schemas.stages import STAGES
from tests.faults.conftest import ends, make, outputs, start, succeeds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


def half_written(root, whole):
    return [path for path, digest in outputs(root).items() if digest not in {"missing", whole[path]}]


@pytest.mark.parametrize("name", ["ingest", "infer", "report"])
def test_a_full_disk_is_an_error_that_shows_no_half_file_and_room_lets_the_next_run_finish(undisturbed, tmpfs, name):
    root = tmpfs("16m") / "study"
    shutil.copytree(undisturbed.root, root, symlinks=True)
    stage = next(stage for stage in STAGES if stage.name == name)
    for path in stage.writes:
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()
    ballast = root.parent / "ballast"
    room = shutil.disk_usage(root).free
    with suppress(OSError), ballast.open("wb", buffering=0) as stream:
        stream.write(bytes(room))
    assert shutil.disk_usage(root).free < 8192
    done = ends("stage", name, root)
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert half_written(root, undisturbed.outputs) == []
    ballast.unlink()
    succeeds("stage", name, root)
    assert outputs(root) == undisturbed.outputs


def test_a_study_on_a_read_only_disk_is_told_and_left_as_it_is(undisturbed, tmpfs):
    disk = tmpfs("64m")
    root = shutil.copytree(undisturbed.root, disk / "study", symlinks=True)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = ends("stage", "report", root)
    assert done.returncode in {1, 2}
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    assert outputs(root) == undisturbed.outputs


@pytest.fixture(scope="session")
def finished(tmp_path_factory, undisturbed):
    """The study after a whole `run`, with the caches of Prefect and DVC."""
    root = make(tmp_path_factory.mktemp("finished") / "study")
    succeeds("run", root)
    assert outputs(root) == undisturbed.outputs
    return root


@pytest.fixture
def after_run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "study", symlinks=True)


def halve(path):
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_prefects_cache(root):
    for path in (root / ".causal-ssm" / "cache").rglob("*"):
        if path.is_file():
            halve(path)


def damage_dvcs_cache(root):
    for path in (root / ".dvc" / "cache").rglob("*"):
        if path.is_file():
            halve(path)
    (root / "model/posterior.nc").unlink()


def damage_the_ledger(root):
    for path in (root / ".causal-ssm" / "ledger").iterdir():
        halve(path)


def damage_an_artifact(root):
    halve(root / "results/effects.json")


def delete_an_artifact(root):
    (root / "data/panel.parquet").unlink()
    (root / "results/report.html").unlink()


def delete_every_cache(root):
    shutil.rmtree(root / ".causal-ssm")
    shutil.rmtree(root / ".dvc" / "cache")


def damage_the_run_logs(root):
    for path in (root / ".causal-ssm" / "runs").glob("*/run.json"):
        halve(path)


@pytest.mark.parametrize(
    "damage",
    [
        damage_prefects_cache, damage_dvcs_cache, damage_the_ledger, damage_an_artifact, delete_an_artifact,
        delete_every_cache, damage_the_run_logs,
    ],
)  # fmt: skip
def test_after_damage_the_next_run_gives_the_same_bytes(undisturbed, after_run, damage):
    damage(after_run)
    succeeds("run", after_run)
    assert outputs(after_run) == undisturbed.outputs
    assert "nothing was recomputed" in succeeds("run", after_run)


def test_a_damaged_recording_is_named_and_deleting_nothing(done):
    recording = next((done / "recordings").glob("*.json"), None)
    if recording is None:
        pytest.skip("the shipped study has no recording")
    from tasks.settings import set_params  # noqa: PLC0415 - beside its only use

    set_params(done, {"configure.llm.mode": "replay"})
    names = sorted(p.name for p in (done / "recordings").iterdir())
    for path in (done / "recordings").glob("*.json"):
        halve(path)
    answer = ends("stage", "configure", done)
    if answer.returncode != 0:  # a settled protocol needs no reply
        assert answer.returncode == 2
        assert "recordings" in answer.stderr
        assert "Traceback" not in answer.stderr
    assert sorted(p.name for p in (done / "recordings").iterdir()) == names


def test_files_from_the_future_and_a_clock_that_goes_back_change_nothing(undisturbed, after_run):
    future = time.time() + 400 * 86400
    for path in after_run.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (future, future))
    assert "nothing was recomputed" in succeeds("run", after_run)
    past = 86400.0
    for path in (after_run / "data").rglob("*"):
        os.utime(path, (past, past))
    assert "nothing was recomputed" in succeeds("run", after_run)
    assert outputs(after_run) == undisturbed.outputs


def test_a_server_killed_in_mid_run_costs_only_time(undisturbed, fresh):
    process = start("run", fresh)
    log = fresh / ".causal-ssm" / "ledger" / "ingest.json"
    deadline = time.monotonic() + 240
    while not log.is_file() and time.monotonic() < deadline:
        time.sleep(0.02)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    for pid in children.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    try:
        process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert half_written(fresh, undisturbed.outputs) == []
    succeeds("run", fresh)
    assert outputs(fresh) == undisturbed.outputs


def test_a_refused_network_is_told_as_such_and_what_there_was_stays(undisturbed, done):
    from tasks.settings import set_params  # noqa: PLC0415 - beside its only use

    set_params(done, {"configure.llm.base_url": "http://127.0.0.1:9/v1", "configure.llm.model": "none"})
    answer = ends("run", done, "--llm", "live", "--json")
    assert answer.returncode in {1, 2}
    assert json.loads(answer.stdout)["error"]
    assert half_written(done, undisturbed.outputs) in ([], ["model/protocol.yaml"])
