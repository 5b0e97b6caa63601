"""A process beside this one that computes: it loads the libraries of the stages while this one loads Prefect."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple, Self

from flows.disk import disk_refusal
from flows.provenance.keys import threads
from flows.recipes import PLACE, Tell
from schemas.stages import STAGE_NAMES
from tasks.meter import elsewhere, listening, spent

PROGRAM = """
import sys
sys.path[:] = sys.argv[2:]
from flows.companion import main
main(int(sys.argv[1]))
"""
"""It finds the code where this process found it."""


AHEAD = (
    *("polars", "tasks.ingest", "tasks.explore", "networkx", "scipy.linalg", "scipy.optimize", "scipy.stats"),
    *(f"tasks.{name}" for name in STAGE_NAMES),
)
"""In pieces, so that an order need not wait long for the end of one."""


class Order(NamedTuple):
    """A function of ours, by reference, that takes `tell` besides these arguments."""

    function: Callable[..., Any]
    words: tuple[Any, ...]
    options: dict[str, Any]


class Told(NamedTuple):
    """A sentence on the way."""

    sentence: str


class Done(NamedTuple):
    """How an order ended, and the processor seconds that it took, all of them and by part."""

    value: Any
    error: Exception | None
    seconds: float
    parts: dict[str, float]


class Companion:
    """The process as seen from here. It holds the study's lock too, so that no other run begins before it has ended."""

    def __init__(self, lock: int | None = None) -> None:
        """Start it, and do not wait; `lock` is the descriptor of the study's lock."""
        self._jobs: list[tuple[Callable[[], object], bool]] = []
        self._link, theirs = Pipe()
        passed = [theirs.fileno()] + ([] if lock is None else [lock])
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(theirs.fileno()), *sys.path],
                stdin=subprocess.DEVNULL,
                stdout=2,  # standard output is for the result
                pass_fds=passed,
            )

    def __enter__(self) -> Self:
        """Nothing more."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it: it is idle unless this process is interrupted."""
        if kind is not None:
            self._process.terminate()
        self._link.close()
        self._process.wait()

    def work(self, function: Callable[..., Any], *words: Any, tell: Tell, **options: Any) -> Any:  # noqa: ANN401
        """Have a function called there, and use the time for the jobs.

        Raises:
            RuntimeError: the process has ended.
        """
        with suppress(ConnectionError):  # what has become of it is heard below
            self._link.send(Order(function, words, options))
        self._use_time()
        heard = self._heard(tell)
        elsewhere(heard.seconds, heard.parts)
        if heard.error is not None:
            raise heard.error
        return heard.value

    def later(self, job: Callable[[], object], *, needed: bool) -> None:
        """Do it while the other process computes."""
        self._jobs.append((job, needed))

    def finish(self) -> None:
        """Do what is left of the needed jobs, in order."""
        self._jobs = [(job, needed) for job, needed in self._jobs if needed]
        self._use_time()

    def _use_time(self) -> None:
        while self._jobs:
            job, _ = self._jobs.pop(0)
            job()

    def _heard(self, tell: Tell) -> Done:
        try:
            while isinstance(heard := self._link.recv(), Told):
                tell(heard.sentence)
        except (EOFError, ConnectionError):
            raise RuntimeError(_lost(self._process.wait())) from None
        return heard


def _lost(status: int) -> str:
    how = f"was ended by signal {-status} ({signal.Signals(-status).name})" if status < 0 else f"ended with {status}"
    short = ", as happens where memory runs short" if status == -signal.SIGKILL else ""
    return f"the process that computes the stages {how}{short}; what was finished is kept"


@contextmanager
def beside(lock: int | None) -> Generator[Companion | None]:
    """Recipes run in a companion; here where a run takes one thread, as of one processor or beside other runs."""
    if threads() == "1":
        yield None
        return
    with Companion(lock) as companion:
        token = PLACE.set(companion)
        try:
            yield companion
        finally:
            PLACE.reset(token)


def main(descriptor: int) -> None:
    """Answer orders until the other end is closed; while none is there, load what the next stage needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process is told, and ends this one
    link = Connection(descriptor)
    orders: SimpleQueue[Order] = SimpleQueue()
    threading.Thread(target=_hear, args=(link, orders), daemon=True).start()
    modules = iter(AHEAD)
    while True:
        link.send(_answer(_next(orders, modules), lambda sentence: link.send(Told(sentence))))


def _hear(link: Connection, orders: SimpleQueue[Order]) -> None:
    """The process that orders may be killed at any moment; nothing is then written any more."""
    try:
        while True:
            orders.put(link.recv())
    except (EOFError, ConnectionError):
        os._exit(0)


def _next(orders: SimpleQueue[Order], modules: Iterator[str]) -> Order:
    while orders.empty() and (module := next(modules, None)) is not None:
        import_module(module)
    return orders.get()


def _answer(order: Order, tell: Tell) -> Done:
    began = spent()
    value, raised = None, None
    with listening() as parts:
        try:
            value = order.function(*order.words, tell=tell, **order.options)
        except Exception as error:  # noqa: BLE001 - it is raised in the other process
            raised = _portable(error)
    return Done(value, raised, spent() - began, parts)


def _portable(error: Exception) -> Exception:
    """The same error as it comes out of a pickle, with its traceback as a note; else its type and words."""
    if (refusal := disk_refusal(error)) is not None:
        return refusal
    error.add_note("".join(traceback.format_exception(error)))
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - libraries raise what they like
        return RuntimeError(f"{type(error).__name__}: {error}")
