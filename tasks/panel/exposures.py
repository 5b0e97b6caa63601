"""Binary exposures made from event logs: taken, comparator taken, or neither."""

from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Exposure
from tasks.panel.similar import column_missing

_SCHEMA = {"variable": pl.String, "at": pl.Datetime("us"), "value": pl.Float64}


class Exposed(NamedTuple):
    """The exposures as columns of `variable`, `at`, `value`; the event variables they replace; what to tell."""

    values: pl.DataFrame
    replaced: set[str]
    findings: list[Finding]


def exposed(
    frame: pl.DataFrame,
    grid: pl.DataFrame,
    declared: dict[str, Exposure],
    treatment: str | None,
    logs: list[tuple[str, ...]],
) -> Exposed:
    """Turn events into 1, 0 or null per step.

    Args:
        frame: readings with `variable`, `at`, `value`.
        grid: the steps, column `at`.
        declared: `ingest.exposures`.
        treatment: the study's exposure; one that stands in an event log without declaration gets a default.
        logs: the substances of every event log.

    Raises:
        StudyError: an exposure names an event that never occurs, or a treatment has a comparator but no rule
            for steps on which neither was taken.
    """
    parts: list[pl.DataFrame] = [pl.DataFrame(schema=_SCHEMA)]
    findings: list[Finding] = []
    replaced: set[str] = set()
    known = frame["variable"].unique(maintain_order=True).to_list()
    for name, rule in declared.items():
        _require_events(name, rule, known)
        steps = _steps(frame, grid, rule.active, rule.comparator)
        parts.append(_coded(steps, name, rule.absent == "zero"))
        findings += _told(steps, name, rule)
        replaced |= {rule.active, rule.comparator or rule.active}
    log = next((log for log in logs if treatment in log), None)
    if treatment is not None and log is not None and treatment not in declared:
        steps = _default(frame, grid, treatment, log)
        if steps is not None:
            parts.append(steps)
            findings.append(_told_default(steps, treatment))
            replaced.add(treatment)
    return Exposed(pl.concat(parts), replaced, findings)


def _require_events(name: str, rule: Exposure, known: list[str]) -> None:
    for event in (rule.active, rule.comparator):
        if event is not None and event not in known:
            raise column_missing(event, known, f"params.yaml at ingest.exposures.{name}")


def _on(frame: pl.DataFrame, event: str | None) -> pl.Series:
    taken = frame.filter((pl.col("variable") == event) & ~(pl.col("value") == 0).fill_null(value=False))
    return taken["at"].drop_nulls().unique()


def _steps(frame: pl.DataFrame, grid: pl.DataFrame, active: str, comparator: str | None) -> pl.DataFrame:
    yes, no = _on(frame, active), _on(frame, comparator)
    return grid.select("at", active=pl.col("at").is_in(yes.implode()), comparator=pl.col("at").is_in(no.implode()))


def _coded(steps: pl.DataFrame, name: str, absent_is_zero: bool) -> pl.DataFrame:
    value = (
        pl.when(pl.col("active") & pl.col("comparator")).then(None)
        .when("active").then(1.0)
        .when("comparator").then(0.0)
        .otherwise(0.0 if absent_is_zero else None)
    )  # fmt: skip
    return steps.select(variable=pl.lit(name), at="at", value=value.cast(pl.Float64))


def _told(steps: pl.DataFrame, name: str, rule: Exposure) -> list[Finding]:
    both = steps.filter(pl.col("active") & pl.col("comparator")).height
    active = int(steps["active"].sum()) - both
    comparator = int(steps["comparator"].sum()) - both
    neither = steps.height - active - comparator - both
    against = f" {comparator} with {rule.comparator} (0)," if rule.comparator else ""
    rest = "count as 0" if rule.absent == "zero" else "are not in the comparison"
    sentence = f"{name}: {active} steps with {rule.active} (1),{against} {neither} with neither, which {rest}."
    counts = {"active": active, "comparator": comparator, "neither": neither, "both": both}
    found = [Finding(kind="exposure", severity="note", where=name, sentence=sentence, counts=counts)]
    if both:
        sentence = f"{name}: {both} steps have both {rule.active} and {rule.comparator} and are not in the comparison."
        found.append(Finding(kind="exposure", severity="warning", where=name, sentence=sentence, counts={"both": both}))
    return found


def _default(frame: pl.DataFrame, grid: pl.DataFrame, treatment: str, log: tuple[str, ...]) -> pl.DataFrame | None:
    others = [name for name in log if name != treatment]
    if len(others) == 1 and not set(_on(frame, treatment)) & set(_on(frame, others[0])):
        raise StudyError(
            f"a rule for steps with neither {treatment} nor {others[0]}",
            f"an event log of {treatment} and {others[0]}, never on the same step, without such a rule",
            "params.yaml at ingest.exposures",
            f"write `exposures: {{{treatment}: {{active: {treatment}, comparator: {others[0]}, absent: 'null'}}}}` "
            "(such steps are left out) or `absent: zero` (they count as not taken)",
        )
    amounts = frame.filter((pl.col("variable") == treatment) & pl.col("value").is_not_null())
    sums = amounts.drop_nulls("at").sort("at", "value").group_by("at", maintain_order=True).agg(pl.col("value").sum())
    logged = frame.filter(pl.col("variable").is_in(list(log)))["at"].drop_nulls()
    if sums.is_empty():
        return None
    same = sums["value"].n_unique() == 1
    inside = pl.col("at").is_between(logged.sort().to_list()[0], logged.sort().to_list()[-1])
    value = (
        pl.when(pl.col("value").is_null() & inside)
        .then(0.0)
        .otherwise(pl.when(pl.col("value") > 0).then(1.0) if same else pl.col("value"))
    )
    return (
        grid.select("at")
        .join(sums, on="at", how="left", maintain_order="left")
        .select(variable=pl.lit(treatment), at="at", value=value.cast(pl.Float64))
    )


def _told_default(steps: pl.DataFrame, treatment: str) -> Finding:
    active = steps.filter(pl.col("value") > 0).height
    zero = steps.filter(pl.col("value") == 0).height
    sentence = (
        f"{treatment}: {active} steps with an entry; the {zero} other steps between the log's first and last entry "
        "count as 0 (not taken). Declare ingest.exposures to change this."
    )
    counts = {"active": active, "comparator": 0, "neither": zero, "both": 0}
    return Finding(kind="exposure", severity="warning", where=treatment, sentence=sentence, counts=counts)
