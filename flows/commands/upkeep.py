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
from tasks.llm.maintenance import RecordingRow, list_recordings
from tasks.llm.store import Store, load, request_sha256
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


def pruned(
    root: Path, *, confirmed: bool, other_models: bool = False, decide: Callable[[str], bool] | None = None
) -> Told:
    """Delete what the study as it is now does not use; recordings that cannot be read stay.

    A narrative belongs to one class of verdict: those for other classes count as unused, but not before there is a
    verdict. Replies of another model than the study's own stay, also where they are not enough for a comparison: half
    of them recorded, a narrative, or those of a model to which the study goes back.

    Args:
        root: the study.
        confirmed: whether a person has said yes beforehand.
        other_models: delete also those of other models that are not compared.
        decide: asks the person.

    Raises:
        StudyError: the study asks no model now, or something is missing, so that it is not known which replies will be
            used.
    """
    params = load_params(root)
    decide = decide or (lambda text: click.confirm(text, default=False, err=True))
    if params.configure.llm.mode != "replay":
        raise StudyError(
            "a study that uses its recordings (configure.llm.mode: replay)", f"mode {params.configure.llm.mode}",
            str(root / "params.yaml"), "nothing was deleted; delete files in recordings/ by hand if none is wanted",
        )  # fmt: skip
    with only_run(root):
        rows = list_recordings(root, _needed(root))
        if any(row.state == "missing" for row in rows):
            raise StudyError(
                "a study whose every request has a recorded reply", "one that has none", str(Store.of(root).folder),
                "causal-ssm run --llm record, then prune",
            )  # fmt: skip
        store, own = Store.of(root), params.configure.llm.model
        answered = (root / "results/verdict.json").is_file()
        unused = tuple(row for row in rows if row.state == "unused" and (answered or row.role != "narrative"))
        gone = unused if other_models else tuple(row for row in unused if _asked(store, row) == own)
        kept = [f"{len(unused) - len(gone)} of other models kept (--other-models deletes them)."] * (gone != unused)
        if not gone:
            return Told((), (" ".join(["Nothing of this study's model is unused; nothing was deleted.", *kept]),))
        names = ", ".join(f"{row.sha256[:12]} ({row.role})" for row in gone)
        if not confirmed and not decide(f"Delete {len(gone)} recording(s) that nothing uses: {names}?"):
            return Told((), ("Nothing was deleted.",))
        for row in gone:
            store.path(row.sha256).unlink()
        return Told(gone, (" ".join([f"Deleted {len(gone)} recording(s): {names}.", *kept]),))


def _asked(store: Store, row: RecordingRow) -> str:
    """The model that was asked; the one that answered may call itself otherwise."""
    return load(store.path(row.sha256)).request.model


def _needed(root: Path) -> tuple[Request, ...]:
    requests = recordings.needed(root, load_params(root))
    if requests is None:
        expected = "a study whose first stages have run"
        raise StudyError(expected, "none of their files", str(root), "causal-ssm run, or causal-ssm run --llm off")
    return requests
