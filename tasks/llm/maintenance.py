"""Looking after `recordings/`: what is there, what is needed, and re-filing a reply under an edited prompt."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from schemas.errors import StudyError
from schemas.recording import Recording, Request, Role
from tasks.llm.faults import RecordingAltered
from tasks.llm.prompt import prompt_version
from tasks.llm.store import Store, load, request_sha256

State = Literal["present", "used", "unused", "altered", "missing"]


class RecordingRow(NamedTuple):
    """One line of `causal-ssm recordings list`.

    Attributes:
        sha256: hash of the request, also the file's name.
        state: `present` when it is not known what the study needs.
        role: null for a file that cannot be read.
        model: who answered; for a missing recording, who is to be asked.
        prompt_version: of the request; `current_version` is that of today's prompt file.
        rekeyed_from: the request to which the reply was really given.
        problem: what is wrong with an altered file.
    """

    sha256: str
    state: State
    role: Role | None = None
    model: str = ""
    prompt_version: str = ""
    current_version: str = ""
    sample: int = 0
    rekeyed_from: str | None = None
    problem: str = ""


def list_recordings(root: Path, needed: Sequence[Request] | None = None) -> tuple[RecordingRow, ...]:
    """Every recording of the study by role and name, then the missing ones.

    Args:
        root: the study.
        needed: the requests of the study as it is now (`Answerer.asked` after a replay); null: not known.
    """
    store = Store.of(root)
    wanted = None if needed is None else {request_sha256(request): request for request in needed}
    rows = [_row(path, wanted) for path in store.paths()]
    missing = [(name, request) for name, request in (wanted or {}).items() if not store.path(name).is_file()]
    ordered = sorted(rows, key=lambda row: (row.role or "", row.sample, row.sha256))
    return (*ordered, *(_described(name, request, request.model, "missing") for name, request in missing))


def _row(path: Path, wanted: dict[str, Request] | None) -> RecordingRow:
    try:
        recording = load(path)
    except RecordingAltered as fault:
        return RecordingRow(path.stem, "altered", problem=fault.got)
    state: State = "present" if wanted is None else "used" if recording.sha256 in wanted else "unused"
    row = _described(recording.sha256, recording.request, recording.reply.model, state)
    return row._replace(rekeyed_from=recording.rekeyed_from)


def _described(sha256: str, request: Request, model: str, state: State) -> RecordingRow:
    return RecordingRow(
        sha256=sha256,
        state=state,
        role=request.prompt,
        model=model,
        prompt_version=request.prompt_version,
        current_version=prompt_version(request.prompt),
        sample=request.sample,
    )


def rekey_candidates(root: Path, missing: Request) -> tuple[Recording, ...]:
    """Recordings that could answer a missing request: same role, same sample; the same model first."""
    store = Store.of(root)
    same = [
        recording
        for row in list_recordings(root)
        if row.role == missing.prompt and row.sample == missing.sample
        for recording in (load(store.path(row.sha256)),)
    ]
    return tuple(sorted(same, key=lambda recording: recording.request.model != missing.model))


def rekey(root: Path, old_sha: str, new_request: Request) -> Recording:
    """File a reply under another request; only after a person has read both and confirmed.

    The reply stays word for word, the new recording says which request it was really given to, and the old
    file is removed.

    Raises:
        StudyError: no such recording, another role, or the new request already has a reply.
        RecordingAltered: the old recording is not what was written.
    """
    store, new_sha = Store.of(root), request_sha256(new_request)
    old_path = store.path(old_sha)
    if not old_path.is_file():
        raise StudyError(
            "the name of a recording", f"no recording {old_sha}", str(store.folder), "causal-ssm recordings list"
        )
    old = load(old_path)
    if old.request.prompt != new_request.prompt:
        got = f"a reply of the role '{old.request.prompt}' for the role '{new_request.prompt}'"
        raise StudyError("a reply of the same role", got, str(old_path))
    if store.path(new_sha).is_file():
        raise StudyError("a request without a recording", f"one that has its reply ({new_sha})", str(store.folder))
    recording = store.write(new_request, old.reply, rekeyed_from=old.rekeyed_from or old_sha)
    old_path.unlink()
    return recording
