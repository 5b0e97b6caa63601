"""One run per study at a time."""

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from schemas.errors import StudyError

TOKEN = "CAUSAL_SSM_LOCK"
NEIGHBOUR = re.compile(r"\..+\.[0-9a-f]{32}")
"""A file that is being written: `.NAME.` and 32 hexadecimal digits."""


@contextmanager
def only_run(root: Path, *, wait: float = 0.0) -> Generator[int | None]:
    """Hold the study's lock; a command that a holder of the lock has started passes.

    Gives the lock's descriptor, for a process that is to hold it too; None to a command that passes.

    Args:
        root: the study.
        wait: seconds to wait for another run to end before giving up.

    The lock belongs to the process and vanishes with it, also after a kill.

    Raises:
        StudyError: another run works on this study.
    """
    folder = root / ".causal-ssm"
    folder.mkdir(exist_ok=True, mode=0o700)
    with (folder / "lock").open("a+", encoding="utf-8") as stream:
        try:
            _locked(stream, wait)
        except BlockingIOError:
            stream.seek(0)
            holder, _, token = stream.read().partition(" ")
            if token and token == os.environ.get(TOKEN):
                yield None
                return
            raise StudyError(
                "a study that no other command is working on",
                f"a run that has not ended yet (process {holder or 'unknown'})",
                str(root),
                "wait until it has ended, then give the command again",
            ) from None
        _take_away_leftovers(root)
        token = secrets.token_hex(16)
        stream.truncate(0)
        stream.write(f"{os.getpid()} {token}")
        stream.flush()
        before = os.environ.get(TOKEN)
        os.environ[TOKEN] = token
        try:
            yield stream.fileno()
        finally:
            stream.truncate(0)
            if before is None:
                os.environ.pop(TOKEN, None)
            else:
                os.environ[TOKEN] = before


def _take_away_leftovers(root: Path) -> None:
    """What a killed holder of the lock was writing: `.causal-ssm/tmp`, and the neighbours that `write_bytes` renames.

    Call it with the lock held; whoever writes to these folders holds it.
    """
    folder = root / ".causal-ssm"
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    for place in (root, root / "recordings", folder, folder / "ledger", *(folder / "runs").glob("*")):
        for path in place.glob(".*"):
            if NEIGHBOUR.fullmatch(path.name) and path.is_file():
                path.unlink(missing_ok=True)


def held(root: Path) -> bool:
    """Whether a run of the study is under way."""
    path = root / ".causal-ssm" / "lock"
    if not path.is_file():
        return False
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextmanager
def next_in_line(root: Path, *, wait: float) -> Generator[bool]:
    """Hold the study's lock after waiting for it; False, at once and without it, where another run waits already.

    Raises:
        StudyError: the present run did not end in `wait` seconds.
    """
    folder = root / ".causal-ssm"
    folder.mkdir(exist_ok=True, mode=0o700)
    with (folder / "waiting").open("a+", encoding="utf-8") as line, ExitStack() as stack:
        try:
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        stack.enter_context(only_run(root, wait=wait))
        fcntl.flock(line, fcntl.LOCK_UN)
        yield True


def _locked(stream: TextIO, wait: float) -> None:
    """Take the lock, asking again every half second.

    Raises:
        BlockingIOError: another process holds it and the time to wait is over, or the holder has started us.
    """
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if TOKEN in os.environ or time.monotonic() >= deadline:
                raise
            time.sleep(0.5)
        else:
            return
