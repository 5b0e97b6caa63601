"""One cohort through one runner: processor and wall seconds of all, of the stages alone, and of what is around them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.cohort.unwaited import Unwaited
from schemas.manifest import RunLog


class Cost(NamedTuple):
    """Of answering some people for the first time, server included; processor seconds unless it says wall.

    Attributes:
        runner: task runner.
        people, answered: how many there were, and how many came to a verdict.
        wall: seconds from the command to its end.
        total: of all processes.
        stages: of the six stages alone, as the run logs have it.
    """

    runner: str
    people: int
    answered: int
    wall: float
    total: float
    stages: float

    @property
    def around(self) -> float:
        """Per person, outside the stages: imports, Prefect, its server, DVC, hashing."""
        return (self.total - self.stages) / self.people


def cost(roots: Sequence[Path], runner: str, workers: int, home: Path) -> Cost:
    """Answer copies of the studies as `causal-ssm run` does, with a server of its own."""
    shutil.rmtree(home, ignore_errors=True)
    copies = [Path(shutil.copytree(root, home / "studies" / root.name)) for root in roots]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    began, before = time.monotonic(), os.times()
    words = ["run", *map(str, copies), "--json", "--workers", str(workers)]
    with subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *words, *(["--runner", runner] if len(copies) > 1 else [])],
        env=environment | {"CAUSAL_SSM_HOME": str(home / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        unwaited = Unwaited(program.pid)
        told, _ = program.communicate()
    if program.returncode:
        raise RuntimeError(f"{runner}: ended with status {program.returncode}")
    after, wall = os.times(), time.monotonic() - began
    rows = json.loads(told)["studies"]
    total = after.children_user + after.children_system - before.children_user - before.children_system
    total += unwaited.seconds()
    stages = sum(stage.cpu_seconds for copy in copies for stage in _log(copy).stages)
    return Cost(runner, len(roots), sum(row["verdict"] is not None for row in rows), wall, total, stages)


def _log(root: Path) -> RunLog:
    path = max((root / ".causal-ssm" / "runs").glob("*/run.json"))
    return RunLog.model_validate_json(path.read_bytes())
