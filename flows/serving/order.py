"""What `serve` was asked, as its two processes hand it on, and which studies have a run to make up."""

import json
from pathlib import Path
from typing import NamedTuple

from flows.provenance.history import logs
from schemas.manifest import RunLog


class Order(NamedTuple):
    """Studies to serve.

    Attributes:
        studies: folders.
        cron: when to run; None by no schedule.
        watch: whether a file in an inbox starts a run.
        limit: most runs at once.
        notify_url: where to post what has changed; None posts nothing.
        verbose: whether tracebacks are shown.
    """

    studies: tuple[str, ...]
    cron: str | None = None
    watch: bool = False
    limit: int = 2
    notify_url: str | None = None
    verbose: bool = False

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders."""
        return tuple(Path(study) for study in self.studies)

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(self._asdict())

    @classmethod
    def read(cls, line: str) -> "Order":
        """The inverse of `line`."""
        content = json.loads(line)
        return cls(**content | {"studies": tuple(content["studies"])})


def cut_off(root: Path) -> bool:
    """Whether the last run of a study did not come to an answer for another reason than what the study holds."""
    past = logs(root)
    return bool(past) and _cut_off(past[-1])


def _cut_off(log: RunLog) -> bool:
    return log.finished is None or (log.error is not None and not log.error.startswith("StudyError"))
