"""Commands as forks of one process that has its libraries loaded, one at a time: a kill costs no imports.

Each line of stdin is an order (`words`, `log`, `kill`); answered by the process's number, then by how it ended.
"""

import importlib
import json
import os
import signal
import sys

from flows.cli import main
from schemas.stages import STAGE_NAMES

for _name in ("flows.commands.stage", *(f"tasks.{stage}" for stage in STAGE_NAMES)):
    importlib.import_module(_name)


def _dying(kind: str, which: int) -> None:
    """SIGKILL just before the n-th step of one kind, such as `os.rename`."""
    steps = [0]

    def count(event: str, _arguments: tuple[object, ...]) -> None:
        if event == kind:
            steps[0] += 1
            if steps[0] == which:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def _child(words: list[str], log: str, kill: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    if kill:
        kind, _, which = kill.partition(":")
        _dying(kind, int(which))
    status = 1
    try:
        main(words)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(status)


def _serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(order["words"], order["log"], order["kill"])
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
