"""Commands as processes, and what they cost: wall seconds, and processor seconds with all that they start."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds of wall time and of processor time."""

    wall: float
    cpu: float


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}


def cost(*words: object) -> Cost:
    """Run a program to its end; processes that it leaves behind count until it ends.

    Raises:
        RuntimeError: it failed.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, words)], env=_environment(), capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {done.returncode}: {done.stderr[-500:]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def least(times: int, *words: object) -> Cost:
    """The least of several, each of the two on its own: what is more was the machine's other work."""
    costs = [cost(*words) for _ in range(times)]
    return Cost(min(each.wall for each in costs), min(each.cpu for each in costs))


@contextmanager
def server_up(home: Path) -> Generator[None]:
    """`causal-ssm up` in a home of its own."""
    from flows.serving.server import started  # noqa: PLC0415 - reads the variable that is set here

    before = os.environ.get("CAUSAL_SSM_HOME")
    os.environ["CAUSAL_SSM_HOME"] = str(home)
    try:
        with started(0):
            yield
    finally:
        if before is None:
            del os.environ["CAUSAL_SSM_HOME"]
        else:
            os.environ["CAUSAL_SSM_HOME"] = before
