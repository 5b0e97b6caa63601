"""Recordings of a study: named by the hash of the request, checked whenever they are read."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from schemas.recording import Recording, Reply, Request
from tasks.artifacts import document_bytes, write_document
from tasks.llm.faults import RecordingAltered

FOLDER = "recordings"


def sha256_of_document(document: BaseModel) -> str:
    """Hex digest of a document's canonical JSON."""
    return hashlib.sha256(document_bytes(document)).hexdigest()


def request_sha256(request: Request) -> str:
    """The name of the recording that answers `request`."""
    return sha256_of_document(request)


class Store(NamedTuple):
    """The folder `recordings/` of one study."""

    folder: Path

    @classmethod
    def of(cls, root: Path) -> "Store":
        """The store of the study at `root`."""
        return cls(root / FOLDER)

    def path(self, sha256: str) -> Path:
        """Where the recording of that request lies."""
        return self.folder / f"{sha256}.json"

    def read(self, request: Request) -> Reply | None:
        """The recorded reply to `request`, None when there is none.

        Raises:
            RecordingAltered: the file does not hold what was written.
        """
        path = self.path(request_sha256(request))
        return load(path).reply if path.is_file() else None

    def write(self, request: Request, reply: Reply, rekeyed_from: str | None = None) -> Recording:
        """Store a reply word for word; the file appears whole or not at all."""
        recording = Recording(
            sha256=request_sha256(request),
            reply_sha256=sha256_of_document(reply),
            rekeyed_from=rekeyed_from,
            request=request,
            reply=reply,
        )
        write_document(self.path(recording.sha256), recording)
        return recording

    def paths(self) -> tuple[Path, ...]:
        """Every recording of the study, in order of name."""
        return tuple(sorted(self.folder.glob("*.json")))


def load(path: Path) -> Recording:
    """Read one recording and verify both hashes and the file's name.

    Raises:
        RecordingAltered: not a recording, or not the one that was written.
    """
    try:
        recording = Recording.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the top"
        raise RecordingAltered(path, f"no valid recording ({first['msg']} at {place})") from None
    name = request_sha256(recording.request)
    if not name == recording.sha256 == path.stem:
        raise RecordingAltered(path, f"the recording was altered: its request has the hash {name}")
    if sha256_of_document(recording.reply) != recording.reply_sha256:
        raise RecordingAltered(path, "the recording was altered: its reply is not the one that was stored")
    return recording
