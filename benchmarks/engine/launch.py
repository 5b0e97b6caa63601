"""Run one job as a cold process: fresh caches, wall time and the CPU of everything it starts."""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
KEPT_CACHES = ROOT / "benchmarks" / "engine" / ".cache"
"""What is made once at set-up (a compiled Stan program) and copied into the cache of jobs that may use it."""
PR_SET_CHILD_SUBREAPER = 36


class Spent(NamedTuple):
    """Seconds of a process tree from its start to its end, and how it ended."""

    wall_s: float
    cpu_s: float
    code: int
    words: str


def adopt_orphans() -> None:
    """Workers that outlive their parent become children of this process, so that their CPU is counted (Linux)."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process cannot adopt orphans, so CPU would be missed")


def run_cold(command: list[str], limit_s: float, keeps: Iterable[str] = (), making: bool = False) -> Spent:
    """Run a command with fresh caches; `adopt_orphans` first, and no other child of this process alive.

    Args:
        command: program and arguments.
        limit_s: wall seconds after which the job and all it started are ended.
        keeps: folders of `KEPT_CACHES` that it may use.
        making: the job makes what is kept, so it works in `KEPT_CACHES` itself.

    Raises:
        TimeoutError: after `limit_s`.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        cache = KEPT_CACHES if making else Path(scratch) / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        for folder in keeps:
            if (KEPT_CACHES / folder).is_dir():
                shutil.copytree(KEPT_CACHES / folder, cache / folder)
        spent, begun = _children(), time.perf_counter()
        with (Path(scratch) / "words").open("w+") as words:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=_environment(cache),
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = _wait(process, limit_s)
            wall = time.perf_counter() - begun
            _reap(process.pid)
            words.seek(0)
            return Spent(wall, _children() - spent, code, words.read()[-4000:])


def _environment(cache: Path) -> dict[str, str]:
    dropped = {"JAX_COMPILATION_CACHE_DIR", "PYTHONPATH", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in dropped} | {
        "XDG_CACHE_HOME": str(cache),
        "PYTENSOR_FLAGS": f"base_compiledir={cache / 'pytensor'}",
        "NUMBA_CACHE_DIR": str(cache / "numba"),
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_X64": "1",
    }


def _children() -> float:
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def _wait(process: subprocess.Popen, limit_s: float) -> int:
    try:
        return process.wait(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _reap(process.pid)
        raise TimeoutError(f"not finished after {limit_s:.0f} s") from None


def _reap(group: int) -> None:
    """Wait for adopted orphans of the job; what still runs of its group after the job has ended is ended."""
    deadline = time.monotonic() + 5.0
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > deadline:
                os.killpg(group, signal.SIGKILL)
            time.sleep(0.05)
