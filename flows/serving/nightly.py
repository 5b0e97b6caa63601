"""The flow that is served: take in what has arrived, then bring the study up to date."""

from pathlib import Path

from prefect import flow

from flows.commands.run import Answer, Options, run
from flows.console import announce
from flows.locking import next_in_line
from flows.notify import notify
from flows.serving.inbox import take_settled
from schemas.errors import StudyError

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

    Raises:
        StudyError: the request or the data cannot be used.
    """
    root = Path(study)
    with next_in_line(root, wait=PATIENCE) as ours:
        if not ours:
            return "Another run of this study waits already and will take in all that has arrived."
        try:
            answer = _answered(root, name)
        except StudyError as error:
            announce(f"{name}: {' '.join(str(error).split())}")
            raise
    if notify_url is not None and answer.since:
        notify(notify_url, name, answer.log.id, answer.since)
    return answer.lines[1]


def _answered(root: Path, name: str) -> Answer:
    arrived = take_settled(root, PAUSE)
    announce(f"{name}: run begins; new in the inbox: {', '.join(arrived) or 'nothing'}")
    answer = run(root, Options())
    announce(f"{name}: {answer.lines[1]}")
    return answer
