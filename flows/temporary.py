"""The Prefect server of one run: started while this process still imports Prefect, from a database made beforehand."""

import atexit
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from flows.serving.server import LOOPBACK, START_SECONDS, answers
from ssm_core.native.build import cache_folder

DATABASE = "prefect.db"
ATTEMPTS = 3
STOP_SECONDS = 5.0
WATCHED = """
import os, runpy, signal, sys, threading, time
def watch(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=watch, args=(int(os.environ["CAUSAL_SSM_PARENT"]),), daemon=True).start()
runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)
"""
"""A server that ends by itself when the process that started it has ended, however it did."""
COMMAND = ("-c", WATCHED, "--factory", "prefect.server.api.server:create_app", "--log-level", "error")
BARE = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
"""No pages; what Prefect sets for a temporary server of its own, which it would start only once it is imported."""


@cache
def temporary_server(home: Path) -> "TemporaryServer":
    """The one of this home, started by the first who asks."""
    return TemporaryServer(home)


class TemporaryServer:
    """A server process on loopback that ends with this one."""

    def __init__(self, home: Path) -> None:
        """Start it, and do not wait.

        Args:
            home: Prefect's home of the run, where its database lies.
        """
        self._home, self._log = home, home / "server.log"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _drop_damaged(home)
        self._new = not (home / DATABASE).is_file()
        if self._new and sound(template()):
            shutil.copyfile(template(), home / DATABASE)
        self._answered = False
        self._begin()
        atexit.register(self._end)

    def api(self) -> str:
        """Its address, once it answers.

        Raises:
            RuntimeError: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + START_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            while time.monotonic() < deadline and self._process.poll() is None:
                if answers(self._api):
                    self._answered = True
                    with suppress(OSError, sqlite3.Error):  # it only spares the next study time
                        self._keep_database()
                    return self._api
                time.sleep(0.05)
            if attempt < ATTEMPTS and self._process.poll() is not None:
                self._begin()  # another program may have taken the port between our finding it and the server's use
        said = " ".join(self._log.read_text(errors="replace").split())[-500:]
        raise RuntimeError(
            f"the temporary Prefect server did not answer ({said or self._log}). If the machine is busy, give the "
            "command again later, or start a server beforehand with causal-ssm up"
        )

    def _begin(self) -> None:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = probe.getsockname()[1]
        self._api = f"http://{LOOPBACK}:{port}/api"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *COMMAND, "--host", LOOPBACK, "--port", str(port)],
                env=os.environ | BARE | {"CAUSAL_SSM_PARENT": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for the run, which ends the server when it no longer needs it
            )

    def _keep_database(self) -> None:
        """Before anything is known of the study: a database with Prefect's tables only, which take seconds to make."""
        if not self._new or template().is_file():
            return
        template().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = template().with_name(f".{template().name}.{os.getpid()}")
        with closing(sqlite3.connect(self._home / DATABASE)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.chmod(0o600)
        part.replace(template())

    def _end(self) -> None:
        """Ask it to end; one that was never asked for anything is not waited for, and leaves no half-made database."""
        if not self._answered:
            self._process.kill()
            self._process.wait()
            if self._new:
                (self._home / DATABASE).unlink(missing_ok=True)
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _drop_damaged(home: Path) -> None:
    """Take away a database of ours that is not whole; it holds no result, and Prefect could not start with it."""
    if (home / DATABASE).is_file() and not sound(home / DATABASE):
        for part in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
            (home / part).unlink(missing_ok=True)


def template() -> Path:
    """An empty database of this version of Prefect."""
    return cache_folder().parent / "prefect" / f"{version('prefect')}.db"


def sound(path: Path) -> bool:
    """Whether a database is there and whole."""
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path)) as database:
            return database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False
