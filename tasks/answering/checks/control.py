"""A doubt that a person can check: an outcome that the exposure cannot change, but a hidden cause would."""

import networkx as nx
import numpy as np

from schemas.errors import StudyError
from ssm_core.effects.contrast import lagged
from ssm_core.graphs.unrolled import edges_with_memory
from ssm_core.robustness.confounding import Regression, regression
from ssm_core.robustness.control import LEVEL, power, two_sided
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.answering.checks.rows import adjusters, calendar
from tasks.fitting.record import column

NAME = "negative_control_outcome"


def negative_control(case: Case) -> Line:
    """The declared control outcomes (`estimate.negative_controls`) in a regression with the adjusters of the model."""
    names = case.params.estimate.negative_controls
    if not names:
        return not_applicable(NAME, "No outcome that the exposure cannot change was declared.")
    _check(case, names)
    if case.main is None or case.headline is None:
        return not_applicable(NAME, "There is no estimate.")
    barred = [name for name in names if _may_be_changed(case, name)]
    if barred:
        why = (
            f"The graph lets the exposure act on {barred[0]}, or the model uses it, so it is no control "
            "(configure.roles with ignore keeps a variable out of the model)."
        )
        return not_applicable(NAME, why)
    found = {name: _fitted(case, name) for name in names}
    fits = {name: fit for name, fit in found.items() if fit is not None}
    if not fits:
        return Line(NAME, "uninformative", None, LEVEL, "Too few complete steps to look at the control.")
    worst = min(fits, key=lambda name: two_sided(fits[name].estimate, fits[name].se))
    fit = fits[worst]
    p = min(1.0, len(names) * two_sided(fit.estimate, fit.se))
    seen = min(power(_same_bias(case, name), fits[name].se, LEVEL / len(names)) for name in fits)
    goes = "goes" if p < LEVEL else "does not go"
    sentence = (
        f"The exposure {goes} with {worst}, which it cannot change (p = {p:.3f}); a bias as large as the estimate "
        f"would be noticed in {100 * seen:.0f} % of such records."
    )
    return Line(NAME, "warn" if p < LEVEL else "pass" if seen >= 0.5 else "uninformative", p, LEVEL, sentence)


def _check(case: Case, names: tuple[str, ...]) -> None:
    """Refuse controls that are no variable of the panel, or exposure or outcome themselves."""
    protocol = case.findings.protocol
    others = [
        c for c in case.findings.panel.columns if c not in ("step", "start", protocol.treatment, protocol.outcome)
    ]
    for name in names:
        if name not in others:
            expected = f"one of the other variables: {', '.join(others)}" if others else "a panel with a third variable"
            where = "params.yaml at estimate.negative_controls"
            raise StudyError(expected, f"'{name}'", where, "name a variable that the exposure cannot change")


def _may_be_changed(case: Case, name: str) -> bool:
    assert case.graph is not None
    summary = nx.DiGraph((source, target) for source, target, _ in edges_with_memory(case.graph))
    x = case.findings.protocol.treatment
    below = x in summary and name in nx.descendants(summary, x)
    return below or name in case.spec.inputs or name in case.spec.regressors or name in case.spec.states


def _fitted(case: Case, name: str) -> Regression | None:
    """Control on exposure, its own last two values, the outcome before the exposure, and what the model adjusts for."""
    panel, protocol = case.findings.panel, case.findings.protocol
    values, x = column(panel, name), lagged(column(panel, protocol.treatment), protocol.lag)
    past = lagged(column(panel, protocol.outcome), protocol.lag + 1)
    beside, days = ((protocol.treatment, protocol.lag), (protocol.outcome, protocol.lag + 1)), calendar(panel)
    parts = [np.ones(x.size), lagged(values, 1), lagged(values, 2), past, *adjusters(case, *beside)]
    others = np.column_stack([*parts, *([] if days is None else days.T)])
    complete = ~np.isnan(np.column_stack([values, x, others])).any(axis=1)
    return regression(values[complete], x[complete], others[complete]) if complete.any() else None


def _same_bias(case: Case, name: str) -> float:
    """A bias per unit of exposure that is as large, in the control's spread, as the estimate in the outcome's."""
    protocol = case.findings.protocol
    assert case.headline is not None
    spread = [float(np.nanstd(column(case.findings.panel, v))) for v in (name, protocol.outcome)]
    size = protocol.contrast_to - protocol.contrast_from
    return case.headline.mean / size * spread[0] / spread[1]
