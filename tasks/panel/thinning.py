"""Dense variables on their way to the panel: whole where a rule needs every reading, else one value per step."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.params import Ingest, StudyParams, Variable
from tasks.panel.steps import shift_of, step_of, with_steps
from tasks.panel.windows import of_the_day, plausible
from tasks.readings.dense import Dense, clocked, expanded, reduced


class Thinned(NamedTuple):
    """The rules that were applied, how many readings the declared windows left out, and what to tell."""

    rules: dict[str, str]
    outside: dict[str, int]
    findings: list[Finding]


def thin_readings(
    dense: list[Dense], params: StudyParams, step: str, vendors: dict[str, str]
) -> tuple[list[pl.DataFrame], Thinned]:
    """Readings with `at`, in the columns that all readings have.

    Args:
        dense: the variables.
        params: the study's parameters.
        step: width of the steps.
        vendors: how the format says that each is aggregated.
    """
    shift, zone = shift_of(params.ingest.day_starts_at), params.study.timezone
    whole = _needed_whole(params)
    frames, thinned = [], Thinned({}, {}, [])
    for variable in dense:
        rule = params.ingest.variables.get(variable.name, Variable())
        if variable.name in whole or step == "row":
            frames += [with_steps(part.filter("counts"), step, shift) for part in expanded(variable, zone)]
            continue
        how = rule.aggregate if rule.aggregate != "auto" else vendors.get(variable.name, "mean")
        kept, told = _inside(variable, rule, zone)
        thinned.rules[variable.name] = how
        thinned.outside[variable.name] = variable.frame.height - kept.frame.height
        thinned.findings.extend(told)
        frames.append(reduced(kept, how, zone, step, shift))
    return frames, thinned


def lean_readings(
    dense: list[Dense], rules: Ingest, zone: str | None, step: str, shift: timedelta
) -> Iterator[pl.DataFrame]:
    """Every reading of the dense variables that features look at, in the few columns that they need."""
    wanted = {
        rule.of for rule in rules.features.values() if rule.kind in ("window", "before_sleep", "count", "coverage")
    }
    for variable in dense:
        if variable.name in wanted:
            counted = Dense(variable.name, variable.frame.filter("counts"))
            yield clocked(counted, zone).select(
                pl.lit(variable.name).alias("variable"), "clock", step_of("clock", step, shift).alias("at"), "value",
                pl.lit(None, dtype=pl.String).alias("text"), pl.lit(1, dtype=pl.UInt32).alias("n"),
            )  # fmt: skip


def _needed_whole(params: StudyParams) -> set[str]:
    """Variables whose single readings are joined with those of others."""
    rules = params.ingest
    joined = {name for name, rule in rules.variables.items() if rule.after is not None or rule.join == "next_within"}
    anchors = {rule.after for rule in rules.variables.values() if rule.after is not None}
    events = {event for rule in rules.exposures.values() for event in (rule.active, rule.comparator) if event}
    return joined | anchors | events


def _inside(variable: Dense, rule: Variable, zone: str | None) -> tuple[Dense, list[Finding]]:
    """Only the plausible readings of the declared time of day."""
    if rule.low is None and rule.high is None and rule.between is None:
        return variable, []
    frame = clocked(variable, zone)
    kept, told = plausible(frame, variable.name, rule)
    return Dense(variable.name, of_the_day(kept, rule).select(variable.frame.columns)), told
