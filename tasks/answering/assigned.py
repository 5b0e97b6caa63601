"""What a randomised study says beside the model: by the assignment alone, as taken, and where the plan was followed."""

from collections.abc import Callable, Mapping
from statistics import NormalDist
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.params import StudyParams
from schemas.results import Effect, EstimandName
from ssm_core.designs.assignment import Design, design_seen
from ssm_core.designs.randomisation import Randomisation, randomisation_test
from ssm_core.effects.contrast import lagged
from ssm_core.robustness.refits import Approximate
from tasks.answering.checks.line import Case
from tasks.answering.checks.rows import calendar
from tasks.fitting.record import column
from tasks.modelling.assigned import declared_design

DESIGN = "design"
"""Graph of effects that hold by the assignment, whatever the graph."""
SEED = 11
CALENDAR_FROM = 28
"""Steps; weekdays in a shorter record would cost more comparisons than they save."""
HOW: Mapping[str, str] = MappingProxyType(
    {
        "coin": "each of the {units} for itself",
        "complete": "all {units}",
        "blocks": "{units} within blocks of {block}",
        "periods": "in whole periods",
    }
)
Q05 = NormalDist().inv_cdf(0.05)


class ByDesign(NamedTuple):
    """The randomisation test of a study.

    Attributes:
        found: None where the assignment does not vary enough.
        design: that was gone by.
        declared: whether the person declared it.
        stepwise: whether single steps were assigned, so that the effect is that of one step given the last outcome.
    """

    found: Randomisation | None
    design: Design
    declared: bool
    stepwise: bool

    @property
    def words(self) -> str:
        """How it was shuffled."""
        design = self.design
        units = "steps" if design.period == 1 else f"periods of {design.period} steps"
        words = HOW[design.kind].format(units=units, block=design.block)
        return words if self.declared else f"{words}, as it looks"


def assignment(params: StudyParams, taken: str) -> str:
    """Column that chance decided: the plan where there is one."""
    return params.study.planned or taken


def by_design(case: Case) -> ByDesign | None:
    """Randomisation test of what chance decided; None where it did not.

    Single steps: adjusted for the last outcome and, in longer records, the weekday. Periods: exposed against unexposed
    ones as they were, pairs or blocks compared within themselves.
    """
    protocol, panel = case.findings.protocol, case.findings.panel
    if not protocol.randomised:
        return None
    exposure, outcome = column(panel, assignment(case.params, protocol.treatment)), column(panel, protocol.outcome)
    given = declared_design(case.params)
    design = given or design_seen(exposure)
    stepwise = design.period == 1 and design.kind != "periods"
    parts = [np.ones((outcome.size, 1)), *_beside(panel, exposure, outcome, design, stepwise)]
    found = randomisation_test(
        exposure, outcome, np.column_stack(parts), protocol.lag, design, np.random.default_rng(SEED)
    )
    return ByDesign(found, design, given is not None, stepwise)


def design_rows(case: Case, unit: str) -> list[Effect]:
    """Rows of `effects.json` that rest on the assignment; none where chance decided nothing."""
    tested = case.once(by_design)
    if tested is None:
        return []
    rows = [_tested_row(case, unit, tested)]
    for name, (definition, fit) in VARIANTS.items():
        if case.params.study.planned is None or name == _headline(case):
            continue
        rows.append(_fitted_row(case, unit, name, definition, None if case.refitter is None else case.once(fit)))
    return rows


def _headline(case: Case) -> EstimandName:
    assigned = case.findings.protocol.treatment == case.params.study.planned
    return "as_assigned" if assigned else "as_taken"


def taken_of(case: Case) -> np.ndarray:
    """The exposure as it was taken."""
    return column(case.findings.panel, case.findings.protocol.taken or case.findings.protocol.treatment)


def followed_on(case: Case) -> np.ndarray:
    """Steps on which plan and exposure are known and the same."""
    assert case.params.study.planned is not None
    return column(case.findings.panel, case.params.study.planned) == taken_of(case)


def as_assigned(case: Case) -> Approximate | None:
    """The main model refitted with the plan as its exposure."""
    assert case.params.study.planned is not None
    return _refit(case, column(case.findings.panel, case.params.study.planned))


def as_taken(case: Case) -> Approximate | None:
    """The main model refitted with what was taken as its exposure."""
    return _refit(case, taken_of(case))


