"""`causal-ssm recordings`: what is recorded, what is missing, and re-filing a reply under an edited prompt."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import click

from flows.asking import ASKING, ask
from flows.locking import only_run
from schemas.errors import StudyError
from schemas.params import StudyParams
from schemas.recording import Recording, Request
from tasks.llm.exchange import replaying
from tasks.llm.faults import RecordingMissing, ReplyUnusable
from tasks.llm.maintenance import RecordingRow, list_recordings, rekey_candidates
from tasks.llm.maintenance import rekey as refile
from tasks.llm.store import request_sha256
from tasks.settings import load_params


class Told(NamedTuple):
    """Rows for `--json`, lines for people."""

    rows: tuple[RecordingRow, ...]
    lines: tuple[str, ...]

    def document(self) -> list[dict[str, Any]]:
        """The form that `--json` prints."""
        return [row._asdict() for row in self.rows]


def needed(root: Path, params: StudyParams) -> tuple[Request, ...] | None:
    """Every request of the study as it is now, up to the first that has no reply; None before the first run."""
    if not (root / "data/catalog.parquet").is_file():
        return None
    asked: list[Request] = []
    for stage in ASKING:
        if stage == "report" and not (root / "results/verdict.json").is_file():
            break
        answer = replaying(root, params.configure.llm)
        with suppress(RecordingMissing, ReplyUnusable):  # what was asked until then is what we want to know
            ask(root, stage, params, answer, renew=True)
        asked += answer.asked
    return tuple(dict.fromkeys((*asked, *_kept_for_comparison(root, params))))


def _kept_for_comparison(root: Path, params: StudyParams) -> tuple[Request, ...]:
    """Requests that other models answered; their replies show how much the answer depends on the model."""
    if params.configure.llm.mode != "replay":
        return ()
    from tasks.configure import asked_of_others  # noqa: PLC0415 - brings JAX along

    return asked_of_others(root, params)


def listed(root: Path) -> Told:
    """What is recorded and, once the study has a catalogue, what is missing."""
    params = load_params(root)
    rows = list_recordings(root, needed(root, params) if params.configure.llm.mode == "replay" else None)
    lines = [_line(row) for row in rows] or ["Nothing is recorded, and nothing is needed."]
    return Told(rows, tuple(lines))


def _line(row: RecordingRow) -> str:
    role = row.role or "?"
    notes = [f"prompt {row.prompt_version}"] if row.prompt_version else []
    if row.current_version and row.current_version != row.prompt_version:
        notes.append(f"today's prompt is {row.current_version}")
    if row.rekeyed_from:
        notes.append(f"given to another request, {row.rekeyed_from[:12]}")
    if row.problem:
        notes.append(row.problem)
    return f"{row.state:<8} {row.sha256[:12]} {role:<10} {row.model}  {'; '.join(notes)}".rstrip()


def rekey(root: Path, *, confirmed: bool, decide: Callable[[str], bool] | None = None) -> Told:
    """File old replies under the requests that miss one, each after a person has read both and said yes.

    Raises:
        StudyError: nothing is known about what the study needs, or nothing is missing.
    """
    params = load_params(root)
    decide = decide or (lambda text: click.confirm(text, default=False, err=True))
    before = list_recordings(root)
    with only_run(root):
        refiled: list[str] = []
        while True:
            requests = needed(root, params)
            if requests is None:
                expected = "a study whose first stages have run"
                raise StudyError(expected, "none of their files", str(root), "causal-ssm run")
            found = _next(root, requests)
            if found is None:
                break
            old, new = found
            if not confirmed and not decide(_comparison(old, new)):
                break
            refiled.append(f"Re-filed {old.sha256[:12]} as {refile(root, old.sha256, new).sha256[:12]}.")
        after = tuple(row for row in list_recordings(root) if row not in before)
        return Told(after, tuple(refiled) or ("Nothing was re-filed.",))


def _next(root: Path, requests: tuple[Request, ...]) -> tuple[Recording, Request] | None:
    """The first missing request that an unused recording could answer."""
    rows = list_recordings(root, requests)
    unused = {row.sha256 for row in rows if row.state == "unused"}
    missing = {row.sha256 for row in rows if row.state == "missing"}
    for request in requests:
        if request_sha256(request) in missing:
            for candidate in rekey_candidates(root, request):
                if candidate.sha256 in unused:
                    return candidate, request
    return None


def _comparison(old: Recording, new: Request) -> str:
    before = "\n".join(message.content for message in old.request.messages)
    now = "\n".join(message.content for message in new.messages)
    return (
        f"The reply of '{old.reply.model}' for the role '{new.prompt}' was given to this request:\n\n{before}\n\n"
        f"It would be filed as the answer to this one:\n\n{now}\n\nThe reply:\n\n{old.reply.content}\n\n"
        "Does the reply answer the second request as well?"
    )
