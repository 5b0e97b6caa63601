"""What a language model would be sent, whether its recordings are whole, and which of them nothing uses any more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from flows.commands import recordings
from flows.commands.recordings import Told
from flows.locking import only_run
from schemas.errors import StudyError
from schemas.recording import Request
from tasks.llm.maintenance import list_recordings
from tasks.llm.store import Store, request_sha256
from tasks.settings import load_params


class Shown(NamedTuple):
    """Requests for `--json`, lines for people."""

    requests: tuple[Request, ...]
    lines: tuple[str, ...]

    def document(self) -> list[dict[str, Any]]:
        """The form that `--json` prints: each request word for word."""
        return [{"sha256": request_sha256(each), **each.model_dump(mode="json")} for each in self.requests]


def shown(root: Path) -> Shown:
    """Every request of the study as it is now, up to the first that has no reply; nothing is sent.

    What comes after an unanswered request depends on its answer, so it cannot be shown yet.

    Raises:
        StudyError: the first stages have not run, so that names and units are not known.
    """
    params = load_params(root)
    requests = _needed(root)
    store, lines = Store.of(root), []
    where = params.configure.llm.base_url or "the hosted service"
    for request in requests:
        state = "recorded" if store.path(request_sha256(request)).is_file() else f"would be sent to {where}"
        lines.append(f"=== role '{request.prompt}', model '{request.model}': {state}")
        lines += [f"--- {message.role}\n{message.content}" for message in request.messages]
    lines.append(f"{len(requests)} request(s); nothing was sent.")
    return Shown(requests, tuple(lines))


def verified(root: Path) -> Told:
    """Check every recording of the study.

    Raises:
        StudyError: one is not what was written.
    """
    rows = list_recordings(root)
    altered = [row for row in rows if row.state == "altered"]
    if altered:
        names = ", ".join(f"{row.sha256[:12]} ({row.problem})" for row in altered[:5])
        raise StudyError(
            "recordings as they were written", f"{len(altered)} that are not: {names}", str(Store.of(root).folder),
            "restore the files, or delete them and record again: causal-ssm run --llm record",
        )  # fmt: skip
    return Told(rows, (f"{len(rows)} recording(s), all as they were written.",))


def pruned(root: Path, *, confirmed: bool, decide: Callable[[str], bool] | None = None) -> Told:
    """Delete what the study as it is now does not use; recordings that cannot be read stay.

    A narrative belongs to one class of verdict: those for other classes count as unused.

    Raises:
        StudyError: something is missing, so that it is not known what further replies will be used.
    """
    decide = decide or (lambda text: click.confirm(text, default=False, err=True))
    with only_run(root):
        rows = list_recordings(root, _needed(root))
        if any(row.state == "missing" for row in rows):
            raise StudyError(
                "a study whose every request has a recorded reply", "one that has none", str(Store.of(root).folder),
                "causal-ssm run --llm record, then prune",
            )  # fmt: skip
        unused = tuple(row for row in rows if row.state == "unused")
        if not unused:
            return Told((), ("Every recording is used; nothing was deleted.",))
        names = ", ".join(f"{row.sha256[:12]} ({row.role})" for row in unused)
        if not confirmed and not decide(f"Delete {len(unused)} recording(s) that nothing uses: {names}?"):
            return Told((), ("Nothing was deleted.",))
        for row in unused:
            Store.of(root).path(row.sha256).unlink()
        return Told(unused, (f"Deleted {len(unused)} recording(s): {names}.",))


def _needed(root: Path) -> tuple[Request, ...]:
    requests = recordings.needed(root, load_params(root))
    if requests is None:
        expected = "a study whose first stages have run"
        raise StudyError(expected, "none of their files", str(root), "causal-ssm run, or causal-ssm run --llm off")
    return requests
