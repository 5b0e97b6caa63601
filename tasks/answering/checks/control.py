"""Doubts that a person can check: what exposure or outcome cannot have to do with, unless a hidden cause ties them."""

from collections.abc import Callable, Mapping

import networkx as nx
import numpy as np

from ssm_core.effects.contrast import lagged
from ssm_core.graphs.unrolled import edges_with_memory
from ssm_core.robustness.confounding import Regression, regression
from ssm_core.robustness.control import LEVEL, power, two_sided
from tasks.answering.checks.line import Case, Line, not_applicable, p_value
from tasks.answering.checks.rows import adjusters, calendar
from tasks.fitting.record import column

NAME, EXPOSURES = "negative_control_outcome", "negative_control_exposure"


def negative_control(case: Case) -> Line:
    """The declared control outcomes (`estimate.negative_controls`) in a regression with the adjusters of the model."""
    names = case.params.estimate.negative_controls
    if not names:
        return not_applicable(NAME, "No outcome that the exposure cannot change was declared.")
    if case.main is None or case.headline is None:
        return not_applicable(NAME, "There is no estimate.")
    barred = [name for name in names if _may_be_changed(case, name)]
    if barred:
        why = f"The graph lets the exposure act on {barred[0]}, or the model uses it, so it is no control."
        return not_applicable(NAME, why)
    return _line(case, NAME, {name: _fitted(case, name) for name in names}, _same_bias, ("The exposure", "which it"))


def negative_exposure(case: Case) -> Line:
    """The declared control exposures (`estimate.negative_exposures`) beside the exposure, with the same adjusters.

    Source: Lipsitch, Tchetgen Tchetgen & Cohen (2010), both kinds of negative control.
    """
    names = case.params.estimate.negative_exposures
    if not names:
        return not_applicable(EXPOSURES, "No exposure that cannot change the outcome was declared.")
    if case.main is None or case.headline is None:
        return not_applicable(EXPOSURES, "There is no estimate.")
    barred = [name for name in names if _may_change(case, name)]
    if barred:
        why = f"The graph lets {barred[0]} act on the outcome, or the model uses it, so it is no control."
        return not_applicable(EXPOSURES, why)
    fits = {name: _beside_exposure(case, name) for name in names}
    return _line(case, EXPOSURES, fits, _same_bias_of_exposure, ("The outcome", "which"))


def _line(
    case: Case,
    check: str,
    found: Mapping[str, Regression | None],
    bias: Callable[[Case, str], float],
    words: tuple[str, str],
) -> Line:
    """The control that goes most clearly, all of them counted (Bonferroni)."""
    fits = {name: fit for name, fit in found.items() if fit is not None}
    if not fits:
        return Line(check, "uninformative", None, LEVEL, "Too few complete steps to look at the control.")
    worst = min(fits, key=lambda name: two_sided(fits[name].estimate, fits[name].se))
    fit = fits[worst]
    p = min(1.0, len(found) * two_sided(fit.estimate, fit.se))
    seen = min(power(bias(case, name), fits[name].se, LEVEL / len(found)) for name in fits)
    goes = "goes" if p < LEVEL else "does not go"
    changes = f"{words[1]} cannot change" + ("" if check == NAME else " it")
    sentence = (
        f"{words[0]} {goes} with {worst}, {changes} ({p_value(p)}); a bias as large as the estimate "
        f"would be noticed in {100 * seen:.0f} % of such records."
    )
    return Line(check, "warn" if p < LEVEL else "pass" if seen >= 0.5 else "uninformative", p, LEVEL, sentence)


def _summary(case: Case) -> nx.DiGraph:
    assert case.graph is not None
    summary = nx.DiGraph((source, target) for source, target, _ in edges_with_memory(case.graph))
    summary.add_nodes_from((case.findings.protocol.treatment, case.findings.protocol.outcome))
    return summary


def _may_be_changed(case: Case, name: str) -> bool:
    return name in nx.descendants(_summary(case), case.findings.protocol.treatment) or _used(case, name)


def _may_change(case: Case, name: str) -> bool:
    return name in nx.ancestors(_summary(case), case.findings.protocol.outcome) or _used(case, name)


def _used(case: Case, name: str) -> bool:
    return name in (*case.spec.inputs, *case.spec.regressors, *case.spec.states)


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


def _beside_exposure(case: Case, name: str) -> Regression | None:
    """The outcome on the control where the exposure stands, the exposure, its own last two values, the adjusters."""
    panel, protocol = case.findings.panel, case.findings.protocol
    lag, y = protocol.lag, column(panel, protocol.outcome)
    control, days = lagged(column(panel, name), lag), calendar(panel)
    beside = tuple((v, lag + k) for v, ks in ((protocol.treatment, (0, 1)), (protocol.outcome, (1, 2))) for k in ks)
    past = [lagged(column(panel, v), k) for v, k in beside]
    others = np.column_stack([np.ones(y.size), *past, *adjusters(case, *beside), *([] if days is None else days.T)])
    complete = ~np.isnan(np.column_stack([y, control, others])).any(axis=1)
    return regression(y[complete], control[complete], others[complete]) if complete.any() else None


def _same_bias_of_exposure(case: Case, name: str) -> float:
    """A bias per unit of the control that is as large, by its spread, as the estimate is by the exposure's."""
    protocol = case.findings.protocol
    assert case.headline is not None
    spread = [float(np.nanstd(column(case.findings.panel, v))) for v in (protocol.treatment, name)]
    size = protocol.contrast_to - protocol.contrast_from
    return case.headline.mean / size * spread[0] / spread[1]
