"""`causal-ssm up`: the local Prefect server with its UI, until Ctrl-C."""

import signal
import threading
from types import FrameType

from flows.console import progress
from flows.serving.server import ended, home, running, started
from schemas.errors import StudyError


def stopping() -> threading.Event:
    """An event that Ctrl-C and a polite kill set; the second Ctrl-C interrupts as usual."""
    asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, ask)
    return asked


def up(port: int) -> str:
    """Start the server, say where it is, and wait to be stopped; its address.

    Raises:
        StudyError: one is running already, or the port is taken.
        RuntimeError: the server ended by itself.
    """
    if (present := running()) is not None:
        raise StudyError("no server yet", f"one that is running (process {present.pid})", present.url, "use that one")
    asked = stopping()
    progress("Starting the Prefect server (this takes a while) ...")
    with started(port) as server:
        progress(f"Server and UI: {server.url}\nEvery causal-ssm command now reports to it. Ctrl-C stops it.")
        while not asked.wait(2.0):
            if ended(server):
                raise RuntimeError(f"the Prefect server at {server.url} has ended; {home() / 'server.log'} says more")
        progress("Stopping the server ...")
    return server.url
