"""An intervention with a date as a column: 0 before it, 1 from it on."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.features import Intervention


def interventions(
    declared: Mapping[str, Intervention], grid: pl.DataFrame, taken: list[str]
) -> tuple[dict[str, pl.Series], list[Finding]]:
    """One column an intervention, in the order of the grid.

    Args:
        declared: `ingest.interventions`.
        grid: the steps, columns `step`, `start`.
        taken: names that the record has already.

    Raises:
        StudyError: a name is taken, the record has no dates, or has no step on one side of the beginning.
    """
    columns: dict[str, pl.Series] = {}
    findings: list[Finding] = []
    for name, rule in declared.items():
        where = f"params.yaml at ingest.interventions.{name}"
        if name in taken or name in ("step", "start", ""):
            raise StudyError("a new name", f"'{name}', which the record has already", where)
        after = _after(rule, grid, where)
        before = int((~after).sum())
        if before in (0, after.len()):
            side = "before" if before == 0 else "from"
            raise StudyError("a beginning within the record", f"no step {side} {rule.start}", f"{where}.start")
        columns[name] = after.cast(pl.Float64).alias(name)
        counts = {"before": before, "after": after.len() - before}
        sentence = (
            f"{name} begins at {rule.start}: {counts['before']} steps before it (0), {counts['after']} from it on (1)."
        )
        findings.append(Finding(kind="exposure", severity="note", where=name, sentence=sentence, counts=counts))
    return columns, findings


def _after(rule: Intervention, grid: pl.DataFrame, where: str) -> pl.Series:
    """Whether each step begins at or after the intervention."""
    if isinstance(rule.start, int):
        return grid["step"] >= rule.start
    if grid["start"].null_count():
        fix = "write the number of the first step after it, counted from 0"
        raise StudyError("a record with dates", f"{rule.start} and a record without", f"{where}.start", fix)
    return grid["start"] >= datetime.fromisoformat(rule.start)
