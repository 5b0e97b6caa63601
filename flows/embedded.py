"""Prefect's environment: the server that is configured or up, else a temporary one; quiet, private to the study."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from flows.serving.server import running

UNUSED_SERVICES = (
    "SCHEDULER",
    "LATE_RUNS",
    "FOREMAN",
    "CANCELLATION_CLEANUP",
    "PAUSE_EXPIRATIONS",
    "TRIGGERS",
    "EVENT_PERSISTER",
    "REPOSSESSOR",
    "DB_VACUUM",
)
OWN_HOME = Path(".causal-ssm") / "prefect"


def server_configured() -> bool:
    """Whether the user has named a Prefect server or settings of their own."""
    home = os.environ.get("PREFECT_HOME")
    own = home is None or Path(home).match(str(OWN_HOME))
    return not own or any(os.environ.get(name) for name in ("PREFECT_API_URL", "PREFECT_PROFILE"))


def _drop_damaged_database(home: Path) -> None:
    """Take away a database of ours that is not whole; it holds no result, and Prefect could not start with it."""
    path = home / "prefect.db"
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(path)) as database:
            sound = database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        for part in ("prefect.db", "prefect.db-wal", "prefect.db-shm"):
            (home / part).unlink(missing_ok=True)


def prepare(root: Path, *, verbose: bool) -> None:
    """Set what Prefect reads when it is imported; what the user has set stays, then a server that `up` started.

    Prefect logs every exception that passes through it with its traceback; the command line tells it once instead.
    """
    quiet = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING" if verbose else "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_CLI_COLORS": "false",
    }
    own: dict[str, str] = {}
    if not server_configured():
        _drop_damaged_database(root / OWN_HOME)
    if not server_configured() and (server := running()) is not None:
        own = {"PREFECT_HOME": str(root.resolve() / OWN_HOME), "PREFECT_API_URL": server.api}
    elif not server_configured():
        own = {
            "PREFECT_HOME": str(root.resolve() / OWN_HOME),
            "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        } | {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in UNUSED_SERVICES}
    for name, value in (quiet | own).items():
        os.environ.setdefault(name, value)
    if own:
        (root / OWN_HOME).mkdir(parents=True, exist_ok=True, mode=0o700)
    _give_home(root)


def _give_home(root: Path) -> None:
    """A user without a home, as in a container, gets the study's: Prefect cannot be imported without one."""
    try:
        Path.home()
    except RuntimeError:
        (root / OWN_HOME).mkdir(parents=True, exist_ok=True, mode=0o700)
        os.environ["HOME"] = str(root.resolve() / OWN_HOME)
