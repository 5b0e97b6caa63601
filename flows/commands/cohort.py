"""`causal-ssm run DIR DIR ...`: many studies at once, each in a process of its own, and one table of answers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from flows.commands.run import Options
from flows.console import progress
from flows.embedded import server_configured
from flows.provenance.changes import WORDS
from flows.serving.server import running, started
from schemas.errors import StudyError


class Row(NamedTuple):
    """One study of the table; numbers are in the outcome's unit, `seconds` is wall time."""

    study: str
    status: str
    verdict: str | None = None
    mean: float | None = None
    q05: float | None = None
    q95: float | None = None
    unit: str = ""
    seconds: float = 0.0
    error: str = ""

    def line(self, width: int) -> str:
        """The row for people."""
        if self.verdict is None:
            return f"{self.study:<{width}}  {self.status}: {self.error}"
        if self.mean is None or self.q05 is None or self.q95 is None:
            return f"{self.study:<{width}}  {WORDS[self.verdict]}"
        number = f"{self.mean:+.3g} [{self.q05:+.3g}, {self.q95:+.3g}] {self.unit}".rstrip()
        return f"{self.study:<{width}}  {WORDS[self.verdict]}: {number}"


class Cohort(NamedTuple):
    """All rows in the order asked for, and the wall time of all together, seconds."""

    rows: tuple[Row, ...]
    seconds: float

    def lines(self) -> list[str]:
        """The table, then how many and how fast."""
        width = max(len(row.study) for row in self.rows)
        answered = sum(row.verdict is not None for row in self.rows)
        rate = 3600 * len(self.rows) / max(self.seconds, 1e-9)
        total = f"{answered} of {len(self.rows)} studies answered in {self.seconds:.0f} s ({rate:.0f} an hour)."
        return [*(row.line(width) for row in self.rows), total]

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return {"studies": [row._asdict() for row in self.rows], "seconds": round(self.seconds, 3)}


def run_all(roots: Sequence[Path], options: Options, workers: int) -> Cohort:
    """Run every study; one that fails is a row of the table and stops no other.

    A process each, as DVC works from the process's own folder and a crash must stay alone; the server is shared.

    Args:
        roots: studies; none twice, since a study has one run at a time.
        options: the same for all.
        workers: most studies at once.

    Raises:
        StudyError: a study is named twice.
    """
    if len({root.resolve() for root in roots}) < len(roots):
        raise StudyError("every study once", "one named twice", "causal-ssm run", "leave one of them out")
    began = time.monotonic()
    with _shared_server(), ThreadPoolExecutor(workers) as pool:
        rows = tuple(pool.map(lambda root: _one(root, options), roots))
    return Cohort(rows, time.monotonic() - began)


@contextmanager
def _shared_server() -> Generator[None]:
    """One server for all instead of one each."""
    if server_configured() or running() is not None:
        yield
        return
    progress("Starting Prefect, which runs the stages of all studies (this takes a while) ...")
    with started(0):
        yield


def _one(root: Path, options: Options) -> Row:
    began = time.monotonic()
    words = [w for name, value in options._asdict().items() if value is not None for w in (f"--{name}", value)]
    command = [sys.executable, "-m", "flows.cli", "run", str(root), "--json", *words]
    threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ | threads, check=False
    )
    row = _row(str(root), done, time.monotonic() - began)
    progress(row.line(0))
    return row


def _row(study: str, done: subprocess.CompletedProcess[str], seconds: float) -> Row:
    try:
        told = json.loads(done.stdout)
    except ValueError:
        return Row(study, "fault", seconds=seconds, error=f"ended with status {done.returncode} and no answer")
    if done.returncode != 0:
        error = told.get("error", {})
        words = error.get("message") or f"expected {error.get('expected')}, got {error.get('got')}"
        return Row(study, str(error.get("kind", "fault")), seconds=seconds, error=words)
    verdict = told["verdict"]
    e = verdict["estimate"] or {}
    return Row(
        study, "answered", verdict["verdict"], e.get("mean"), e.get("q05"), e.get("q95"), e.get("unit", ""), seconds
    )
