"""What the companion is sent to do in `test_companion.py`; it imports this file."""

import errno
import os
import signal
import time

from schemas.errors import StudyError
from tasks.meter import part
from tasks.telling import Share


def process(*, tell):
    return os.getpid()


def doubled(number, *, tell, more=0):
    tell("half way")
    tell(Share("long.xml", 0.4))
    with part("doubling"):
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
    return 2 * number + more


def refused(*, tell):
    raise StudyError("two columns", "one", "a.csv", "add one")


def full(*, tell):
    try:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.parquet")
    except OSError as error:
        raise ValueError("could not write") from error


class UnsendableError(Exception):
    def __init__(self, one, two):
        super().__init__(one)


def unsendable(*, tell):
    raise UnsendableError("told as words", lambda: None)


def stumbles(*, tell):
    return {}["absent"]


def vanishes(*, tell):
    os.kill(os.getpid(), signal.SIGKILL)


def lasts(*, tell):
    tell(str(os.getpid()))
    time.sleep(600)
