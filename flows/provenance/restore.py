"""Bring back what a stage wrote from DVC's cache, by content hash."""

import shutil
from pathlib import Path
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from tasks.artifacts import Ref, canonical_json, sha256_of, write_bytes

BLOBS = TypeAdapter(dict[str, str])
MEMBERS = TypeAdapter(list[dict[str, str]])
"""DVC's list of the files of a folder: `md5` and `relpath` of each."""


def _index(root: Path) -> Path:
    return root / ".causal-ssm" / "ledger" / "blobs.json"


def _blobs(root: Path) -> dict[str, str]:
    try:
        return BLOBS.validate_json(_index(root).read_bytes())
    except (FileNotFoundError, ValidationError):
        return {}


def index_blobs(root: Path, pairs: dict[str, str]) -> None:
    """Remember under which MD5 name DVC keeps the content of each SHA-256."""
    known = _blobs(root)
    if not pairs.items() <= known.items():
        write_bytes(_index(root), canonical_json(known | pairs))


def restore(root: Path, refs: tuple[Ref, ...]) -> bool:
    """Put every file back that is missing or differs; False when one cannot be had, nothing is then replaced.

    What comes out of the cache is hashed before it replaces anything, so a damaged cache restores nothing.
    """
    needed = [ref for ref in refs if sha256_of(root / ref.path) != ref.sha256]
    scratch = root / ".causal-ssm" / "tmp" / uuid4().hex
    blobs = _blobs(root)
    try:
        if not all(_copy(root, blobs.get(ref.sha256), ref, scratch / ref.path) for ref in needed):
            return False
        for ref in needed:
            _swap(scratch / ref.path, root / ref.path)
        return True
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def retrieve(root: Path, refs: tuple[Ref, ...], target: Path) -> tuple[str, ...]:
    """Copy content of any past run into another folder, all of it or nothing; the paths that cannot be had."""
    scratch = root / ".causal-ssm" / f"past-{uuid4().hex}"  # not in tmp, which a run that begins meanwhile empties
    blobs = _blobs(root)
    try:
        lost = tuple(ref.path for ref in refs if not _had(root, blobs.get(ref.sha256), ref, scratch / ref.path))
        if not lost:
            shutil.copytree(scratch, target, dirs_exist_ok=True)
            target.chmod(0o700)
        return lost
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _had(root: Path, md5: str | None, ref: Ref, target: Path) -> bool:
    """From the study itself where it still lies there, else from the cache."""
    present = root / ref.path
    if sha256_of(present) != ref.sha256:
        return _copy(root, md5, ref, target)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copytree(present, target) if present.is_dir() else shutil.copyfile(present, target)
    return True


def _copy(root: Path, md5: str | None, ref: Ref, target: Path) -> bool:
    if md5 is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    blob = _blob(root, md5)
    if not blob.is_file():
        return False
    if not md5.endswith(".dir"):
        shutil.copyfile(blob, target)
        return sha256_of(target) == ref.sha256
    target.mkdir()
    try:
        entries = MEMBERS.validate_json(blob.read_bytes())
    except ValidationError:
        return False
    for entry in entries:
        source, member = _blob(root, entry["md5"]), target / entry["relpath"]
        if not source.is_file():
            return False
        member.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, member)
    return sha256_of(target) == ref.sha256


def _blob(root: Path, md5: str) -> Path:
    return root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]


def _swap(fresh: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.replace(target)
