"""A doubt that the future can raise: does the next exposure know of this outcome?"""

import numpy as np
from scipy import stats

from ssm_core.effects.contrast import lagged
from ssm_core.robustness.confounding import Regression, regression
from ssm_core.robustness.leads import next_exposure_is_independent
from tasks.answering.checks.line import Case, Line, not_applicable, p_value
from tasks.answering.checks.rows import adjusters, calendar
from tasks.fitting.record import column

LEAD_LEVEL = 0.01
FEWEST = 20


def lead(case: Case) -> Line:
    """Whether the next step's exposure goes with this step's outcome, where the graph says that it does not."""
    name = "lead_test"
    graph = case.graph
    if graph is None or case.main is None:
        return not_applicable(name, "No model was fitted.")
    x, y = case.findings.protocol.treatment, case.findings.protocol.outcome
    if not next_exposure_is_independent(graph, x, y):
        why = "By the graph this outcome and the next exposure may go together, through feedback or a hidden cause."
        return not_applicable(name, why)
    found = _lead(case)
    if found is None:
        return Line(name, "uninformative", None, LEAD_LEVEL, "Too few steps to look at the exposure that follows.")
    p = float(2.0 * stats.t.sf(abs(found.estimate) / found.se, found.degrees))
    said = "does not go" if p >= LEAD_LEVEL else "goes"
    sentence = (
        f"The exposure of the next step {said} with what the model leaves unexplained of this one ({p_value(p)})."
    )
    return Line(name, "pass" if p >= LEAD_LEVEL else "warn", p, LEAD_LEVEL, sentence)


def _lead(case: Case) -> Regression | None:
    """Prediction errors on the next exposure, given this one, the outcome before and what the model adjusts for."""
    panel, protocol = case.findings.panel, case.findings.protocol
    exposure = column(panel, protocol.treatment)
    ahead = np.concatenate([exposure[1:], [np.nan]])
    places = dict.fromkeys([(protocol.treatment, 0), (protocol.treatment, protocol.lag), (protocol.outcome, 1)])
    held = [lagged(column(panel, name), lag) for name, lag in places]
    others = np.column_stack([np.ones(exposure.size), *held, *adjusters(case, *places)])
    days = calendar(panel)
    others = others if days is None else np.column_stack([others, days])
    complete = ~np.isnan(np.column_stack([case.residual, ahead, others])).any(axis=1)
    if complete.sum() < others.shape[1] + FEWEST:
        return None
    return regression(case.residual[complete], ahead[complete], others[complete])
