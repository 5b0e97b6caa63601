"""Doubts about what was not recorded: how strong it would have to be, and whether the future knows the past."""

import networkx as nx
import numpy as np
import polars as pl
from scipy import stats

from ssm_core.graphs.unrolled import edges_with_memory
from ssm_core.robustness.confounding import bias_of, e_value, partial_r2, regression, robustness_value
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.fitting.record import column, weekdays

LEAD_LEVEL = 0.01
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
    if case.main is None or case.headline is None or set(case.spec.states) != {case.findings.protocol.outcome}:
        return not_applicable(name, "There is no equivalent regression: the model has more than one equation, or none.")
    rows = _rows(case)
    fitted = None if rows is None else regression(*rows[:3])
    if rows is None or fitted is None:
        return Line(name, "uninformative", None, None, "Too few complete steps for the equivalent regression.")
    y, x, others, calendar = rows
    degrees = max(1.0, fitted.degrees * _effective_share(case))
    t = case.headline.mean / case.headline.sd
    value = robustness_value(t, degrees)
    sentence = (
        f"Something unrecorded that explains {100 * value:.0f} % of what is left of exposure and outcome would take "
        "the estimate away"
    )
    if calendar is None:
        return Line(name, "pass", value, None, f"{sentence}.")
    plain = np.ones((y.size, 1))
    with_exposure = partial_r2(
        x, calendar, np.column_stack([plain, others[:, 1 : others.shape[1] - calendar.shape[1]]])
    )
    with_outcome = partial_r2(y, calendar, np.column_stack([x, others[:, : others.shape[1] - calendar.shape[1]]]))
    bias = bias_of(with_outcome, min(with_exposure, 0.99), case.headline.sd, degrees)
    strong = bias >= abs(case.headline.mean)
    sentence += f"; one as strong as the weekday would move it by {bias:.2g} {case.findings.unit}."
    return Line(name, "warn" if strong else "pass", value, None, sentence)


def lead(case: Case) -> Line:
    """Whether the next step's exposure goes with this step's outcome, where the graph says that it does not."""
    name = "lead_test"
    graph = case.graph
    if graph is None or case.main is None:
        return not_applicable(name, "No model was fitted.")
    x, y = case.findings.protocol.treatment, case.findings.protocol.outcome
    summary = nx.DiGraph((source, target) for source, target, _ in edges_with_memory(graph))
    summary.add_nodes_from([x, y])
    hidden = {node.name for node in graph.nodes if not node.observed}
    if x in nx.descendants(summary, y):
        return not_applicable(name, "The graph lets the outcome act on later exposures, so the two may go together.")
    if hidden & nx.ancestors(summary, x) & nx.ancestors(summary, y):
        return not_applicable(name, "The graph has a hidden cause of both, so the two may go together.")
    residual = case.residual
    ahead = np.concatenate([column(case.findings.panel, x)[1:], [np.nan]])
    both = ~np.isnan(residual) & ~np.isnan(ahead)
    if both.sum() < 20 or np.unique(ahead[both]).size < 2:
        return Line(name, "uninformative", None, LEAD_LEVEL, "Too few steps to look at the exposure that follows.")
    p = float(stats.pearsonr(residual[both], ahead[both]).pvalue)
    said = "does not go" if p >= LEAD_LEVEL else "goes"
    sentence = f"The exposure of the next step {said} with what the model leaves unexplained of this one (p = {p:.3f})."
    return Line(name, "pass" if p >= LEAD_LEVEL else "warn", p, LEAD_LEVEL, sentence)


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
    """Outcome, exposure, adjusters (intercept first, calendar last) and the calendar's own columns, complete steps."""
    panel, protocol = case.findings.panel, case.findings.protocol
    y, x = column(panel, protocol.outcome), _before(column(panel, protocol.treatment), protocol.lag)
    inputs = [(p.column, p.lag) for p in case.spec.parameters if p.matrix == "inputs"]
    further = [(name, lag) for name, lag in inputs if (name, lag) != (protocol.treatment, protocol.lag)]
    day = _calendar(panel)
    columns = [
        np.ones(len(y)),
        _before(y, 1),
        *(_before(column(panel, name), lag) for name, lag in further),
        *([] if day is None else list(day.T)),
    ]
    others = np.column_stack(columns)
    complete = ~np.isnan(np.column_stack([y, x, others])).any(axis=1)
    if complete.sum() <= others.shape[1] + 2:
        return None
    return y[complete], x[complete], others[complete], None if day is None else day[complete]


def _calendar(panel: pl.DataFrame) -> np.ndarray | None:
    day = weekdays(panel)
    return None if day is None else (np.asarray(day)[:, None] == np.arange(1, 7)).astype(float)


def _before(values: np.ndarray, lag: int) -> np.ndarray:
    return values if lag == 0 else np.concatenate([np.full(lag, np.nan), values[:-lag]])
