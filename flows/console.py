"""What the user sees: progress and errors on stderr, results on stdout, the exit status."""

import json
import os
import shutil
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from flows.disk import disk_refusal
from schemas.errors import StudyError
from tasks.telling import Share

_CELLS = 20
ERROR_FILE = "CAUSAL_SSM_ERROR_FILE"
"""Between `repro` and `stage` stands DVC, which passes no message on: this file takes it, and `repro` tells it."""
RELAYED = "CAUSAL_SSM_RELAYED"
"""Set in processes between which and the user stands `serve`, which passes only announcements on."""
MARK = "\x1e"
"""Begins an announcement (ASCII: record separator)."""


def progress(sentence: str) -> None:
    """One line on stderr; how far a file has been read is a bar that is drawn over, and only on a terminal."""
    if isinstance(sentence, Share):
        if sys.stderr.isatty():
            click.echo(_bar(sentence), nl=sentence.share >= 1, err=True)
        return
    click.echo(sentence, err=True)


def announce(sentence: str) -> None:
    """Progress that also reaches the person behind `serve`, who sees nothing else of its runs."""
    mark = MARK if os.environ.get(RELAYED) else ""
    click.echo("\n".join(f"{mark}{line}" for line in sentence.splitlines()), err=True)


def _bar(share: Share) -> str:
    """`Reading export.xml [########------------]  40 %`, from the beginning of the line."""
    room = max(8, shutil.get_terminal_size().columns - _CELLS - 18)
    name = share.name if len(share.name) <= room else f"…{share.name[1 - room :]}"
    done = round(share.share * _CELLS)
    return f"\r\x1b[KReading {name} [{'#' * done}{'-' * (_CELLS - done)}] {int(share.share * 100):3d} %"


def result(text: str, document: Any, *, as_json: bool) -> None:  # noqa: ANN401 - anything JSON can hold
    """The result on stdout: sentences for people, or one JSON document."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False) if as_json else text)


@contextmanager
def private() -> Generator[None]:
    """Files made meanwhile, also by programs that are started, are for nobody else on this machine: health data."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def outcome(*, as_json: bool, verbose: bool) -> Generator[None]:
    """Exit status 2 with one message for the user's mistakes, 1 for ours; what is written is private.

    With `as_json` the error is a JSON document on stdout; tracebacks appear only with `verbose`.
    """
    try:
        with private():
            yield
    except StudyError as error:
        _refuse(error, as_json=as_json, verbose=verbose)
    except (KeyboardInterrupt, click.exceptions.Abort):
        _tell("Interrupted; what was finished is kept.", {"kind": "interrupted"}, as_json=as_json, verbose=verbose)
        raise SystemExit(1) from None
    except Exception as error:  # noqa: BLE001 - the last line of defence: a fault of ours, told as one
        if (refusal := disk_refusal(error)) is not None:
            _refuse(refusal, as_json=as_json, verbose=verbose)
        words = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        message = f"A fault of causal-ssm, not of your data: {words}\nGive the command again with -v for details."
        _tell(message, {"kind": "fault", "message": words}, as_json=as_json, verbose=verbose)
        raise SystemExit(1) from None


def _refuse(error: StudyError, *, as_json: bool, verbose: bool) -> NoReturn:
    parts = {"expected": error.expected, "got": error.got, "where": error.where, "fix": error.fix}
    told_to = os.environ.get(ERROR_FILE)
    if told_to is None or not _noted(Path(told_to), list(parts.values())):
        _tell(str(error), {"kind": "unusable", **parts}, as_json=as_json, verbose=verbose)
    raise SystemExit(2) from None


def _noted(path: Path, parts: list[str]) -> bool:
    try:
        path.write_text(json.dumps(parts), encoding="utf-8")
    except OSError:  # the disk may be what the message is about
        return False
    return True


def _tell(message: str, document: dict[str, str], *, as_json: bool, verbose: bool) -> None:
    if verbose:
        traceback.print_exc(file=sys.stderr)
    if as_json:
        click.echo(json.dumps({"error": document}, indent=2, ensure_ascii=False))
    else:
        click.echo(message, err=True)