def per_protocol(case: Case) -> Approximate | None:
    """The main model refitted to the steps on which the plan was followed."""
    return _refit(case, np.where(followed_on(case), taken_of(case), np.nan))


VARIANTS: Mapping[EstimandName, tuple[str, Callable[[Case], Approximate | None]]] = MappingProxyType(
    {
        "as_assigned": ("the headline's effect with the exposure as it was planned", as_assigned),
        "as_taken": ("the headline's effect with the exposure as it was taken; chance did not decide that", as_taken),
        "per_protocol": (
            "the headline's effect on the steps that were as planned; chance did not decide which these are",
            per_protocol,
        ),
    }
)


def _refit(case: Case, exposure: np.ndarray) -> Approximate | None:
    """None where one side has too few steps or the model cannot be fitted to them."""
    assert case.refitter is not None
    panel = case.findings.panel
    outcome, before = column(panel, case.findings.protocol.outcome), lagged(exposure, case.findings.protocol.lag)
    values, counts = np.unique(before[~np.isnan(before) & ~np.isnan(outcome)], return_counts=True)
    if values.size < 2 or (values.size == 2 and counts.min() < case.params.estimate.thresholds.min_steps_per_arm):
        return None
    changed = panel.with_columns(pl.Series(case.spec.treatment, exposure).fill_nan(None))
    return case.refitter.to(case.design_on(changed, case.spec))


def _beside(
    panel: pl.DataFrame, exposure: np.ndarray, outcome: np.ndarray, design: Design, stepwise: bool
) -> list[np.ndarray]:
    """Columns of the comparison that no assignment moves."""
    days = calendar(panel)
    if stepwise:
        weekday = [] if days is None or np.isfinite(outcome).sum() < CALENDAR_FROM else [days]
        return [lagged(outcome, 1)[:, None], *weekday]
    if design.kind != "blocks":
        return []
    known = np.flatnonzero(~np.isnan(exposure))
    block = (np.arange(exposure.size) - known[0]) // (design.period * design.block)
    return [(block[:, None] == np.unique(block)[1:]).astype(float)]


def _tested_row(case: Case, unit: str, tested: ByDesign) -> Effect:
    protocol, found = case.findings.protocol, tested.found
    what = (
        "difference at the lag between exposed and unexposed steps with the same last outcome"
        if tested.stepwise
        else "difference between the mean outcomes of exposed and unexposed periods"
    )
    definition = (
        f"{what}, as assigned; interval by inverting the randomisation test ({tested.words}) for a constant effect "
        f"that {'lasts through the outcome alone' if tested.stepwise else 'ends with its period'}"
    )
    row = Effect(
        estimand="design_based", graph=DESIGN, weight=1.0, kind="expected", horizon=protocol.lag,
        contrast=protocol.contrast, unit=unit, definition=definition,
    )  # fmt: skip
    if found is None:
        return row.model_copy(update={"reason": "the assignment does not vary enough to shuffle it"})
    size = protocol.contrast_to - protocol.contrast_from
    ends = [None if end is None else end * size for end in (found.low, found.high)]
    low, high = ends if size > 0 else ends[::-1]
    beyond = tuple(name for name, end in (("q05", low), ("q95", high)) if end is None)
    return row.model_copy(update={"mean": found.estimate * size, "q05": low, "q95": high, "open_ended": beyond})


def _fitted_row(case: Case, unit: str, name: EstimandName, definition: str, fit: Approximate | None) -> Effect:
    protocol = case.findings.protocol
    row = Effect(
        estimand=name, graph=DESIGN, weight=1.0, kind="expected", horizon=case.findings.horizon,
        contrast=protocol.contrast, unit=unit, definition=f"{definition} (main model, at its mode)",
    )  # fmt: skip
    if fit is None:
        return row.model_copy(update={"reason": "too few such steps on one side, or no Gaussian model to fit to them"})
    size = protocol.contrast_to - protocol.contrast_from
    mean, sd = fit.mean * size, fit.sd * abs(size)
    quantiles = {"q05": mean + Q05 * sd, "q50": mean, "q95": mean - Q05 * sd}
    return row.model_copy(update={"mean": mean, "sd": sd, "prob_positive": NormalDist().cdf(mean / sd), **quantiles})
