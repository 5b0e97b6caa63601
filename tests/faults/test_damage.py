"""Laws of damaged caches, lost files, odd clocks and a dead server: mended, and the same bytes."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from tests.faults.conftest import LONGEST, outputs, partly_written, start, succeeds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


def halve(path):
    """The first half of the file, with the rights it had: DVC believes what nobody may write."""
    rights = path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    path.chmod(rights)


def halve_all(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert files, f"nothing to damage in {folder}"
    for path in files:
        halve(path)


def damage_prefects_cache(root):
    halve_all(root / ".causal-ssm" / "cache")
    shutil.rmtree(root / ".causal-ssm" / "ledger")


def damage_dvcs_cache(root):
    halve_all(root / ".dvc" / "cache" / "files")
    (root / "model/posterior.nc").unlink()
    (root / "results/report.html").unlink()


def damage_the_ledger(root):
    halve_all(root / ".causal-ssm" / "ledger")


def damage_an_artifact(root):
    halve(root / "results/effects.json")


def delete_an_artifact(root):
    (root / "data/panel.parquet").unlink()
    (root / "results/report.html").unlink()


def delete_every_cache(root):
    shutil.rmtree(root / ".causal-ssm")
    shutil.rmtree(root / ".dvc" / "cache")


def damage_the_run_logs(root):
    halve_all(root / ".causal-ssm" / "runs")


def damage_dvcs_records_of_runs(root):
    halve_all(root / ".dvc" / "cache" / "runs")
    (root / "results/report.html").unlink()


def damage_dvcs_lock_file(root):
    halve(root / "dvc.lock")


def damage_dvcs_list_of_locks(root):
    (root / ".dvc" / "tmp" / "rwlock").write_text('{"/half')


def damage_prefects_home(root):
    halve_all(root / ".causal-ssm" / "prefect")
    (root / "results/report.html").unlink()
    shutil.rmtree(root / ".dvc" / "cache")


def delete_prefects_cache(root):
    shutil.rmtree(root / ".causal-ssm" / "cache")


def delete_dvcs_cache(root):
    shutil.rmtree(root / ".dvc" / "cache")


DAMAGES = [
    damage_prefects_cache, damage_prefects_home, damage_dvcs_cache, damage_dvcs_records_of_runs, damage_dvcs_lock_file,
    damage_dvcs_list_of_locks, damage_the_ledger, damage_an_artifact, damage_the_run_logs, delete_an_artifact,
    delete_every_cache, delete_prefects_cache, delete_dvcs_cache,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_after_damage_the_next_run_gives_the_same_bytes(undisturbed, after_run, damage):
    damage(after_run)
    succeeds("run", after_run)
    assert outputs(after_run) == undisturbed.outputs
    assert "nothing was recomputed" in succeeds("run", after_run)


@pytest.mark.parametrize("damage", DAMAGES)
def test_after_damage_repro_gives_the_same_bytes(undisturbed, after_run, damage):
    damage(after_run)
    succeeds("repro", after_run)
    assert outputs(after_run) == undisturbed.outputs
    assert "nothing was recomputed" in succeeds("repro", after_run)


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
    deadline = time.monotonic() + LONGEST
    while not log.is_file() and time.monotonic() < deadline:
        time.sleep(0.02)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    for pid in children.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    try:
        process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert partly_written(fresh, undisturbed.outputs) == []
    succeeds("run", fresh)
    assert outputs(fresh) == undisturbed.outputs
