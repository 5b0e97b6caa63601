"""Keeps studies served: sees to it that there is a server, and starts the process that serves again when there is."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from flows.console import MARK, RELAYED, progress
from flows.serving.links import Link
from flows.serving.order import Order
from flows.serving.server import home

POLL = 5.0
"""Seconds between two looks at the server."""
MISSES = 3
"""So many looks in a row without an answer, and the server counts as gone; a busy one may miss one."""
GRACE = 20.0
"""Seconds that the serving process has to stop its runs in order."""
ATTEMPTS = 3
"""So many times in a row the serving process may end by itself though a server answers."""
LASTING = 60.0
"""Seconds after which a serving process counts as one that had begun well."""


COMMAND = (sys.executable, "-m", "flows.serving.runner")


def keep_serving(order: Order, link: Link, stop: threading.Event) -> None:
    """Serve until `stop` is set; while no server answers, wait for one.

    Raises:
        RuntimeError: the serving process ends again and again though a server answers.
    """
    failures = 0
    while (api := _awaited(link, stop)) is not None:
        began = time.monotonic()
        with _serving(order, api) as process:
            gone = _seen_off(process, link, api, stop)
        if stop.is_set():
            return
        if gone:
            progress(f"The Prefect server at {_ui(api)} no longer answers; {link.remedy}")
            failures = 0
            continue
        failures = 1 if time.monotonic() - began > LASTING else failures + 1
        if failures >= ATTEMPTS:
            raise RuntimeError(f"the process that serves ended {failures} times; {log_path()} says why")
        progress(f"The process that serves ended with status {process.returncode}; it is started again.")


def _awaited(link: Link, stop: threading.Event) -> str | None:
    """Address of a server that answers; None when serving is to stop."""
    while not stop.is_set():
        api = link.api()
        if api is not None:
            return api
        stop.wait(POLL)
    return None


def _seen_off(process: subprocess.Popen[str], link: Link, api: str, stop: threading.Event) -> bool:
    """Wait for the end of the process, of the server, or of our own time; whether it was the server's."""
    misses = 0
    while not stop.wait(POLL):
        misses = 0 if link.answers(api) else misses + 1
        if misses >= MISSES or link.dead():
            return True
        if process.poll() is not None:
            return not link.answers(api)
    return False


def _ui(api: str) -> str:
    return api.removesuffix("/api") or "the one that is configured"


def log_path() -> Path:
    """What the serving process and its runs say in detail."""
    return home() / "serve.log"


@contextmanager
def _serving(order: Order, api: str) -> Generator[subprocess.Popen[str]]:
    """The process that serves; at the end it and all that it has started are gone."""
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    there = {"PREFECT_API_URL": api} if api else {}
    process = subprocess.Popen(
        COMMAND,
        env=os.environ | there | {RELAYED: "1", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a pipe was asked for and not made")
    relay = threading.Thread(target=_relay, args=(process.stdout,), daemon=True)
    relay.start()
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(order.line() + "\n")
            process.stdin.flush()
        yield process
    finally:
        _end(process)
        relay.join(GRACE)
        with suppress(BrokenPipeError):
            process.stdin.close()


def _relay(stream: IO[str]) -> None:
    """What is announced goes to the terminal, everything else to the log."""
    descriptor = os.open(log_path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with stream, os.fdopen(descriptor, "w", encoding="utf-8") as log:
        for line in stream:
            if line.startswith(MARK):
                progress(line.removeprefix(MARK).rstrip("\n"))
            else:
                log.write(line)
                log.flush()


def _end(process: subprocess.Popen[str]) -> None:
    """Ask, wait, then insist; runs that were started are in its group and go with it."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
