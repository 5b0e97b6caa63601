"""Doubts about the fit: prior against record, predictions, and what the prior does to the answer."""

import numpy as np

from ssm_core.effects.summaries import Summary
from ssm_core.robustness.scaling import SENSITIVE, power_scaling
from tasks.answering.checks.line import Case, Line, not_applicable

MOST_DRAWS = 2000
TRUSTED_KHAT = 0.7


def prior_predictive(case: Case) -> Line:
    """Whether the prior and the record speak of the same range."""
    checks = case.findings.protocol.prior_checks
    failed = [c.sentence for c in checks.values() if not c.passed]
    sentence = failed[0] if failed else next(iter(checks.values())).sentence
    return Line("prior_predictive", "warn" if failed else "pass", float(len(failed)), 0.0, sentence)


def calibration(case: Case) -> Line:
    """Whether one-step predictions are calibrated (probability integral transform)."""
    gates = [g["calibration"] for g in case.findings.diagnostics.graphs.values() if "calibration" in g]
    if not gates:
        return not_applicable("calibration", "No model was fitted, so there are no predictions to check.")
    worst = min(gates, key=lambda g: g.value if g.value is not None else 0.0)
    return Line("calibration", "pass" if worst.passed else "warn", worst.value, worst.threshold, worst.sentence)


def prior_sensitivity(case: Case) -> Line:
    """Power-scaling of the prior; see `ssm_core.robustness.scaling`."""
    name = "prior_sensitivity"
    if case.effect is None:
        return not_applicable(name, "No model was fitted, so there is no prior to vary.")
    if case.refitter is None:
        return not_applicable(name, "A series is seen through an index or heavy tails: nothing can be reweighted.")
    keep = np.linspace(0, len(case.theta) - 1, min(MOST_DRAWS, len(case.theta))).astype(int)
    scale, target = case.ready.scale, case.target
    x = target.unconstrain(((case.theta[keep] - scale.shift) / scale.scale).T)
    likelihood = target.log_likelihood(x)
    prior = target.value(x) - likelihood - np.log(np.abs(target.slope(x))).sum(axis=0)
    if not np.isfinite(likelihood).all() or not np.isfinite(prior).all():
        return Line(name, "uninformative", None, SENSITIVE, "The prior could not be evaluated at every draw.")
    found = power_scaling(case.effect[keep], prior, likelihood)
    if found.khat > TRUSTED_KHAT:
        return Line(
            name, "uninformative", found.prior, SENSITIVE, "There are too few draws to say how the prior matters."
        )
    if found.prior <= SENSITIVE:
        said = "Holding the prior more or less firmly hardly changes the estimate."
        return Line(name, "pass", found.prior, SENSITIVE, said)
    said = (
        "Prior and record disagree: both move the estimate."
        if found.likelihood > SENSITIVE
        else "The prior decides much of the estimate, the record little."
    )
    return Line(name, "warn", found.prior, SENSITIVE, said)


AGREEMENT = 2.0


def naive_gap(case: Case) -> Line:
    """Distance between the estimate and the plain difference."""
    headline: Summary | None = case.headline
    naive = case.findings.naive
    if headline is None or naive.mean is None or not naive.se:
        return not_applicable("naive_difference", "There is no estimate to hold the plain difference against.")
    gap = abs(headline.mean - naive.mean) / naive.se
    sentence = f"Estimate and plain difference lie {gap:.1f} standard errors apart."
    return Line("naive_difference", "pass" if gap <= AGREEMENT else "warn", float(gap), AGREEMENT, sentence)
