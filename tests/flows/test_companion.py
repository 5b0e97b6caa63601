"""The process beside: what is asked of it comes back as from a function here, and it never outlives who asked."""

import fcntl
import os
import signal
import subprocess
import sys
import time
import traceback

import pytest

from flows.companion import Companion, beside
from flows.recipes import PLACE, Here
from schemas.errors import StudyError
from tasks.meter import listening, spent
from tasks.telling import Share
from tests.flows import errands

ASKS = """
import sys
from flows.companion import Companion
from tests.flows import errands
with Companion(int(sys.argv[1])) as there:
    there.work(errands.lasts, tell=lambda number: print(number, flush=True))
"""


@pytest.fixture(scope="module")
def companion():
    with Companion() as there:
        yield there


def test_a_function_is_called_elsewhere_and_tells_on_the_way(companion):
    told = []
    assert companion.work(errands.process, tell=told.append) not in {os.getpid(), os.getppid()}
    assert companion.work(errands.doubled, 4, tell=told.append, more=1) == 9
    assert told == ["half way", "Reading long.xml: 40 %"]
    assert isinstance(told[1], Share)
    assert (told[1].name, told[1].share) == ("long.xml", 0.4)


def test_its_processor_time_counts_as_ours(companion):
    before = spent()
    with listening() as parts:
        companion.work(errands.doubled, 1, tell=lambda _: None)
    assert spent() - before > 0.05
    assert parts["doubling"] > 0.04


def test_jobs_are_done_in_order_while_it_computes_or_at_the_end(companion):
    done = []
    companion.later(lambda: done.append(1), needed=True)
    companion.later(lambda: done.append(2), needed=False)
    companion.work(errands.doubled, 1, tell=done.append)
    assert done[:2] == [1, 2]
    companion.later(lambda: done.append(3), needed=False)
    companion.later(lambda: done.append(4), needed=True)
    companion.finish()
    assert done[2:] == ["half way", "Reading long.xml: 40 %", 4], "for what is not needed there is no time left"


def test_here_a_job_is_done_at_once_if_it_is_needed():
    done = []
    Here().later(lambda: done.append(1), needed=True)
    Here().later(lambda: done.append(2), needed=False)
    assert done == [1]


def test_errors_come_back_as_they_are(companion):
    with pytest.raises(StudyError) as refusal:
        companion.work(errands.refused, tell=print)
    assert (refusal.value.expected, refusal.value.fix) == ("two columns", "add one")
    with pytest.raises(KeyError, match="absent") as stumble:
        companion.work(errands.stumbles, tell=print)
    assert "errands.py" in "".join(traceback.format_exception(stumble.value)), "-v shows where it happened"
    with pytest.raises(RuntimeError, match="UnsendableError: told as words"):
        companion.work(errands.unsendable, tell=print)
    assert companion.work(errands.doubled, 2, tell=lambda _: None) == 4


def test_a_full_disk_is_known_by_its_cause(companion):
    with pytest.raises(StudyError, match="room on the disk"):
        companion.work(errands.full, tell=print)


def test_a_companion_that_is_killed_is_told_as_that():
    with Companion() as there, pytest.raises(RuntimeError, match=r"signal 9 \(SIGKILL\), as happens where memory"):
        there.work(errands.vanishes, tell=print)


def test_it_ends_with_the_process_that_asks_and_holds_the_lock_until_then(tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-c", ASKS, str(lock.fileno())]
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        asking = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, pass_fds=[lock.fileno()], env=os.environ | path
        )
        assert asking.stdout is not None
        there = int(asking.stdout.readline())
    os.kill(there, signal.SIGSTOP)
    asking.kill()
    asking.communicate()
    with (tmp_path / "lock").open("w") as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(there, signal.SIGCONT)
        assert _taken(lock), "the companion went on without anyone to compute for"


def _taken(lock) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def test_an_interrupt_ends_it_at_once():
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _interrupted()
    assert time.monotonic() - began < 60


def _interrupted() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with Companion() as there:
        there.later(interrupt, needed=True)
        there.work(errands.lasts, tell=print)


def test_for_one_thread_there_is_none(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with beside(None) as there:
        assert there is None
        assert isinstance(PLACE.get(), Here)


def test_recipes_run_there(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with beside(None) as there:
        assert PLACE.get() is there
    assert isinstance(PLACE.get(), Here)
