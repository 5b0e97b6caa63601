"""The hashes of the code as they were last worked out, believed for as long as no file of the code has been touched."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ssm_core.native.build import cache_folder
from tasks.artifacts import canonical_json, write_bytes

SETTLED = 2.0
"""Seconds: a file that was touched less long ago might be touched again without its times showing it."""


def remembered(
    root: Path, facts: Sequence[str], packages: Sequence[str], work_out: Callable[[], dict[str, str]]
) -> dict[str, str]:
    """The hashes that were last worked out for exactly these files and facts, else worked out now.

    Args:
        root: the folder that holds the packages and the lock file.
        facts: whatever else the hashes depend on.
        packages: folders below `root`.
        work_out: gives the hashes.

    A file counts as untouched while its number, size and both times are the same, as with Git; the time of the change
    of its entry cannot be set back by a program. What cannot be kept is worked out anew every time.
    """
    files = sorted(_files(root, packages))
    seen = hashlib.sha256("\n".join([str(root), *facts, *(line for line, _ in files)]).encode()).hexdigest()
    path = cache_folder().parent / "code" / f"{hashlib.sha256(str(root).encode()).hexdigest()[:16]}.json"
    known = _read(path)
    if known is not None and known[0] == seen:
        return known[1]
    hashes = work_out()
    newest = max((touched for _, touched in files), default=0.0)
    if newest < time.time() - SETTLED:
        _keep(path, seen, hashes)
    return hashes


def _files(root: Path, packages: Sequence[str]) -> Iterator[tuple[str, float]]:
    """One line a file, and when it was last touched, seconds since 1970."""
    waiting = [str(root / package) for package in packages]
    lock = root / "requirements.lock"
    if lock.is_file():
        yield _line(str(lock), lock.stat())
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        waiting.append(entry.path)
                else:
                    yield _line(entry.path, entry.stat())


def _line(path: str, facts: os.stat_result) -> tuple[str, float]:
    line = f"{path} {facts.st_ino} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns}"
    return line, max(facts.st_mtime, facts.st_ctime)


def _read(path: Path) -> tuple[str, dict[str, str]] | None:
    """What was kept; None when it is not there, not ours, or not whole."""
    try:
        if path.stat().st_uid not in {0, os.getuid()}:
            return None
        content = json.loads(path.read_bytes())
        return str(content["seen"]), {str(stage): str(digest) for stage, digest in content["hashes"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _keep(path: Path, seen: str, hashes: dict[str, str]) -> None:
    try:
        write_bytes(path, canonical_json({"seen": seen, "hashes": hashes}))
    except OSError:
        return  # a home that cannot be written costs a second, nothing else
