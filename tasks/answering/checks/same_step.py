"""Columns of the step of the exposure itself, which nobody has placed: common causes, or consequences?"""

from typing import NamedTuple

import numpy as np

from schemas.rounding import signed
from ssm_core.effects.contrast import lagged
from ssm_core.graphs.unrolled import edges_with_memory
from ssm_core.robustness.confounding import regression
from ssm_core.robustness.control import LEVEL, two_sided
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.answering.checks.rows import adjusters, calendar
from tasks.fitting.record import LEAST_COVERAGE, column
from tasks.modelling.controls import controls_of

NAME = "same_step_columns"
SHIFT = 1.0
"""Posterior standard deviations of the headline by which a column must move the estimate to be told."""
SAME = 0.95
"""Correlation above which a column is the exposure or the outcome under another name."""
BY_MODEL = "(language model)"


def same_step(case: Case) -> Line:
    """Each column nobody has placed, held at the step of the exposure in a regression with the model's adjusters.

    Within a step no order is known: a column that is a common cause must be held and one that the exposure changes
    must not, and the record cannot tell them apart. Told is the column that moves the estimate most, of those that go
    with the outcome (Bonferroni).

    Source: VanderWeele (2019), section 3, on covariates whose order is unknown.
    """
    if case.main is None or case.headline is None:
        return not_applicable(NAME, "There is no estimate.")
    if case.params.study.randomised:
        return not_applicable(NAME, "The exposure was assigned at random, so that no column drives it.")
    names = _unplaced(case)
    if not names:
        return not_applicable(NAME, "Every other column has a role, a place in the graph, or too few values.")
    most = case.once(foremost)
    if most is None:
        none = f"None of {len(names)} columns of the same step goes"
        words = none if len(names) > 1 else f"{names[0]} of the same step does not go"
        return Line(NAME, "pass", 0.0, SHIFT, f"{words} with the outcome beyond what the model holds.")
    unit, before, after = case.findings.unit, most.before, most.after
    if most.shift < SHIFT:
        sentence = (
            f"Holding {most.name} of the same step as well moves the estimate by {signed(after - before)} {unit} only."
        )
        return Line(NAME, "pass", most.shift, SHIFT, sentence)
    sentence = (
        f"Holding {most.name} of the same step as well would move the estimate from {signed(before)} to "
        f"{signed(after)} {unit}: right if {most.name} comes before the exposure and drives both, wrong if the "
        f"exposure changes it. Nobody has said which: declare it in configure.roles (confounder, mediator, collider or "
        "ignore)."
    )
    return Line(NAME, "warn", most.shift, SHIFT, sentence)


class Foremost(NamedTuple):
    """The column that moves the estimate most, of those that go with the outcome.

    Attributes:
        before, after: estimates of the contrast without and with it; `se` is the standard error of the latter.
        shift: their distance in posterior standard deviations.
    """

    name: str
    before: float
    after: float
    se: float
    shift: float


def foremost(case: Case) -> Foremost | None:
    """That column, None where none goes with the outcome."""
    if case.main is None or case.headline is None or case.params.study.randomised:
        return None
    names = _unplaced(case)
    found = {name: moved for name in names if (moved := _moved(case, name)) is not None}
    clear = {name: moved for name, moved in found.items() if len(names) * moved.p < LEVEL}
    if not clear:
        return None
    most = max(clear, key=lambda name: abs(clear[name].after - clear[name].before))
    before, after, se, _ = clear[most]
    return Foremost(most, before, after, se, abs(after - before) / case.headline.sd)


class _Moved(NamedTuple):
    """Estimate of the contrast without and with a column, and how clearly the outcome goes with the column."""

    before: float
    after: float
    se: float
    p: float


def _unplaced(case: Case) -> list[str]:
    """Columns without a role, without an edge within the step, not held at the step of the exposure already."""
    assert case.graph is not None
    protocol, params, panel = case.findings.protocol, case.params, case.findings.panel
    pair = {protocol.treatment, protocol.outcome}
    within = {end for source, target, lag in edges_with_memory(case.graph) if lag == 0 for end in (source, target)}
    held = {p.column for p in case.spec.parameters if p.matrix == "inputs" and p.lag == protocol.lag}
    said = {name for name, why in protocol.not_adjusted.items() if BY_MODEL in why}
    own = {params.study.planned, params.study.guessed, protocol.taken}
    made = {name for name, feature in params.ingest.features.items() if feature.of in pair}
    placed = {*pair, *within, *held, *said, *own, *made, *params.configure.roles, *controls_of(params)}
    names = [name for name in panel.columns[2:] if name not in placed and panel[name].dtype.is_numeric()]
    return [name for name in names if _tells(case, name)]


def _tells(case: Case, name: str) -> bool:
    """Recorded often enough, not constant, and not the exposure or the outcome under another name."""
    values, protocol = column(case.findings.panel, name), case.findings.protocol
    known = ~np.isnan(values)
    if known.mean() < LEAST_COVERAGE or np.ptp(values[known]) == 0.0:
        return False
    for other in (column(case.findings.panel, protocol.treatment), column(case.findings.panel, protocol.outcome)):
        both = known & ~np.isnan(other)
        if both.sum() < 3 or abs(np.corrcoef(values[both], other[both])[0, 1]) > SAME:
            return False
    return True


def _moved(case: Case, name: str) -> _Moved | None:
    """The outcome on the exposure, its own last two values and the adjusters, on the same rows twice."""
    panel, protocol = case.findings.panel, case.findings.protocol
    lag, y = protocol.lag, column(panel, protocol.outcome)
    x, held, days = lagged(column(panel, protocol.treatment), lag), lagged(column(panel, name), lag), calendar(panel)
    beside = ((protocol.treatment, lag + 1), (protocol.outcome, lag + 1), (protocol.outcome, lag + 2))
    past = [lagged(column(panel, v), k) for v, k in beside]
    others = np.column_stack([np.ones(y.size), *past, *adjusters(case, (protocol.treatment, lag), *beside)])
    others = others if days is None else np.column_stack([others, days])
    complete = ~np.isnan(np.column_stack([y, x, held, others])).any(axis=1)
    if not complete.any():
        return None
    y, x, held, others = y[complete], x[complete], held[complete], others[complete]
    fits = [
        regression(y, x, others),
        regression(y, x, np.column_stack([others, held])),
        regression(y, held, np.column_stack([others, x])),
    ]
    if any(fit is None for fit in fits):
        return None
    before, after, own = (fit for fit in fits if fit is not None)
    size = protocol.contrast_to - protocol.contrast_from
    p = two_sided(own.estimate, own.se)
    return _Moved(size * before.estimate, size * after.estimate, abs(size) * after.se, p)
