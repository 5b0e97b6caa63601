"""One line per study: what came of it, in the table of many."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from flows.provenance.changes import WORDS
from schemas.errors import StudyError
from schemas.results import Verdict
from schemas.rounding import signed

RATED = 10.0
"""Seconds from which on a rate says something: below it hardly anything was computed."""


class Row(NamedTuple):
    """One study of the table; numbers are in the outcome's unit, `seconds` is wall time."""

    study: str
    status: str
    verdict: str | None = None
    mean: float | None = None
    q05: float | None = None
    q95: float | None = None
    unit: str = ""
    seconds: float = 0.0
    error: str = ""

    def line(self, width: int) -> str:
        """The row for people."""
        if self.verdict is None:
            return f"{self.study:<{width}}  {self.status}: {self.error}"
        if self.mean is None or self.q05 is None or self.q95 is None:
            return f"{self.study:<{width}}  {WORDS[self.verdict]}"
        number = f"{signed(self.mean, 3)} [{signed(self.q05, 3)}, {signed(self.q95, 3)}] {self.unit}".rstrip()
        return f"{self.study:<{width}}  {WORDS[self.verdict]}: {number}"


class Cohort(NamedTuple):
    """All rows in the order asked for, and the wall time of all together, seconds."""

    rows: tuple[Row, ...]
    seconds: float

    def lines(self) -> list[str]:
        """The table, then how many and how fast."""
        width = max(len(row.study) for row in self.rows)
        answered = sum(row.verdict is not None for row in self.rows)
        took = f"{self.seconds:.1f} s"
        if self.seconds >= RATED:
            took = f"{self.seconds:.0f} s ({3600 * len(self.rows) / self.seconds:.0f} an hour)"
        total = f"{answered} of {len(self.rows)} studies answered in {took}."
        return [*(row.line(width) for row in self.rows), total]

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return {"studies": [row._asdict() for row in self.rows], "seconds": round(self.seconds, 3)}


def of_verdict(root: Path, verdict: Verdict, seconds: float) -> Row:
    """A study that was answered."""
    e = verdict.estimate
    if e is None:
        return Row(str(root), "answered", verdict.verdict, seconds=seconds)
    return Row(str(root), "answered", verdict.verdict, e.mean, e.q05, e.q95, e.unit or "", seconds)


def of_error(root: Path, error: Exception, seconds: float) -> Row:
    """A study that failed: by its data or its request, or by a fault of ours."""
    if isinstance(error, StudyError):
        return Row(str(root), "unusable", seconds=seconds, error=f"expected {error.expected}, got {error.got}")
    words = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
    return Row(str(root), "fault", seconds=seconds, error=words)


def of_program(root: Path, status: int, stdout: str, seconds: float) -> Row:
    """What `causal-ssm run --json` printed, or that it ended without a word."""
    try:
        told = json.loads(stdout)
    except ValueError:
        return Row(str(root), "fault", seconds=seconds, error=f"ended with status {status} and no answer")
    if status != 0:
        error = told.get("error", {})
        words = error.get("message") or f"expected {error.get('expected')}, got {error.get('got')}"
        return Row(str(root), str(error.get("kind", "fault")), seconds=seconds, error=words)
    return of_verdict(root, Verdict.model_validate(told["verdict"]), seconds)
