"""What lies in the study: for each stage the key it was computed under and the hashes of what it wrote.

`.causal-ssm/ledger/STAGE.json`; a record is believed only as far as the files on disk still have these hashes.
"""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.provenance.keys import stage_key, stage_named
from schemas.params import StudyParams
from schemas.stages import Stage, StageName
from tasks.artifacts import Ref, document_bytes, sha256_of, write_bytes

PROTOCOL = "model/protocol.yaml"


class Entry(BaseModel):
    """One stage as it was last computed or confirmed.

    Attributes:
        base: key over inputs, code and parameters.
        key: the cache key; for `configure` it also knows which protocol was there before.
        refs: what was written, with hashes; a folder is one reference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    base: str
    key: str
    refs: tuple[Ref, ...]


class Keys(BaseModel):
    """The keys of a stage for the files as they are now."""

    model_config = ConfigDict(frozen=True)
    base: str
    key: str


def _path(root: Path, stage: StageName) -> Path:
    return root / ".causal-ssm" / "ledger" / f"{stage}.json"


def recall(root: Path, stage: StageName) -> Entry | None:
    """The record of a stage; none, or one that cannot be read, is no record."""
    try:
        return Entry.model_validate_json(_path(root, stage).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def remember(root: Path, stage: StageName, keys: Keys, refs: tuple[Ref, ...]) -> None:
    """Record what a stage wrote."""
    write_bytes(_path(root, stage), document_bytes(Entry(base=keys.base, key=keys.key, refs=refs)))


def refs_of(root: Path, stage: Stage) -> tuple[Ref, ...]:
    """Hashes of what the stage has written, as it lies there now."""
    return tuple(Ref(path, sha256_of(root / path)) for path in stage.writes)


def intact(root: Path, refs: tuple[Ref, ...]) -> bool:
    """Whether every file is there with the recorded content."""
    return all(ref.sha256 != "missing" and sha256_of(root / ref.path) == ref.sha256 for ref in refs)


def keys_of(root: Path, name: StageName, params: StudyParams, code: str) -> Keys:
    """The stage's keys now.

    `configure` reuses an earlier protocol, so the protocol that is there is one of its inputs, except the one that
    it wrote itself under the same inputs.
    """
    base = stage_key(root, stage_named(name), params, code)
    if name != "configure":
        return Keys(base=base, key=base)
    entry = recall(root, name)
    if entry is not None and entry.base == base:
        return Keys(base=base, key=entry.key)
    before = sha256_of(root / PROTOCOL)
    return Keys(base=base, key=hashlib.sha256(f"{base} {before}".encode()).hexdigest())


def is_current(root: Path, name: StageName, keys: Keys) -> bool:
    """Whether the stage needs nothing: same key as recorded, and every output has the recorded hash."""
    entry = recall(root, name)
    return entry is not None and entry.key == keys.key and intact(root, entry.refs)
