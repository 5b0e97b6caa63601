"""A study's inbox: files are taken into `data/raw` once they have stopped growing, each content once.

`.causal-ssm/inbox.json` is the manifest of what was taken: name by SHA-256. A file that replaces an earlier one of the
same name leaves the earlier one in `.causal-ssm/replaced/`.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tasks.artifacts import canonical_json, sha256_of, write_bytes

INBOX = Path("inbox")
RAW = Path("data") / "raw"
MANIFEST = Path(".causal-ssm") / "inbox.json"
REPLACED = Path(".causal-ssm") / "replaced"
UNFINISHED = {".part", ".crdownload", ".download", ".tmp"}


class Look(NamedTuple):
    """How a file was at one moment; `size` in bytes, `modified` in ns."""

    size: int
    modified: int


def look(root: Path) -> dict[Path, Look]:
    """Every file of the inbox as it is now; hidden files and unfinished downloads are not there yet."""
    found = {}
    for path in sorted((root / INBOX).rglob("*")):
        within = path.relative_to(root / INBOX)
        if any(part.startswith(".") for part in within.parts) or path.suffix in UNFINISHED or path.is_symlink():
            continue
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue  # it went between the listing and now
        if path.is_file():
            found[within] = Look(facts.st_size, facts.st_mtime_ns)
    return found


def settled(before: dict[Path, Look], now: dict[Path, Look]) -> tuple[Path, ...]:
    """Files that two looks found the same, and not empty: they have stopped growing. No clock is asked."""
    return tuple(path for path, seen in now.items() if seen.size > 0 and before.get(path) == seen)


def taken(root: Path) -> dict[str, str]:
    """The manifest: name of each content that was taken, by SHA-256."""
    try:
        content = json.loads((root / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(digest): str(name) for digest, name in content.items()} if isinstance(content, dict) else {}


def take(root: Path, files: tuple[Path, ...]) -> tuple[str, ...]:
    """Move files of the inbox into `data/raw`; the names of those whose content is new. Hold the study's lock.

    Content goes first and manifest last, and moving is one `replace`: after a kill the next call finishes.
    """
    manifest, fresh = taken(root), []
    for path in files:
        source, target = root / INBOX / path, root / RAW / path
        digest = sha256_of(source)
        if digest == "missing":
            continue
        if digest in manifest and sha256_of(root / RAW / manifest[digest]) == digest:
            source.unlink()  # the very same export again
            continue
        if target.is_file() and (old := sha256_of(target)) != digest:
            kept = root / REPLACED / f"{old[:12]}-{path.name}"
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not kept.is_file():
                os.link(target, kept)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        manifest[digest] = path.as_posix()
        write_bytes(root / MANIFEST, canonical_json(manifest))
        fresh.append(path.as_posix())
    return tuple(fresh)


def take_settled(root: Path, pause: float, sleep: Callable[[float], None] = time.sleep) -> tuple[str, ...]:
    """Look twice, `pause` seconds apart, and take what has stopped growing in between. Hold the study's lock."""
    before = look(root)
    if not before:
        return ()
    sleep(pause)
    return take(root, settled(before, look(root)))
