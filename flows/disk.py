"""A disk that is full or may not be written, told as what it is and not as a fault of ours."""

import errno
import os
from typing import NamedTuple

from schemas.errors import StudyError


class _Trouble(NamedTuple):
    """What would have been right, and what to do."""

    expected: str
    fix: str


_FULL = _Trouble("room on the disk", "make room, then give the command again; what was finished is kept")
_CLOSED = _Trouble(
    "a file that this user may read or write",
    "give yourself the right to it, or work on a copy of the study in a folder of your own",
)
_TROUBLES = {
    errno.ENOSPC: _FULL, errno.EDQUOT: _FULL, errno.EROFS: _CLOSED, errno.EACCES: _CLOSED, errno.EPERM: _CLOSED,
}  # fmt: skip
_WORDS = {os.strerror(number): trouble for number, trouble in _TROUBLES.items()} | {
    "database or disk is full": _FULL,
    "attempt to write a readonly database": _CLOSED,
}


def disk_refusal(error: BaseException) -> StudyError | None:
    """The message for an error of the disk, looked for along its causes; None for any other error.

    Libraries that write files of their own (Polars, HDF5, SQLite) raise what they like: they are known by their words.
    """
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        if (refusal := _of(found)) is not None:
            return refusal
        found = found.__cause__ or found.__context__
    return None


def _of(error: BaseException) -> StudyError | None:
    if isinstance(error, OSError) and error.errno in _TROUBLES:
        expected, fix = _TROUBLES[error.errno]
        return StudyError(expected, os.strerror(error.errno), str(error.filename or "the study's folder"), fix)
    text = " ".join(str(error).split())
    for words, (expected, fix) in _WORDS.items():
        if words.lower() in text.lower():
            return StudyError(expected, words, text[:200], fix)
    return None
