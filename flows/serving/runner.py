"""The process that serves: registers studies with the Prefect server and runs them, until `supervisor` ends it."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.runner import Runner
from prefect.states import Crashed

from flows.console import announce
from flows.locking import held
from flows.serving.deployments import Watch, deployment
from flows.serving.order import Order, cut_off

OPEN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


def main() -> None:
    """Serve the order that stands on the first line of standard input, for as long as standard input is open."""
    order = Order.read(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    runner = Runner(limit=order.limit)
    registered = {
        root: _identity(
            runner.add_deployment(deployment(root, order.cron, watch=order.watch, notify_url=order.notify_url))
        )
        for root in order.roots
    }
    _make_up(registered)
    if order.watch:
        Watch(order.roots).start()
    announce(_told(order))
    asyncio.run(runner.start())


def _end_with_input() -> None:
    """A supervisor that was killed leaves no process behind."""
    while sys.stdin.readline():
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _identity(added: object) -> UUID:
    if not isinstance(added, UUID):
        raise TypeError("expected a call outside an event loop, where Prefect answers at once")
    return added


def _make_up(registered: dict[Path, UUID]) -> None:
    """Order a run of every study whose last one was cut off: by a kill, a power cut, or a server that went away."""
    late = [root for root in registered if cut_off(root) and not held(root)]
    if not late:
        return
    with get_client(sync_client=True) as client:
        for root in late:
            _close(client, registered[root])
            client.create_flow_run_from_deployment(registered[root], tags=["made up"])
            announce(f"{root}: the last run was cut off and is made up")


def _close(client: SyncPrefectClient, deployment_id: UUID) -> None:
    """What Prefect still takes for running is shown as what it is."""
    open_runs = client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=OPEN))),
    )
    for run in open_runs:
        client.set_flow_run_state(run.id, Crashed(message="It was cut off and is made up by a later run."), force=True)


def _told(order: Order) -> str:
    count = len(order.studies)
    told = f"Serving {count} {'study' if count == 1 else 'studies'}. Ctrl-C stops."
    return f"{_inboxes(order.roots)}\n{told}" if order.watch else told


def _inboxes(roots: Sequence[Path]) -> str:
    return f"Put new files into the folder inbox of a study: {', '.join(str(root / 'inbox') for root in roots)}"


if __name__ == "__main__":
    main()
