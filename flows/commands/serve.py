"""`causal-ssm serve`: studies run by schedule and by what arrives in their inboxes, until Ctrl-C."""

import os
import re
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from flows.console import progress
from flows.embedded import prepare, server_configured
from flows.notify import require_address
from flows.serving.server import home, running, started
from schemas.errors import StudyError
from tasks.settings import load_params

NIGHTLY = "set estimate.looks: nightly in params.yaml, which asks for more certainty"
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""Minute, hour, day of the month, month, weekday."""
PART = r"(\*|(\d+|[a-z]{3})(-(\d+|[a-z]{3}))?)(/[1-9]\d*)?"
FIELD = re.compile(rf"{PART}(,{PART})*", re.IGNORECASE)


def serve(
    roots: Sequence[Path], *, cron: str | None, watch: bool, limit: int, verbose: bool, notify_url: str | None = None
) -> None:
    """Register the studies with the server and run them; without a server, start one for as long.

    Raises:
        StudyError: a study or the schedule cannot be used, or neither a schedule nor an inbox is asked for.
    """
    if cron is None and not watch:
        raise StudyError(
            "a reason to run", "neither --cron nor --watch", "causal-ssm serve",
            "add --cron '0 6 * * *' for every morning at six, --watch for new files, or both",
        )  # fmt: skip
    if notify_url is not None:
        require_address(notify_url)
    for root in roots:
        if load_params(root).estimate.looks == "once":
            progress(f"{root}: answered again and again, it will see effects that are not there; {NIGHTLY}")
    if cron is not None:
        _require_schedule(cron)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell had us ignore it
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), _server():
        prepare(home(), verbose=verbose)
        from prefect import serve as serve_deployments  # noqa: PLC0415 - takes 3 s

        from flows.serving.deployments import Watch, deployment  # noqa: PLC0415 - as above

        watching = Watch(roots) if watch else None
        deployments = [deployment(root, cron, watch=watch, notify_url=notify_url) for root in roots]
        if watching is not None:
            watching.start()
            progress(f"Put new files into the folder inbox of a study: {', '.join(str(r / 'inbox') for r in roots)}")
        progress(f"Serving {len(roots)} {'study' if len(roots) == 1 else 'studies'}. Ctrl-C stops.")
        try:
            serve_deployments(*deployments, limit=limit, print_starting_message=False)
        finally:
            if watching is not None:
                watching.stop()


def _require_schedule(cron: str) -> None:
    """Five fields of numbers, ranges, lists, steps and names within their bounds; Prefect judges the rest.

    Checked here without Prefect: it reads its settings when it is imported, before a server has been found.
    """
    fields = cron.split()
    if len(fields) != len(BOUNDS) or not all(_fits(f, *bounds) for f, bounds in zip(fields, BOUNDS, strict=True)):
        raise StudyError("a schedule of five fields", repr(cron), "--cron", "for example '0 6 * * *': daily at six")


def _fits(field: str, low: int, high: int) -> bool:
    numbers = re.sub(r"/\d+", "", field)
    return FIELD.fullmatch(field) is not None and all(low <= int(n) <= high for n in re.findall(r"\d+", numbers))


@contextmanager
def _server() -> Generator[None]:
    """The configured server, the one that is up, or one of our own."""
    if server_configured():
        yield
    elif (present := running()) is not None:
        progress(f"Server and UI: {present.url}")
        os.environ["PREFECT_API_URL"] = present.api
        yield
    else:
        progress("Starting the Prefect server (this takes a while) ...")
        with started(0) as server:
            progress(f"Server and UI: {server.url}")
            os.environ["PREFECT_API_URL"] = server.api
            yield
