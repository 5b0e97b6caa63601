"""A doubt about the language model: the estimate without anything that it chose."""

import numpy as np

from ssm_core.robustness.refits import Approximate, Refitter
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.fitting.record import prepared

NAME = "without_language_model"
AGREEMENT = 2.0
"""Posterior standard deviations."""


def without_language_model(case: Case) -> Line:
    """The graph of the rules with default priors, fitted at its mode, beside the main model fitted the same way.

    Both are Gaussians at a mode, so that what the approximation gets wrong is wrong on both sides.
    """
    protocol = case.findings.protocol
    if protocol.without_model is None:
        return not_applicable(NAME, "No language model was asked before the fit.")
    if case.main is None or case.refitter is None:
        return not_applicable(NAME, "There is no Gaussian model to compare with.")
    if any(series.family != "gaussian" for series in protocol.without_model.recorded):
        return not_applicable(NAME, "The model of the rules is not Gaussian.")
    own = case.refitter.without(np.zeros(len(case.ready.design.y), dtype=bool))
    other = _by_the_rules(case)
    if own is None or other is None:
        return Line(NAME, "uninformative", None, AGREEMENT, "The model of the rules could not be fitted.")
    apart = abs(other.mean - own.mean) / max(own.sd, other.sd)
    size, unit = protocol.contrast_to - protocol.contrast_from, case.findings.unit
    sentence = (
        f"With the graph of the rules and default priors, so without any choice of the language model, the estimate is "
        f"{other.mean * size:+.2g} instead of {own.mean * size:+.2g} {unit}."
    )
    return Line(NAME, "pass" if apart <= AGREEMENT else "warn", float(apart), AGREEMENT, sentence)


def _by_the_rules(case: Case) -> Approximate | None:
    spec = case.findings.protocol.without_model
    assert spec is not None
    ready = prepared(spec, case.findings.panel)
    start = np.zeros(len(spec.parameters))
    refitter = Refitter(
        spec, ready.scale, ready.design, case.params.infer.kernel, start, spec.lag, average=case.average
    )
    return refitter.to(ready.design)
