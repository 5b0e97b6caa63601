"""The flow that is served: take in what has arrived, then bring the study up to date."""

from pathlib import Path

from prefect import flow

from flows.commands.run import Options, run
from flows.console import progress
from flows.locking import only_run
from flows.notify import notify
from flows.serving.inbox import take_settled

PAUSE = 3.0
"""Seconds between two looks at the inbox."""
PATIENCE = 6 * 3600.0
"""Seconds that a run waits for another one of the same study."""


@flow(name="study", flow_run_name="{name}", validate_parameters=False)
def study_run(study: str, name: str, notify_url: str | None = None) -> str:
    """One run of a served study; a cron run finds what a missed event would have brought.

    Args:
        study: folder of the study.
        name: the study's name, for Prefect.
        notify_url: where to post what has changed; None posts nothing.

    Returns:
        The verdict's first sentence.
    """
    root = Path(study)
    with only_run(root, wait=PATIENCE):
        arrived = take_settled(root, PAUSE)
        progress(f"{name}: new in the inbox: {', '.join(arrived) or 'nothing'}")
        answer = run(root, Options())
    if notify_url is not None and answer.since:
        notify(notify_url, name, answer.log.id, answer.since)
    return answer.lines[1]
