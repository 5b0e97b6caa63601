"""A doubt about stated priors: whether the record alone points elsewhere."""

import numpy as np

from ssm_core.robustness.conflict import prior_conflicts
from tasks.answering.checks.line import Case, Line, not_applicable

NAME = "prior_conflict"
SURPRISED = 3.0
"""Standard deviations between prior and record, allowing for the uncertainty of both."""


def prior_conflict(case: Case) -> Line:
    """Each prior that a person or a language model stated, beside the estimate without it; see `prior_conflicts`."""
    if case.main is None or case.refitter is None:
        return not_applicable(NAME, "There is no Gaussian model to look at.")
    stated = [p.name for p in case.spec.parameters if p.asserted_by in ("model", "person")]
    if not stated:
        return not_applicable(NAME, "Nobody stated a prior.")
    found = prior_conflicts(case.refitter, frozenset(stated))
    if found is None:
        return Line(NAME, "uninformative", None, SURPRISED, "The model without the stated priors could not be fitted.")
    worst = max(found, key=lambda each: each.distance)
    at_odds = [each for each in found if each.distance > SURPRISED]
    doubts = case.findings.protocol.prior_doubts
    if at_odds:
        said = "; ".join(
            f"{each.parameter}: the prior says {each.prior:.2g}, the record {each.record:.2g}" for each in at_odds
        )
        return Line(NAME, "warn", worst.distance, SURPRISED, f"Prior and record are in conflict: {said}.")
    if doubts:
        sentence = f"The language model kept to priors that the prior predictive check doubts: {doubts[0]}."
        return Line(NAME, "warn", worst.distance, SURPRISED, sentence)
    sentence = f"The record contradicts none of {len(found)} stated prior(s)."
    return Line(NAME, "pass", float(np.round(worst.distance, 6)), SURPRISED, sentence)
