"""Changes of the recording device and of its software, and levels that shift with them."""

from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.audit import Finding

_SIDE = 14
_FEWEST = 7
_LARGE = 4.0
_LARGE_AMONG_MANY = 6.0
_NAMED = 24


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
        found += _shift(change, panel, grid, f"{change.after} takes over from {change.before}", _LARGE)
    return found


def software_changes(versions: pl.DataFrame, panel: pl.DataFrame, grid: pl.DataFrame) -> list[Finding]:
    r"""Tell when a device recorded with other software than before, and warn where a level shifts at that step.

    Software changes often and every variable of the device is looked at, so that a shift counts from 6 standard errors
    on, computed as in `device_changes`.

    Args:
        versions: columns of `VERSION_SCHEMA`, in order of time.
        panel: the variables by step.
        grid: the steps of the panel, column `at`.
    """
    found = []
    for (device,), rows in versions.group_by("device", maintain_order=True):
        firsts = rows.group_by("version", maintain_order=True).agg(pl.col("first").min())
        names, moments = firsts["version"].to_list(), firsts["first"].to_list()
        if len(names) < 2:
            continue
        found.append(_software(str(device), names, moments))
        for (before, after), moment in zip(pairwise(names), moments[1:], strict=True):
            day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
            how = f"the software of {device} goes from {before} to {after}"
            for variable in rows.filter(pl.col("version") == after)["variable"].unique(maintain_order=True):
                found += _shift(_Change(variable, day, before, after), panel, grid, how, _LARGE_AMONG_MANY)
    return found


def _software(device: str, names: list[str], moments: list[datetime]) -> Finding:
    times = len(names) - 1
    often = "once" if times == 1 else f"{times} times"
    first = f"from {names[0]} to {names[1]} on {moments[1]:%Y-%m-%d}"
    sentence = f"{device}: its software changed {often}, first {first}."
    dated = {name: f"{moment:%Y-%m-%d}" for name, moment in zip(names[-_NAMED:], moments[-_NAMED:], strict=True)}
    counts = {"changes": times, **dated}
    return Finding(kind="software_change", severity="note", where=device, sentence=sentence, counts=counts)


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


def _shift(change: _Change, panel: pl.DataFrame, grid: pl.DataFrame, how: str, large: float) -> list[Finding]:
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
    if abs(difference) <= large * error or difference == 0:
        return []
    sentence = (
        f"{change.variable} shifts by {difference:.4g} when {how} on "
        f"{change.at:%Y-%m-%d}: the device may be the reason."
    )
    counts = {"difference": round(difference, 6), "standard_error": round(error, 6), "first": f"{change.at:%Y-%m-%d}"}
    return [Finding(kind="level_shift", severity="warning", where=change.variable, sentence=sentence, counts=counts)]
