"""Processor time of named parts of a stage; it goes to the run log, never into an output."""

import resource
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

PARTS: ContextVar[dict[str, float] | None] = ContextVar("PARTS", default=None)
_ELSEWHERE = [0.0]


def spent() -> float:
    """Processor seconds of this process, of its children that have ended, and of those that have told (`elsewhere`)."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime + _ELSEWHERE[0]


def elsewhere(seconds: float, parts: dict[str, float]) -> None:
    """Another process has spent these for this one, all of them and by part."""
    _ELSEWHERE[0] += seconds
    heard = PARTS.get()
    if heard is not None:
        heard.update({name: heard.get(name, 0.0) + more for name, more in parts.items()})


@contextmanager
def part(name: str) -> Generator[None]:
    """Add the processor time spent inside to `name`, if anybody listens (`listening`)."""
    began = time.process_time()
    try:
        yield
    finally:
        parts = PARTS.get()
        if parts is not None:
            parts[name] = parts.get(name, 0.0) + time.process_time() - began


@contextmanager
def listening() -> Generator[dict[str, float]]:
    """Seconds by part of what runs inside."""
    parts: dict[str, float] = {}
    token = PARTS.set(parts)
    try:
        yield parts
    finally:
        PARTS.reset(token)
