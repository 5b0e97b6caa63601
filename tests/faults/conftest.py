"""A small study once undisturbed, once changed, and commands as processes that can be killed."""

import datetime
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from flows.commands.init import init
from schemas.stages import STAGE_NAMES, STAGES
from tasks.artifacts import sha256_of
from tasks.settings import set_params

REPOSITORY = Path(__file__).resolve().parents[2]
SHORT = {"infer.chains": 4, "infer.draws": 40, "infer.most_draws": 40, "infer.starts": 2}
LONGEST = 900
"""Seconds that a command may take on a busy machine."""


def start(*words: object, **environment: str) -> subprocess.Popen[str]:
    """`causal-ssm WORDS` in a process group of its own."""
    command = [sys.executable, "-m", "flows.cli", *map(str, words)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=REPOSITORY, stdout=pipe, stderr=pipe, text=True, start_new_session=True,
        env=kept | environment,
    )  # fmt: skip


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL for the command and what computes for it; its server ends by itself."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def ends(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, undisturbed."""
    process = start(*words, **environment)
    out, err = process.communicate(timeout=LONGEST)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def succeeds(*words: object, **environment: str) -> str:
    """The command, undisturbed and without error; its stdout."""
    done = ends(*words, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outputs(root: Path) -> dict[str, str]:
    """Every file that a stage writes, by content."""
    return {path: sha256_of(root / path) for stage in STAGES for path in stage.writes}


def partly_written(root: Path, *whole: dict[str, str]) -> list[str]:
    """Files of stages that are neither absent nor what an undisturbed run wrote, a folder's files one by one."""
    known = set().union(*(version.values() for version in whole)) | {"missing"}
    return [path for path, digest in outputs(root).items() if digest not in known and not (root / path).is_dir()]


def make(root: Path) -> Path:
    """Forty-eight simulated days, before the first run."""
    draw, level = random.Random(1), 7.0
    lines = ["date,coffee,sleep"]
    for day in range(48):
        coffee = draw.randrange(2)
        level = 7 + 0.3 * (level - 7) - 0.5 * coffee + draw.gauss(0, 0.4)
        lines.append(f"{datetime.date(2026, 1, 1) + datetime.timedelta(day)},{coffee},{level:.2f}")
    table = root.with_suffix(".csv")
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text("\n".join([*lines, ""]))
    init(root, [table], "Does coffee change my sleep?", None, None)
    set_params(root, SHORT)
    return root


def change(root: Path) -> None:
    """One more day, another seed, another reader."""
    with (root / "data/raw/study.csv").open("a") as stream:
        stream.write("2026-02-18,1,6.5\n")
    set_params(root, {"infer.seed": 2, "report.audience": "technical"})


class Undisturbed(NamedTuple):
    """What nothing happened to.

    Attributes:
        root: the study after all six stages.
        outputs: its files by content.
        seconds: wall of each stage, libraries loaded.
    """

    root: Path
    outputs: dict[str, str]
    seconds: dict[str, float]


class Nursery:
    """Commands as forks of a process that has its libraries loaded; see `nursery.py`. One at a time."""

    def __init__(self, log: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "tests.faults.nursery"]
        self.log = log
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True, env=kept)

    def start(self, *words: object, kill: str = "") -> int:
        """Fork one; its process number. `kill`: `os.rename:3` ends it before its third rename."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"words": [*map(str, words)], "log": str(self.log), "kill": kill}) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def status(self) -> int:
        """Wait for it; its exit status, negative for a signal."""
        return int(self._line())

    def succeeds(self, *words: object) -> None:
        """One that must end well."""
        self.start(*words)
        assert self.status() == 0, self.log.read_text()

    def close(self) -> None:
        """No more."""
        self._process.communicate(timeout=60)

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery has ended"
        return line


@pytest.fixture(scope="session")
def nursery(tmp_path_factory):
    """One for the session."""
    made = Nursery(tmp_path_factory.mktemp("nursery") / "log")
    yield made
    made.close()


def _through(root: Path, nursery: Nursery) -> Undisturbed:
    seconds = {}
    for name in STAGE_NAMES:
        began = time.monotonic()
        nursery.succeeds("stage", name, root)
        seconds[name] = time.monotonic() - began
    assert "missing" not in outputs(root).values()
    return Undisturbed(root, outputs(root), seconds)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, nursery) -> Undisturbed:
    """The study after its six stages."""
    return _through(make(tmp_path_factory.mktemp("undisturbed") / "study"), nursery)


@pytest.fixture(scope="session")
def changed(undisturbed, tmp_path_factory, nursery) -> Undisturbed:
    """The same study, changed and brought up to date."""
    root = shutil.copytree(undisturbed.root, tmp_path_factory.mktemp("changed") / "study", symlinks=True)
    change(root)
    return _through(root, nursery)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, undisturbed):
    """The study after a whole `run`, with the caches of Prefect and DVC."""
    root = make(tmp_path_factory.mktemp("finished") / "study")
    succeeds("run", root)
    assert outputs(root) == undisturbed.outputs
    return root


@pytest.fixture
def after_run(finished, tmp_path) -> Path:
    """A copy of it."""
    return shutil.copytree(finished, tmp_path / "study", symlinks=True)


@pytest.fixture
def done(undisturbed, tmp_path) -> Path:
    """A copy of the study whose stages were called one by one."""
    return shutil.copytree(undisturbed.root, tmp_path / "study", symlinks=True)


@pytest.fixture
def fresh(tmp_path) -> Path:
    """The same study before its first run."""
    return make(tmp_path / "fresh" / "study")


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
