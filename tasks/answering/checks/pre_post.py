"""A second opinion on an exposure that began once: the outcome after it beside a forecast from the steps before it."""

from typing import NamedTuple

import numpy as np

from schemas.rounding import signed
from ssm_core.effects.contrast import beginning_of
from ssm_core.effects.responses import impulse_response, linear_of, period_effect
from ssm_core.interventions.counterfactual import Impact, impact
from ssm_core.model.regressors import is_recorded
from tasks.answering.checks.line import Case, Line, not_applicable, p_value
from tasks.fitting.record import column

NAME = "pre_post_counterfactual"
LEAST_BEFORE = 10
"""Recorded outcomes before the beginning; with fewer the forecast is the prior's."""
CONVERGED = 1.05


class _Columns(NamedTuple):
    """Columns of the forecast from step `first` on, and names that have gaps or stand still before the beginning."""

    values: np.ndarray
    left_out: tuple[str, ...]
    first: int


def pre_post(case: Case) -> Line:
    """The model of CausalImpact (local level, spike-and-slab regression) beside the effect of the main model.

    Both are the mean effect over the same steps: those since the beginning on which the outcome is recorded.
    """
    if case.main is None or case.effect is None:
        return not_applicable(NAME, "No model was fitted.")
    findings, protocol = case.findings, case.findings.protocol
    began = beginning_of(column(findings.panel, protocol.treatment))
    if began is None:
        return not_applicable(NAME, "The exposure did not begin once and stay: there is no single before and after.")
    if any(series.name == protocol.outcome and series.family == "probit" for series in case.spec.recorded):
        return not_applicable(NAME, "The forecast is for numbers, and this outcome has two values.")
    began += protocol.lag
    outcome, columns = column(findings.panel, protocol.outcome), _columns(case, began)
    before, after = (part[~np.isnan(part)] for part in (outcome[columns.first : began], outcome[began:]))
    if before.size < LEAST_BEFORE or np.ptp(before) == 0 or after.size == 0:
        why = f"It needs {LEAST_BEFORE} outcomes before the exposure began, not all the same, and one after it."
        return not_applicable(NAME, why)
    found = impact(outcome[columns.first :], columns.values, began - columns.first)
    if found.rhat > CONVERGED:
        said = f"The forecast did not settle (R-hat {found.rhat:.2f})."
        return Line(NAME, "uninformative", None, None, said)
    return _line(case, found, _main_average(case, ~np.isnan(outcome[began:])), columns)


def _line(case: Case, found: Impact, main: np.ndarray, columns: _Columns) -> Line:
    """Warns where signs differ or the 95 % intervals do not meet."""
    unit, average = case.findings.unit, found.average
    low, high = np.quantile(main, [0.025, 0.975])
    meet = low <= average.q975 and average.q025 <= high
    same_sign = np.sign(main.mean()) == np.sign(average.mean)
    said = "agree" if meet and same_sign else "do not agree"
    used = columns.values.shape[1]
    with_columns = f" and {used} column{'s' if used > 1 else ''} of the record" if used else ""
    without = f" Not used, for gaps or no movement before: {', '.join(columns.left_out)}." if columns.left_out else ""
    p = p_value(found.tail)
    sentence = (
        f"Forecast from the steps before{with_columns}, the outcome changed by {signed(average.mean, 3)} {unit} on "
        f"average (95 %: {signed(average.q025, 3)} to {signed(average.q975, 3)}; {signed(100 * found.relative.mean)} "
        f"%; one-sided {p}); the main model says {signed(main.mean(), 3)} ({signed(low, 3)} to {signed(high, 3)}) for "
        f"the same steps: they {said}.{without}"
    )
    return Line(NAME, "pass" if meet and same_sign else "warn", average.mean, None, sentence)


def _main_average(case: Case, recorded: np.ndarray) -> np.ndarray:
    """The main model's mean effect over the recorded steps since the beginning, one a draw; exposure kept up."""
    protocol, spec = case.findings.protocol, case.spec
    exposure, outcome = spec.inputs.index(spec.treatment), spec.states.index(spec.outcome)
    last = protocol.lag + recorded.size - 1
    response = impulse_response(linear_of(spec, case.theta), exposure, outcome, last)[:, protocol.lag :]
    x = column(case.findings.panel, protocol.treatment)
    first, second = (x[~np.isnan(x)][end] for end in (0, -1))
    return (second - first) * period_effect(response, recorded)


def _columns(case: Case, began: int) -> _Columns:
    """What the main model adjusts for, at its lags; not the calendar, which the level follows by itself."""
    panel, spec = case.findings.panel, case.spec
    places = dict.fromkeys(
        (p.column, p.lag)
        for p in spec.parameters
        if p.matrix == "inputs" and is_recorded(p.column) and p.column != spec.treatment
    )
    first = max((lag for _, lag in places), default=0)
    kept, left_out = [], []
    for name, lag in places:
        values = column(panel, name)[first - lag : panel.height - lag]
        still = np.unique(values[: max(began - first, 0)]).size < 2
        if np.isnan(values).any() or still:
            left_out.append(name)
        else:
            kept.append(values)
    values = np.column_stack(kept) if kept else np.zeros((panel.height - first, 0))
    return _Columns(values, tuple(dict.fromkeys(left_out)), first)
