"""Processor time of processes that nobody waits for, which the system therefore adds to no other."""

import threading

import psutil

EVERY = 0.5
"""Seconds between two looks; the last ones of a process are lost."""
PARENT = "raylet"
"""Begins the workers of Ray and does not wait for them."""


class Unwaited:
    """Looks at all that is below such a parent for as long as a program runs."""

    def __init__(self, program: int) -> None:
        """Begin to look.

        Args:
            program: process whose descendants are meant.
        """
        self._program = psutil.Process(program)
        self._seen: dict[psutil.Process, float] = {}
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._over = threading.Event()
        self._thread.start()

    def seconds(self) -> float:
        """Processor seconds of those that were seen, with their own children."""
        self._over.set()
        self._thread.join()
        return sum(self._seen.values())

    def _look(self) -> None:
        parents: list[psutil.Process] = []
        while not self._over.wait(EVERY):
            try:
                parents = parents or [p for p in self._program.children(recursive=True) if p.name() == PARENT]
                for process in [below for parent in parents for below in parent.children()]:
                    self._seen[process] = sum(process.cpu_times()[:4])
            except psutil.Error:
                continue
