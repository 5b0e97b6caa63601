"""The shipped study with a short sampler, once undisturbed, and commands as processes that can be killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

import flows.commands.demo
from flows.versioning import ensure
from schemas.stages import STAGE_NAMES, STAGES
from tasks.artifacts import sha256_of
from tasks.settings import set_params

REPOSITORY = Path(__file__).resolve().parents[2]
SHORT = {"infer.chains": 4, "infer.draws": 40, "infer.most_draws": 40, "infer.starts": 2, "configure.llm.mode": "off"}


def start(*words: object) -> subprocess.Popen[str]:
    """`causal-ssm WORDS` in a process group of its own."""
    command = [sys.executable, "-m", "flows.cli", *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=REPOSITORY, stdout=pipe, stderr=pipe, text=True, start_new_session=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
    )  # fmt: skip


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL for the command and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def ends(*words: object) -> subprocess.CompletedProcess[str]:
    """The command, undisturbed."""
    process = start(*words)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def succeeds(*words: object) -> str:
    """The command, undisturbed and without error; its stdout."""
    done = ends(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outputs(root: Path) -> dict[str, str]:
    """Every file that a stage writes, by content."""
    return {path: sha256_of(root / path) for stage in STAGES for path in stage.writes}


def make(root: Path) -> Path:
    """The shipped study."""
    source = flows.commands.demo.shipped()
    shutil.copytree(source / "raw", root / "data" / "raw")
    shutil.copytree(source / "recordings", root / "recordings")
    shutil.copyfile(source / "params.yaml", root / "params.yaml")
    set_params(root, SHORT)
    ensure(root)
    return root


class Undisturbed(NamedTuple):
    """What nothing happened to.

    Attributes:
        root: the study after all six stages.
        outputs: its files by content.
        seconds: wall of each stage, process start included.
    """

    root: Path
    outputs: dict[str, str]
    seconds: dict[str, float]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Undisturbed:
    root = make(tmp_path_factory.mktemp("undisturbed") / "study")
    seconds = {}
    for name in STAGE_NAMES:
        began = time.monotonic()
        succeeds("stage", name, root)
        seconds[name] = time.monotonic() - began
    assert "missing" not in outputs(root).values()
    return Undisturbed(root, outputs(root), seconds)


@pytest.fixture
def done(undisturbed, tmp_path) -> Path:
    """A copy of it."""
    return shutil.copytree(undisturbed.root, tmp_path / "study", symlinks=True)


@pytest.fixture
def fresh(tmp_path) -> Path:
    """The same study before its first run."""
    return make(tmp_path / "fresh")


@pytest.fixture(scope="session")
def tmpfs(tmp_path_factory):
    """Mounts small file systems; skips where that is refused."""
    mounted: list[Path] = []

    def mount(size: str, *, options: str = "") -> Path:
        folder = tmp_path_factory.mktemp("tmpfs")
        told = f"size={size}" + (f",{options}" if options else "")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", told, "tmpfs", str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"mounting is refused here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=False)
