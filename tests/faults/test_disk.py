"""Laws of full disks, closed folders and foreign caches: told in one message, nothing half, and room lets it finish."""

import os
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from schemas.stages import STAGES
from tests.faults.conftest import REPOSITORY, ends, outputs, partly_written, succeeds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(1 << 16))
    with suppress(OSError), ballast.open("ab", buffering=0) as stream:
        while True:
            stream.write(bytes(512))
    assert shutil.disk_usage(folder).free < 8192
    return ballast


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert any(word in done.stderr for word in words), done.stderr


@pytest.mark.parametrize("name", ["ingest", "infer", "report"])
def test_a_full_disk_is_told_and_shows_no_half_file_and_room_lets_the_next_run_finish(undisturbed, tmpfs, name):
    root = tmpfs("16m") / "study"
    shutil.copytree(undisturbed.root, root, symlinks=True)
    stage = next(stage for stage in STAGES if stage.name == name)
    for path in stage.writes:
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()
    ballast = fill(root.parent)
    refused(ends("stage", name, root), "expected room on the disk")
    assert partly_written(root, undisturbed.outputs) == []
    ballast.unlink()
    succeeds("stage", name, root)
    assert outputs(root) == undisturbed.outputs


@pytest.mark.parametrize("command", ["run", "repro"])
def test_a_disk_that_fills_up_leaves_the_study_to_be_finished(undisturbed, after_run, tmpfs, command):
    root = tmpfs("32m") / "study"
    shutil.copytree(after_run, root, symlinks=True)
    (root / "results/report.html").unlink()
    shutil.rmtree(root / ".dvc/cache")
    ballast = fill(root.parent)
    done = ends(command, root)
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert partly_written(root, undisturbed.outputs) == []
    ballast.unlink()
    succeeds(command, root)
    assert outputs(root) == undisturbed.outputs


@pytest.mark.parametrize("words", [("stage", "report"), ("run",), ("repro",)])
def test_a_study_on_a_read_only_disk_is_told_and_left_as_it_is(undisturbed, tmpfs, words):
    disk = tmpfs("64m")
    root = shutil.copytree(undisturbed.root, disk / "study", symlinks=True)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    refused(ends(*words, root), "Read-only file system")
    assert outputs(root) == undisturbed.outputs


VISITOR = 12345
"""A user whom the machine does not know, without a home, as in a container."""
SHOWN = """
set -e
if [ -n "$HIDDEN" ]; then  # the interpreter lies in a folder that only root may enter: show it, and nothing else there
    mkdir -p "$SCRATCH/shown"
    mount --bind "$PREFIX" "$SCRATCH/shown"
    mount -t tmpfs -o mode=755 tmpfs "$HIDDEN"
    mkdir -p "$PREFIX"
    mount --bind "$SCRATCH/shown" "$PREFIX"
fi
exec setpriv --reuid "$VISITOR" --regid "$VISITOR" --clear-groups env -u HOME -u LOGNAME -u USER "$@"
"""


def _hidden() -> str:
    """The first folder above the interpreter that others may not enter."""
    prefix = Path(sys.base_prefix)
    closed = [p for p in reversed(prefix.parents) if not p.stat().st_mode & stat.S_IXOTH]
    return str(closed[0]) if closed else ""


@pytest.fixture
def as_visitor(tmp_path_factory):
    """Runs a command as another user; skips where that cannot be done."""
    if os.getuid() != 0 or not all(shutil.which(name) for name in ("unshare", "setpriv")):
        pytest.skip("only root can become another user")
    scratch = tmp_path_factory.mktemp("visitor")
    scratch.chmod(0o755)
    told = {"HIDDEN": _hidden(), "PREFIX": sys.base_prefix, "SCRATCH": str(scratch), "VISITOR": str(VISITOR)}

    def call(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["unshare", "--mount", "sh", "-c", SHOWN, "sh", sys.executable, *map(str, words)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CAUSAL_SSM_"))}
        return subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, check=False, env=kept | told | environment
        )

    probe = call("-c", "import numpy")
    if probe.returncode != 0:
        pytest.skip(f"another user cannot run the interpreter here: {probe.stderr[-300:]}")
    return call


def given_to_visitor(root: Path) -> Path:
    for path in [root, *root.rglob("*")]:
        os.chown(path, VISITOR, VISITOR, follow_symlinks=False)
    for parent in [*root.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    return root


def test_a_user_without_a_home_gets_the_same_bytes(undisturbed, fresh, as_visitor):
    root = given_to_visitor(fresh)
    done = as_visitor("-m", "flows.cli", "run", root)
    assert done.returncode == 0, done.stderr
    assert outputs(root) == undisturbed.outputs
    written = [root / path for stage in STAGES for path in stage.writes] + [*(root / ".causal-ssm").rglob("*")]
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_two_users_of_one_cache_folder_do_not_meet_and_neither_runs_the_others_code(tmp_path, as_visitor):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    for parent in [*tmp_path.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    tmp_path.chmod(0o755)
    program = "import os; os.umask(0o077); from ssm_core.native.build import library; print(library(2))"
    environment = {"CAUSAL_SSM_CACHE": str(shared)}
    mine = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=os.environ | environment, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    theirs = as_visitor("-c", program, **environment)
    assert theirs.returncode == 0, theirs.stderr
    assert Path(mine.strip()).parent == shared / "causal-ssm" / "native"
    assert Path(theirs.stdout.strip()).parent == shared / f"causal-ssm-{VISITOR}" / "native"
    assert Path(theirs.stdout.strip()).stat().st_uid == VISITOR


def test_a_study_of_another_user_is_told_and_left_as_it_is(undisturbed, done, as_visitor):
    for parent in [*done.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    refused(as_visitor("-m", "flows.cli", "run", done), "Permission denied", "a study folder with a params.yaml")
    assert outputs(done) == undisturbed.outputs
