"""`causal-ssm serve`: studies run by schedule and by what arrives in their inboxes, until Ctrl-C."""

import re
from collections.abc import Sequence
from pathlib import Path

from flows.commands.up import stopping
from flows.console import progress
from flows.embedded import prepare
from flows.notify import require_address
from flows.serving.links import link
from flows.serving.order import Order
from flows.serving.server import home
from flows.serving.supervisor import keep_serving
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
    order = Order(tuple(str(root) for root in roots), cron, watch, limit, notify_url, verbose)
    stop = stopping()
    with link() as way:
        prepare(home(), verbose=verbose)
        keep_serving(order, way, stop)
    progress("Stopping ...")


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
