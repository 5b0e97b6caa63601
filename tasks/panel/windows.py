"""Which readings of a step count: plausible range, time of day, after an event, or the next one in time."""

from collections.abc import Collection
from datetime import time
from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.params import Exposure, Variable
from tasks.panel.similar import column_missing


class Windowed(NamedTuple):
    """The readings that count, how many of each variable do not, and what to tell."""

    frame: pl.DataFrame
    outside: dict[str, int]
    findings: list[Finding]


def windowed(
    frame: pl.DataFrame,
    variables: dict[str, Variable],
    exposures: dict[str, Exposure],
    steps: pl.DataFrame,
    thinned: Collection[str] = (),
) -> Windowed:
    """Apply each declared variable's window.

    Args:
        frame: readings with `variable`, `clock`, `at`, `value`.
        variables: the declarations.
        exposures: names that `after` may use besides variables.
        steps: the grid's `at`, for joins that have no anchor event.
        thinned: variables whose windows were applied before they were reduced to one value per step.

    Raises:
        StudyError: a declaration names something that is not there.
    """
    names = frame["variable"].unique(maintain_order=True).to_list()
    outside: dict[str, int] = {}
    findings: list[Finding] = []
    parts = [frame.filter(~pl.col("variable").is_in(list(variables)))]
    for name, rule in variables.items():
        if name not in names:
            raise column_missing(name, names, f"params.yaml at ingest.variables.{name}")
        mine = frame.filter(pl.col("variable") == name)
        if name in thinned:
            parts.append(mine)
            continue
        kept, told = plausible(mine, name, rule)
        findings += told
        anchors = _anchors(frame, rule, exposures, names, f"params.yaml at ingest.variables.{name}.after")
        kept = of_the_day(kept, rule)
        if rule.join == "next_within":
            kept, told = _next(kept, name, rule, steps if anchors is None else anchors)
            findings += told
        elif anchors is not None:
            kept = kept.join(anchors, on="at").filter(pl.col("clock") > pl.col("anchor")).drop("anchor")
        outside[name] = outside.get(name, 0) + int(mine["n"].sum()) - int(kept["n"].sum())
        parts.append(kept)
    return Windowed(pl.concat(parts), outside, findings)


def plausible(mine: pl.DataFrame, name: str, rule: Variable) -> tuple[pl.DataFrame, list[Finding]]:
    """The readings within the declared range; null stays."""
    low, high = rule.low, rule.high
    bad = pl.lit(value=False)
    bad = bad | (pl.col("value") < low) if low is not None else bad
    bad = bad | (pl.col("value") > high) if high is not None else bad
    gone = mine.filter(bad)
    if gone.is_empty():
        return mine, []
    limits = " and ".join(
        [*([f"below {low:g}"] if low is not None else []), *([f"above {high:g}"] if high is not None else [])]
    )
    sentence = (
        f"{gone.height} readings of {name} {limits} are implausible "
        f"and count as not observed (first: {gone['value'][0]} at {gone['source'][0]})."
    )
    counts = {"readings": gone.height, "first": gone["source"][0]}
    told = Finding(kind="implausible", severity="warning", where=name, sentence=sentence, counts=counts)
    return mine.filter(~bad.fill_null(value=False)), [told]


def of_the_day(mine: pl.DataFrame, rule: Variable) -> pl.DataFrame:
    """The readings whose local clock lies in the declared window."""
    if rule.between is None:
        return mine
    first, last = (time.fromisoformat(clock) for clock in rule.between)
    clock = pl.col("clock").dt.time()
    inside = (clock >= first) & (clock < last) if first <= last else (clock >= first) | (clock < last)
    return mine.filter(inside)


def _anchors(
    frame: pl.DataFrame, rule: Variable, exposures: dict[str, Exposure], names: list[str], where: str
) -> pl.DataFrame | None:
    """The first event of every step."""
    if rule.after is None:
        return None
    exposure = exposures.get(rule.after)
    events = [rule.after] if exposure is None else [exposure.active, exposure.comparator or exposure.active]
    if exposure is None and rule.after not in names:
        raise column_missing(rule.after, names, where)
    taken = frame.filter(pl.col("variable").is_in(events) & ~(pl.col("value") == 0).fill_null(value=False))
    return taken.drop_nulls("at").group_by("at").agg(anchor=pl.col("clock").min()).sort("at")


def _next(mine: pl.DataFrame, name: str, rule: Variable, anchors: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """Give every anchor the first reading that follows it within the hours allowed, also from a later step."""
    starts = anchors.with_columns(anchor=pl.col("anchor") if "anchor" in anchors.columns else pl.col("at"))
    wanted = starts.drop_nulls("anchor").select("at", "anchor").sort("anchor")
    known = mine.drop_nulls(["clock", "value"]).sort("clock", "value").rename({"at": "own"})
    found = wanted.join_asof(
        known, left_on="anchor", right_on="clock", strategy="forward", coalesce=False,
        tolerance=f"{round(rule.within_hours * 3600)}s",
    ).drop_nulls("clock")  # fmt: skip
    later = found.filter(pl.col("own") != pl.col("at")).height
    sentence = (
        f"{found.height} steps take the next reading of {name} within {rule.within_hours:g} hours; "
        f"{later} of them take it from a later step, {wanted.height - found.height} find none."
    )
    counts = {"joined": found.height, "from_later_step": later, "without": wanted.height - found.height}
    severity = "warning" if later else "note"
    told = Finding(kind="not_joined", severity=severity, where=name, sentence=sentence, counts=counts)
    return found.select(mine.columns), [told]
