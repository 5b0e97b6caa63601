"""`causal-ssm run DIR DIR ...`: many studies at once through a task runner of Prefect, and one table of answers."""

import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from flows.commands.run import Options
from flows.console import progress
from flows.embedded import prepare, server_configured
from flows.scaling.answering import threads, unchanged
from flows.scaling.names import RunnerName
from flows.scaling.rows import Cohort, Row
from flows.serving.server import home, running, started
from schemas.errors import StudyError


def run_all(roots: Sequence[Path], options: Options, workers: int, runner: RunnerName = "processes") -> Cohort:
    """Run every study; one that fails is a row of the table and stops no other.

    Where a worker process crashed, the studies that have no row yet are given a process each, so that only the one
    that crashes fails.

    Args:
        roots: studies; none twice, since a study has one run at a time.
        options: the same for all.
        workers: most studies at once.
        runner: which task runner.

    Raises:
        StudyError: a study is named twice, or the extra of the runner is not installed.
    """
    if len({root.resolve() for root in roots}) < len(roots):
        raise StudyError("every study once", "one named twice", "causal-ssm run", "leave one of them out")
    began = time.monotonic()
    with _sharing_processors():
        rows = {root: row for root in roots if (row := unchanged(root, options)) is not None}
        if to_run := [root for root in roots if root not in rows]:
            with _shared_server():
                rows |= _answered(to_run, options, workers, runner)
    return Cohort(tuple(rows[root] for root in roots), time.monotonic() - began)


def _answered(roots: Sequence[Path], options: Options, workers: int, runner: RunnerName) -> dict[Path, Row]:
    prepare(home(), verbose=False)
    from flows.scaling.people import answered  # noqa: PLC0415 - imports Prefect, which reads its settings then

    done = count(1)

    def tell(row: Row) -> None:
        progress(f"{row.study}: {row.status} ({next(done)} of {len(roots)})")

    rows = answered(roots, options, workers, runner, tell)
    if lost := [root for root in roots if root not in rows]:
        progress(f"A worker process crashed; {len(lost)} studies without an answer get a process each.")
        rows |= answered(lost, options, workers, "threads", tell)
    return rows


@contextmanager
def _sharing_processors() -> Generator[None]:
    """The environment of workers while they answer; how many threads there are is part of the key of stage infer."""
    before = {name: os.environ.get(name) for name in threads()}
    os.environ.update(threads())
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _shared_server() -> Generator[None]:
    """One server for all instead of one each."""
    if server_configured() or running() is not None:
        yield
        return
    progress("Starting Prefect, which runs the stages of all studies (this takes a while) ...")
    with started(0):
        yield
