"""The local Prefect server: started on loopback with a home of its own, found by later commands, stopped cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from schemas.errors import StudyError
from tasks.artifacts import canonical_json, write_bytes

HOME = "CAUSAL_SSM_HOME"
LOOPBACK = "127.0.0.1"
START_SECONDS = 300.0
STOP_SECONDS = 20.0


class Server(NamedTuple):
    """A server that answers.

    Attributes:
        url: address of the UI; the API is below `/api`.
        pid: its process.
    """

    url: str
    pid: int

    @property
    def api(self) -> str:
        """What `PREFECT_API_URL` must be."""
        return f"{self.url}/api"


def home() -> Path:
    """Folder of what belongs to no single study: `CAUSAL_SSM_HOME`, else the user's state folder."""
    if own := os.environ.get(HOME):
        return Path(own)
    if state := os.environ.get("XDG_STATE_HOME"):
        return Path(state) / "causal-ssm"
    try:
        return Path.home() / ".local" / "state" / "causal-ssm"
    except RuntimeError:  # a user whom the machine does not know, as in a container
        return Path(tempfile.gettempdir()) / f"causal-ssm-{os.getuid()}" / "state"


def running() -> Server | None:
    """The server that `causal-ssm up` started, if it still answers."""
    server = _noted()
    return server if server is not None and answers(server.api) else None


def _noted() -> Server | None:
    try:
        note = json.loads((home() / "server.json").read_bytes())
        return Server(str(note["url"]), int(note["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def answers(api: str, seconds: float = 10.0) -> bool:
    """Whether a Prefect API is there."""
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=seconds) as reply:
            return reply.status == 200
    except (OSError, urllib.error.URLError):
        return False


def ended(server: Server) -> bool:
    """Whether a server that this process has started is no more; its status is left for whoever waits for it."""
    try:
        return os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def environment(port: int) -> dict[str, str]:
    """What the server's process reads: loopback, nothing sent anywhere, a private home."""
    return {
        "PREFECT_HOME": str(home() / "prefect"),
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_UI_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_CLI_COLORS": "false",
        "DO_NOT_TRACK": "1",
    }


@contextmanager
def started(port: int) -> Generator[Server]:
    """A server of our own for as long as the block lasts.

    Args:
        port: TCP port on loopback; 0 takes a free one.

    Raises:
        StudyError: the port is taken.
        RuntimeError: the server did not answer in time.
    """
    port = _free(port)
    folder = home()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = folder / "server.log"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            env=os.environ | environment(port),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )  # fmt: skip - a session of its own: Ctrl-C reaches us alone, and we end the server in order
    note = folder / "server.json"
    server = Server(f"http://{LOOPBACK}:{port}", process.pid)
    try:
        _await(process, server, log)
        if running() is None:
            write_bytes(note, canonical_json(server._asdict()))
        yield server
    finally:
        if _noted() == server:
            note.unlink(missing_ok=True)
        _end(process)


def _free(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise StudyError(
                "a free port for the server", "one that another program uses", f"{LOOPBACK}:{port}",
                "give another one with --port, or --port 0 for any",
            ) from None  # fmt: skip
        return int(probe.getsockname()[1])


def _await(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the Prefect server ended with status {process.returncode}; {log} says more")
        if answers(server.api):
            return
        time.sleep(0.3)
    raise RuntimeError(f"the Prefect server did not answer within {START_SECONDS:.0f} s; {log} says more")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, then insist; the process group goes as a whole."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            break
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait()
