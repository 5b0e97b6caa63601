"""Changes of the recording device, and levels that shift with them."""

from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.audit import Finding

_SIDE = 14
_FEWEST = 7
_LARGE = 4.0


class _Change(NamedTuple):
    """From which step on another device gives most of the readings."""

    variable: str
    at: datetime
    before: str
    after: str


def device_changes(placed: pl.DataFrame, panel: pl.DataFrame, grid: pl.DataFrame) -> list[Finding]:
    r"""Tell when another device takes over for good, and warn where the level shifts at that step.

    A device takes over when it gives most readings of a step and the one before it never does again. The level shifts
    when the means of up to 14 observed steps before and after differ by more than 4 standard errors,
    :math:`|\bar x_2 - \bar x_1| > 4 s \sqrt{1/n_1 + 1/n_2}` with the pooled :math:`s`; neighbouring days are alike, so
    that 4 rather than 2.

    Args:
        placed: readings with `variable`, `device`, `at`, `n`, `value`.
        panel: the variables by step.
        grid: the steps of the panel, column `at`.
    """
    found = []
    for change in _takeovers(placed):
        counts = {"from": change.before, "to": change.after, "first": f"{change.at:%Y-%m-%d}"}
        sentence = f"{change.variable}: {change.after} takes over from {change.before} on {change.at:%Y-%m-%d}."
        found.append(
            Finding(kind="device_change", severity="note", where=change.variable, sentence=sentence, counts=counts)
        )
        found += _shift(change, panel, grid)
    return found


def _takeovers(placed: pl.DataFrame) -> list[_Change]:
    known = placed.drop_nulls(["device", "at", "value"]).group_by("variable", "at", "device").agg(pl.col("n").sum())
    several = known.filter(pl.col("device").n_unique().over("variable") > 1)
    most = several.sort(["variable", "at", "n", "device"], descending=[False, False, True, False])
    main = most.unique(["variable", "at"], keep="first", maintain_order=True)
    spans = main.group_by("variable", "device", maintain_order=True).agg(
        first=pl.col("at").min(), last=pl.col("at").max()
    )
    made = []
    for (variable,), rows in spans.sort("variable", "first").group_by("variable", maintain_order=True):
        ordered = list(rows.select("device", "first", "last").iter_rows())
        for (before, _, last), (after, first, _) in pairwise(ordered):
            if first > last:
                made.append(_Change(str(variable), first, before, after))
    return made


def _shift(change: _Change, panel: pl.DataFrame, grid: pl.DataFrame) -> list[Finding]:
    if change.variable not in panel.columns:
        return []
    values = pl.DataFrame({"at": grid["at"], "x": panel[change.variable]}).drop_nulls("x")
    before = values.filter(pl.col("at") < change.at)["x"].tail(_SIDE).to_numpy()
    after = values.filter(pl.col("at") >= change.at)["x"].head(_SIDE).to_numpy()
    if min(len(before), len(after)) < _FEWEST:
        return []
    free = len(before) + len(after) - 2
    pooled = np.sqrt((before.var() * len(before) + after.var() * len(after)) / free)
    error = float(pooled * np.sqrt(1 / len(before) + 1 / len(after)))
    difference = float(after.mean() - before.mean())
    if abs(difference) <= _LARGE * error or difference == 0:
        return []
    sentence = (
        f"{change.variable} shifts by {difference:.4g} when {change.after} takes over from {change.before} on "
        f"{change.at:%Y-%m-%d}: the device may be the reason."
    )
    counts = {"difference": round(difference, 6), "standard_error": round(error, 6), "first": f"{change.at:%Y-%m-%d}"}
    return [Finding(kind="level_shift", severity="warning", where=change.variable, sentence=sentence, counts=counts)]
