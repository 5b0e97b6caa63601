"""Studies as Prefect deployments: one each, with a schedule, and with a trigger where its inbox is watched."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger, emit_event

from flows.console import announce
from flows.serving.inbox import INBOX, Look, look, settled
from flows.serving.nightly import study_run
from flows.serving.story import key_of
from tasks.settings import load_params

ARRIVED = "causal-ssm.inbox.arrived"
EVERY = 5.0
"""Seconds between two looks at an inbox."""


def resource_of(root: Path) -> str:
    """How events name a study."""
    return f"causal-ssm.study.{root.resolve()}"


def deployment(root: Path, cron: str | None, *, watch: bool, notify_url: str | None = None) -> RunnerDeployment:
    """One study, ready to be served.

    That it has one run at a time is the study's own lock, not Prefect's limit: its slots outlive a kill by minutes.
    """
    name = load_params(root).study.name
    made = study_run.to_deployment(
        name=key_of(name, root.resolve().name),
        cron=cron,
        parameters={"study": str(root.resolve()), "name": name, "notify_url": notify_url},
        triggers=[_trigger(root)] if watch else [],
        tags=["causal-ssm", name],
        description=f"Does the exposure change the outcome? Study in {root.resolve()}",
    )
    if not isinstance(made, RunnerDeployment):
        raise TypeError("expected a call outside an event loop, where Prefect answers at once")
    return made


def _trigger(root: Path) -> DeploymentEventTrigger:
    return DeploymentEventTrigger(
        name=f"a file has arrived for {root.resolve().name}",
        expect={ARRIVED},
        match={"prefect.resource.id": resource_of(root)},
        within=timedelta(0),
        threshold=1,
    )


class Watch(threading.Thread):
    """Looks into the inboxes every few seconds and tells Prefect of files that have stopped growing.

    A thread and no flow of its own: a flow run every few seconds would fill the UI and cost three seconds of imports
    each. It only tells; the flow takes the files, so that a lost event costs time until the next schedule, no data.
    """

    def __init__(self, roots: Sequence[Path], every: float = EVERY) -> None:
        """Make the inboxes that are not there yet."""
        super().__init__(name="inbox watch", daemon=True)
        self._every, self._over = every, threading.Event()
        self._seen: dict[Path, dict[Path, Look]] = {}
        self._told: dict[Path, dict[Path, Look]] = {}
        for root in roots:
            (root / INBOX).mkdir(exist_ok=True, mode=0o700)
            self._seen[root], self._told[root] = {}, {}

    def run(self) -> None:
        """Until it is stopped."""
        while not self._over.wait(self._every):
            for root in self._seen:
                if files := self.news(root):
                    names = [path.as_posix() for path in files]
                    announce(f"{root}: {', '.join(names)} arrived")
                    emit_event(ARRIVED, {"prefect.resource.id": resource_of(root)}, payload={"files": names})

    def news(self, root: Path) -> tuple[Path, ...]:
        """Files that are settled and of which nothing was told."""
        now = look(root)
        files = tuple(p for p in settled(self._seen[root], now) if self._told[root].get(p) != now[p])
        self._seen[root] = now
        self._told[root] = {p: seen for p, seen in self._told[root].items() if p in now} | {p: now[p] for p in files}
        return files

    def stop(self) -> None:
        """End after the present look."""
        self._over.set()
