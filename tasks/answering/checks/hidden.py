"""Doubts about what was not recorded: how strong a hidden cause would have to be."""

import numpy as np

from schemas.rounding import plain
from ssm_core.effects.contrast import lagged
from ssm_core.effects.responses import linear_of
from ssm_core.robustness.confounding import bias_of, e_value, partial_r2, regression, robustness_value
from ssm_core.robustness.hidden_cause import strength_needed
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.answering.checks.rows import adjusters, calendar
from tasks.fitting.record import column

WEAK = 0.2
"""A correlation below this is weak: such a cause would be easily overlooked."""
NOT_A_DOUBT = "The exposure was assigned at random: nothing unrecorded drives it."


def strength(case: Case) -> Line:
    """E-value of the estimate and of the nearer end of its interval."""
    name = "e_value"
    if case.findings.protocol.randomised:
        return not_applicable(name, NOT_A_DOUBT)
    spread = _unexposed_spread(case)
    if case.headline is None or not spread > 0:
        return not_applicable(name, "There is no estimate.")
    low, high = case.headline.q05, case.headline.q95
    nearer = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    point, end = e_value(case.headline.mean / spread), e_value(nearer / spread)
    sentence = (
        f"To explain the estimate, something unrecorded would have to go with exposure and outcome by a risk ratio of "
        f"about {point:.1f} each; {end:.1f} would let the interval reach zero (approximate)."
    )
    return Line(name, "pass" if end > 1.0 else "uninformative", point, None, sentence)


def robustness(case: Case) -> Line:
    """Robustness value of the equivalent regression, beside what the weekday does."""
    name = "robustness_value"
    if case.findings.protocol.randomised:
        return not_applicable(name, NOT_A_DOUBT)
    if case.main is None or case.first_effect is None or set(case.spec.states) != {case.findings.protocol.outcome}:
        return not_applicable(name, "There is no equivalent regression: the model has more than one equation, or none.")
    rows = _rows(case)
    fitted = None if rows is None else regression(*rows[:2], _joined(rows[2], rows[3]))
    if rows is None or fitted is None:
        return Line(name, "uninformative", None, None, "Too few complete steps for the equivalent regression.")
    y, x, others, days = rows
    degrees = max(1.0, fitted.degrees * _effective_share(case))
    value = robustness_value(case.first_effect.mean / case.first_effect.sd, degrees)
    sentence = (
        f"Something unrecorded that explains {100 * value:.0f} % of what is left of exposure and outcome would take "
        "the estimate away"
    )
    unclear = case.first_effect.q05 <= 0 <= case.first_effect.q95
    if days is None:
        return Line(name, "uninformative" if unclear else "pass", value, None, f"{sentence}.")
    with_exposure = partial_r2(x, days, others)
    with_outcome = partial_r2(y, days, np.column_stack([x, others]))
    bias = bias_of(with_outcome, min(with_exposure, 0.99), case.first_effect.sd, degrees)
    status = "uninformative" if unclear else "warn" if bias >= abs(case.first_effect.mean) else "pass"
    sentence += f"; one as strong as the weekday would move it by {plain(bias)} {case.findings.unit}."
    return Line(name, status, value, None, sentence)


def hidden_cause(case: Case) -> Line:
    """The model in which the exposure does nothing and something lasting drives it and the outcome."""
    name = "lasting_hidden_cause"
    if case.findings.protocol.randomised:
        return not_applicable(name, NOT_A_DOUBT)
    if case.first_effect is None or case.main is None or not np.isfinite(scale := _per_unit(case)):
        return not_applicable(name, "There is no estimate.")
    low, high = case.first_effect.q05, case.first_effect.q95
    nearer = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    memory = _memory(case)
    point, end = strength_needed(case.first_effect.mean * scale, memory), strength_needed(nearer * scale, memory)
    sentence = (
        f"Something unrecorded that lasts (four fifths of it still there a step later) would make the whole estimate "
        f"out of nothing if it went with the exposure and with the news of the outcome by a correlation of "
        f"{point:.2f} each; {end:.2f} would let the interval reach zero."
    )
    status = "uninformative" if nearer == 0 else "pass" if end >= WEAK else "warn"
    return Line(name, status, point, WEAK, sentence)


def _per_unit(case: Case) -> float:
    """From units of the estimate to residual standard deviations per standard deviation of the exposure."""
    protocol = case.findings.protocol
    exposure = lagged(column(case.findings.panel, protocol.treatment), protocol.lag)[case.findings.contrast.usable]
    fit = case.findings.diagnostics.fit.get(case.spec.graph)
    sds = [] if fit is None else [sd for sd in fit.sd if sd is not None]
    if not sds or exposure.size < 2:
        return np.nan
    return float(exposure.std(ddof=1)) / (protocol.contrast_to - protocol.contrast_from) / float(np.median(sds))


def _memory(case: Case) -> float:
    """Posterior mean of the outcome's own lag-1 coefficient."""
    y = case.spec.states.index(case.findings.protocol.outcome)
    linear = linear_of(case.spec, case.theta.mean(axis=0, keepdims=True))
    return float(np.clip(linear.dynamics[0, 0, y, y], -0.98, 0.98)) if linear.dynamics.shape[1] else 0.0


def _joined(others: np.ndarray, days: np.ndarray | None) -> np.ndarray:
    return others if days is None else np.column_stack([others, days])


def _unexposed_spread(case: Case) -> float:
    outcome = column(case.findings.panel, case.findings.protocol.outcome)
    side = outcome[case.findings.contrast.usable & ~case.findings.contrast.exposed]
    return float(side.std(ddof=1)) if side.size > 1 else 0.0


def _effective_share(case: Case) -> float:
    """Independent steps per step, from what the model's prediction errors still have in common."""
    gate = case.findings.diagnostics.graphs.get(case.spec.graph, {}).get("residual_autocorrelation")
    left = 0.0 if gate is None or gate.value is None else min(max(gate.value, 0.0), 0.99)
    return (1.0 - left) / (1.0 + left)


def _rows(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None] | None:
    """Outcome, exposure, adjusters (intercept first) and the calendar's columns, complete steps."""
    panel, protocol = case.findings.panel, case.findings.protocol
    y, x = column(panel, protocol.outcome), lagged(column(panel, protocol.treatment), protocol.lag)
    beside = (protocol.treatment, protocol.lag), (protocol.outcome, 1)
    others = np.column_stack([np.ones(y.size), lagged(y, 1), *adjusters(case, *beside)])
    day = calendar(panel)
    complete = ~np.isnan(np.column_stack([y, x, others])).any(axis=1)
    if complete.sum() <= others.shape[1] + (0 if day is None else day.shape[1]) + 2:
        return None
    return y[complete], x[complete], others[complete], None if day is None else day[complete]
