"""One study answered, in this process or in one of its own; whatever happens to it is a row and no exception."""

import os
import subprocess
import sys
import time
from contextlib import redirect_stderr
from pathlib import Path

from flows.commands.run import Options, run, run_if_unchanged
from flows.console import private
from flows.scaling.rows import Row, of_error, of_program, of_verdict

LOG = Path(".causal-ssm") / "cohort.log"


def here(root: Path, options: Options) -> Row:
    """Answer in this process, which may have answered others: libraries and kernels are there already.

    Progress goes to a file of the study. What is written is private, whoever began the worker. Not for several threads
    of one process: DVC works from the process's folder.
    """
    began = time.monotonic()
    try:
        with private():
            (root / LOG).parent.mkdir(exist_ok=True, mode=0o700)
            with (root / LOG).open("w", encoding="utf-8") as log, redirect_stderr(log):
                answer = run(root, options)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is this study's alone
        return of_error(root, error, time.monotonic() - began)
    return of_verdict(root, answer.verdict, time.monotonic() - began)


def unchanged(root: Path, options: Options) -> Row | None:
    """A study in which nothing changed; None where there is something to do, or to complain of, which a worker does."""
    began = time.monotonic()
    try:
        answer = run_if_unchanged(root, options)
    except Exception:  # noqa: BLE001 - whatever it is, its worker meets it too and makes it the row of this study
        return None
    return None if answer is None else of_verdict(root, answer.verdict, time.monotonic() - began)


def apart(root: Path, options: Options) -> Row:
    """Answer in a process of its own, which a crash cannot leave."""
    began = time.monotonic()
    words = [w for name, value in options._asdict().items() if value is not None for w in (f"--{name}", value)]
    command = [sys.executable, "-m", "flows.cli", "run", str(root), "--json", *words]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ | threads(), check=False
    )
    return of_program(root, done.returncode, done.stdout, time.monotonic() - began)


def threads() -> dict[str, str]:
    """Side by side, studies share the processors: one thread each, unless the user has said otherwise."""
    return {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
