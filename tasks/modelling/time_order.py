"""What clock and calendar say of the order of two variables within one step."""

from typing import NamedTuple, Protocol

import polars as pl

from schemas.graph import CausalGraph, Edge
from schemas.params import StudyParams
from tasks.modelling.question import Question


class Timed(Protocol):
    """When in the step a variable is recorded, see `schemas.audit.VariableAudit`."""

    @property
    def night(self) -> bool:
        """Of the night that ended on that day."""

    @property
    def from_hour(self) -> float | None:
        """Hours from the beginning of the step, usually the earliest."""

    @property
    def to_hour(self) -> float | None:
        """Usually the latest."""


class Times(NamedTuple):
    """The same of one row of the catalogue."""

    night: bool = False
    from_hour: float | None = None
    to_hour: float | None = None


def over_before(first: Timed, second: Timed) -> bool:
    """Whether what is recorded of `first` is over before `second` begins on the same step, by their times of day.

    A night that belongs to the day of waking is over before all else of that day, noted without a time or usually
    later than the night ends (half of the time between its usual hours), although some mornings begin early.
    """
    if first.night and not second.night:
        if first.to_hour is None or second.from_hour is None or second.to_hour is None:
            return True
        return first.to_hour <= (second.from_hour + second.to_hour) / 2
    if first.to_hour is None or second.from_hour is None:
        return False
    return first.to_hour <= second.from_hour


def timely(params: StudyParams, catalog: pl.DataFrame) -> StudyParams:
    """The same study asking for the effect one step later, where the outcome of a step is over before its exposure.

    What the person says of the lag stands.
    """
    study = params.study
    if study.lag is not None or study.treatment is None or study.outcome is None:
        return params
    if not outcome_first(params, catalog):
        return params
    return params.model_copy(update={"study": study.model_copy(update={"lag": 1})})


def outcome_first(params: StudyParams, catalog: pl.DataFrame) -> bool:
    """Whether the outcome of a step is over before the exposure of that step."""
    rows = {row["variable"]: row for row in catalog.iter_rows(named=True)}
    pair = [rows.get(str(name)) for name in (params.study.outcome, params.study.treatment)]
    if None in pair:
        return False
    outcome, treatment = (times_of(row) for row in pair if row is not None)
    return over_before(outcome, treatment)


def in_time(graph: CausalGraph, question: Question, params: StudyParams) -> CausalGraph:
    """The graph with each edge that time forbids within a step moved to the next one.

    What the person asks stands: with `study.lag: 0` the exposure may act on the outcome of its own step.
    """
    facts = {f.name: f for f in (question.treatment, question.outcome, *question.others)}
    asked = (question.treatment.name, question.outcome.name) if params.study.lag == 0 else None

    def moved(edge: Edge) -> Edge:
        known = edge.source in facts and edge.target in facts and (edge.source, edge.target) != asked
        late = known and edge.lag == 0 and over_before(facts[edge.target], facts[edge.source])
        return edge.model_copy(update={"lag": 1}) if late else edge

    edges = {(edge.source, edge.target, edge.lag): edge for edge in map(moved, graph.edges)}
    return graph.model_copy(update={"edges": tuple(edges.values())})


def times_of(row: dict) -> Times:
    """Of a row of the catalogue."""
    return Times(row["night"], row["from_hour"], row["to_hour"])


def told_order(outcome: str, treatment: str, step: str = "day") -> str:
    """What was concluded, for a person."""
    return (
        f"{outcome} of a {step} is over before {treatment} of that {step}, so the effect asked for is that on the next "
        f"{step}'s {outcome} (study.lag in params.yaml says otherwise)."
    )
