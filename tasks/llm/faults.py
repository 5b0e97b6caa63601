"""What can go wrong between a role and its reply, each with its own type."""

# ruff: noqa: N818 - named for what happened; every one of them is a StudyError

import shlex
from pathlib import Path
from typing import Literal

from schemas.errors import StudyError
from schemas.recording import Request, Role


class RecordingMissing(StudyError):
    """A stage needs a reply that was never recorded; `request` is the one to be sent."""

    def __init__(self, request: Request, sha256: str, folder: Path) -> None:
        """Name the role, the request and the command that records it."""
        study = shlex.quote(str(folder.parent))
        super().__init__(
            f"a recorded reply of the language model for the role '{request.prompt}', "
            f"prompt version {request.prompt_version}, model '{request.model}' (request {sha256})",
            "no such recording",
            str(folder),
            f"causal-ssm run {study} --llm record   (or, without a model: causal-ssm run {study} --llm off)",
        )
        self.request, self.sha256 = request, sha256


class RecordingAltered(StudyError):
    """A file in `recordings/` no longer holds what was written."""

    def __init__(self, path: Path, got: str) -> None:
        """Say which file, and how to get a good one."""
        super().__init__(
            "a recording as it was written",
            got,
            str(path),
            "restore the file, or delete it and record again: causal-ssm run --llm record",
        )


class ReplyUnusable(StudyError):
    """A role got no acceptable reply within its turns; `reasons` are those of the last one."""

    def __init__(self, role: Role, model: str, reasons: tuple[str, ...], turns: int) -> None:
        """Tell the last reasons; at most five of them."""
        super().__init__(
            f"an acceptable reply of the language model for the role '{role}'",
            f"none after {turns} {'turn' if turns == 1 else 'turns'} ({'; '.join(reasons[:5])})",
            f"model '{model}'",
            "name another model in configure.llm.model, raise configure.llm.max_tokens if a reply was cut off, "
            "record again with --llm live, or go without a model: --llm off",
        )
        self.reasons = reasons


class Transient(StudyError):
    """The model's server was busy, slow or briefly out of order: worth another try after a pause."""

    def __init__(self, got: str, where: str) -> None:
        """The message a user sees once every retry has failed."""
        super().__init__(
            "an answer from the language-model server",
            got,
            where,
            "try again later with --llm record (what was recorded is kept), check configure.llm.base_url "
            "and configure.llm.timeout_seconds, or go without a model: --llm off",
        )


class BudgetSpent(StudyError):
    """The next call would exceed `configure.llm.max_calls`, or `max_total_tokens` is used up."""

    def __init__(self, limit: Literal["max_calls", "max_total_tokens"], allowed: int) -> None:
        """What was recorded stays."""
        unit, got = ("calls", "one more was needed") if limit == "max_calls" else ("tokens", "they are used up")
        super().__init__(
            f"at most {allowed} {unit} of the language model in one run",
            got,
            f"configure.llm.{limit} in params.yaml",
            "raise it and run again with --llm record; the replies recorded so far are kept",
        )
