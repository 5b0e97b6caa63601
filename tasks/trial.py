"""The next experiment of a study: its schedule, its periods, and how likely it is to settle the question."""

import datetime as dt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from schemas.errors import StudyError
from schemas.params import StudyParams
from schemas.protocol import Protocol
from ssm_core.designs.assurance import Prospect, first_settled
from ssm_core.designs.schedule import tossed
from ssm_core.effects.verdict import in_force
from tasks.answering.verdict import Findings, prospects_of
from tasks.estimate import read_findings
from tasks.fitting.record import column, is_daily

DEFAULT_STEPS = 56
"""Length where no length settles the question or nothing is fitted: eight weeks, four of each weekday on both sides."""
LEAST_STEPS = 14
"""A shorter trial could not repeat: two pairs of periods at least, each weekday twice."""
TOO_LONG = 365
VERSUS = " versus "
SIDES = (0.25, 0.75)
"""Quantiles of a continuous exposure between which the coin decides: doses the person knows."""


class Trial(NamedTuple):
    """A schedule and what it promises.

    Attributes:
        treatment, outcome: of the study.
        column: name of the planned exposure in the schedule.
        values: exposure on either side.
        period: steps for which a toss holds.
        washout: median washout, steps; None where it is not known.
        schedule: a row a step: date (or step) and planned exposure.
        prospects: for several lengths; None where no fitted model can tell.
        chosen: the shortest that settles the question with 80 % probability, where there is one.
        seed: of the tosses.
        unit: of a step.
        words: what the values of a binary exposure mean, for a sentence.
        alone: whether the new steps are judged without the old ones, which chance did not decide.
    """

    treatment: str
    outcome: str
    column: str
    values: tuple[float, float]
    period: int
    washout: float | None
    schedule: pl.DataFrame
    prospects: list[Prospect] | None
    chosen: Prospect | None
    seed: int
    unit: str
    words: str
    alone: bool

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return self._asdict() | {
            "schedule": self.schedule.cast({self.schedule.columns[0]: pl.String}).to_dicts(),
            "prospects": None if self.prospects is None else [p._asdict() for p in self.prospects],
            "chosen": None if self.chosen is None else self.chosen._asdict(),
        }


def trial_of(root: Path, params: StudyParams, steps: int | None, period: int | None, seed: int) -> Trial:
    """Plan the next experiment from what the study has found so far.

    Without a length it is the shortest that settles the question with 80 % probability; without a period a toss holds
    for one step, or for the washout where the effect lasts longer than that.

    Raises:
        StudyError: the study was not run yet, or a length cannot be used.
    """
    for name, value in (("--steps", steps), ("--period", period)):
        if value is not None and not 1 <= value <= 10 * TOO_LONG:
            raise StudyError(f"a number from 1 to {10 * TOO_LONG}", str(value), name, "choose another length")
    findings = read_findings(root, params)
    protocol, washout = findings.protocol, _washout(findings)
    period = period or (1 if washout is None else max(1, min(round(washout), 14)))
    found = prospects_of(findings, in_force(params.estimate.thresholds, params.estimate.looks), period)
    chosen = None if found is None else first_settled(found)
    if chosen is not None and chosen.steps > TOO_LONG:
        chosen = None
    length = steps or (DEFAULT_STEPS if chosen is None else max(chosen.steps, LEAST_STEPS, 4 * period))
    values = _values(protocol, findings.panel)
    tosses = tossed(length, period, np.random.default_rng(seed))
    low, high = _as_recorded(protocol, values)
    planned = [high if toss else low for toss in tosses]
    treatment = protocol.taken or protocol.treatment
    name = f"{treatment}_planned"
    return Trial(
        treatment, protocol.outcome, name, values, period, washout,
        pl.DataFrame({**_when(findings.panel, length), name: planned}), found, chosen, seed, protocol.step_name,
        meaning(protocol) if values == (protocol.contrast_from, protocol.contrast_to) else "",
        not protocol.randomised,
    )  # fmt: skip


def _as_recorded(protocol: Protocol, values: tuple[float, float]) -> tuple[float, float] | tuple[str, str]:
    """The two values as the person's own column has them: its two texts where it is one of texts."""
    if values != (protocol.contrast_from, protocol.contrast_to) or not meaning(protocol):
        return values
    high, _, low = protocol.contrast.partition(VERSUS)
    return low, high


def meaning(protocol: Protocol) -> str:
    """What the two values stand for, where they have names."""
    high, _, low = protocol.contrast.partition(VERSUS)
    if not low or high.split()[0] == f"{protocol.contrast_to:g}":
        return ""
    return f" ({protocol.contrast_from:g} is {low}, {protocol.contrast_to:g} is {high})"


def _washout(findings: Findings) -> float | None:
    fitted = [g for g in findings.graphs if g.chains and g.identified]
    main = max(fitted, key=lambda g: g.graph.weight, default=None)
    draws = None if main is None else next((q.draws for q in main.quantities if q.name == "washout"), None)
    middle = None if draws is None else float(np.median(draws))
    return middle if middle is not None and np.isfinite(middle) else None


def _values(protocol: Protocol, panel: pl.DataFrame) -> tuple[float, float]:
    """The two values of a binary exposure; quartiles of a continuous one."""
    kind = next((v.kind for v in protocol.variables if v.name == protocol.treatment), "binary")
    if kind == "binary":
        return protocol.contrast_from, protocol.contrast_to
    low, high = np.nanquantile(column(panel, protocol.treatment), SIDES, method="inverted_cdf")
    return (float(low), float(high)) if low < high else (protocol.contrast_from, protocol.contrast_to)


def _when(panel: pl.DataFrame, length: int) -> dict[str, list[dt.date] | list[int]]:
    """Dates that follow a daily record, numbers of steps otherwise."""
    if is_daily(panel):
        last = panel["start"].max()
        assert isinstance(last, dt.datetime)
        return {"date": [last.date() + dt.timedelta(days=k + 1) for k in range(length)]}
    return {"step": [panel.height + k for k in range(length)]}
