"""Ends the process by SIGKILL just before its n-th step of one kind: `CAUSAL_SSM_KILL=os.rename:3`."""

import os
import signal
import sys

_kind, _, _which = os.environ.pop("CAUSAL_SSM_KILL", "").partition(":")  # programs that are started live on
_steps = [0]


def _count(event: str, _arguments: tuple[object, ...]) -> None:
    if event == _kind:
        _steps[0] += 1
        if _steps[0] == int(_which):
            os.kill(os.getpid(), signal.SIGKILL)


if _kind:
    sys.addaudithook(_count)
