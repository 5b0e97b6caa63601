"""`causal-ssm init`: a new study folder, private to its owner, under DVC."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flows.console import progress
from flows.provenance.code_version import refresh
from flows.versioning import ensure
from tasks.settings import load_params
from tasks.setup.create import create_study


class Made(NamedTuple):
    """The new study, and the sentences about it."""

    directory: Path
    lines: tuple[str, ...]
    treatment: str | None
    outcome: str | None

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        names = {"treatment": self.treatment, "outcome": self.outcome}
        return {"study": str(self.directory), "sentences": list(self.lines)} | names


def init(
    directory: Path,
    data: Sequence[Path],
    question: str | None,
    treatment: str | None,
    outcome: str | None,
    intervention: str | None = None,
) -> Made:
    """Make a study from data.

    Raises:
        StudyError: the folder is not empty, or the data cannot be used; nothing is left behind then.
    """
    lines = create_study(directory, data, question, treatment, outcome, intervention, progress)
    ensure(directory)
    refresh(directory)
    study = load_params(directory).study
    return Made(directory, tuple(lines), study.treatment, study.outcome)
