"""Processor time of named parts of a stage; it goes to the run log, never into an output."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

PARTS: ContextVar[dict[str, float] | None] = ContextVar("PARTS", default=None)


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
