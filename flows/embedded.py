"""Prefect's environment: the server that is configured or up, else a temporary one; quiet, private to the study."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path

from flows.serving.server import running
from flows.temporary import temporary_server

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


def prepare(root: Path, *, verbose: bool) -> Path | None:
    """Set what Prefect reads when it is imported; what the user has set stays, then a server that `up` started.

    Prefect logs every exception that passes through it with its traceback; the command line tells it once instead.

    Returns:
        Prefect's home for a temporary server; None where there is a server already.
    """
    quiet = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING" if verbose else "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_CLI_COLORS": "false",
    }
    home = {"PREFECT_HOME": str(root.resolve() / OWN_HOME)}
    configured = server_configured()
    server = None if configured else running()
    if configured:
        own = {}
    elif server is not None:
        own = home | {"PREFECT_API_URL": server.api}
    else:
        own = home | {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in UNUSED_SERVICES}
    for name, value in (quiet | own).items():
        os.environ.setdefault(name, value)
    if own:
        (root / OWN_HOME).mkdir(parents=True, exist_ok=True, mode=0o700)
    _give_home(root)
    return Path(os.environ["PREFECT_HOME"]) if not configured and server is None else None


class Engine:
    """Prefect, and a server where it needs one of its own."""

    def __init__(self, root: Path, *, verbose: bool) -> None:
        """Set what Prefect reads and start the server; neither is waited for."""
        home = prepare(root, verbose=verbose)
        self._server = None if home is None else temporary_server(home)

    def load(self) -> None:
        """Import Prefect with our flows, which takes a second or three."""
        import_module("flows.pipeline")

    @contextmanager
    def started(self, *named: str) -> Generator[Callable[..., str]]:
        """Wait for it; the parent flow, whose runs have these tags."""
        causal_ssm = import_module("flows.pipeline").causal_ssm
        from prefect import tags  # noqa: PLC0415 - loaded now
        from prefect.settings import (  # noqa: PLC0415 - as above
            PREFECT_API_URL,
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
            temporary_settings,
        )

        quiet = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})  # each subflow would wait a second for it
        own = nullcontext() if self._server is None else temporary_settings({PREFECT_API_URL: self._server.api()})
        with own, quiet, tags("causal-ssm", *named):
            yield causal_ssm


def _give_home(root: Path) -> None:
    """A user without a home, as in a container, gets the study's: Prefect cannot be imported without one."""
    try:
        Path.home()
    except RuntimeError:
        (root / OWN_HOME).mkdir(parents=True, exist_ok=True, mode=0o700)
        os.environ["HOME"] = str(root.resolve() / OWN_HOME)
