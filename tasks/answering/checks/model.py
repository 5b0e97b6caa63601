"""Doubts about the language model: the estimate without anything that it chose, and as other models would have it."""

from typing import NamedTuple

import numpy as np

from schemas.rounding import plain, signed
from schemas.spec import ModelSpec
from ssm_core.robustness.refits import Approximate, Refitter
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.fitting.record import prepared

NAME, ACROSS = "without_language_model", "other_language_models"
AGREEMENT = 2.0
"""Posterior standard deviations."""


class Other(NamedTuple):
    """Another language model of the same question; `fitted` is null where it gives no number, for the reason `why`."""

    name: str
    fitted: Approximate | None
    why: str


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
    own, other = case.once(own_model), case.once(rules_model)
    if own is None or other is None:
        return Line(NAME, "uninformative", None, AGREEMENT, "The model of the rules could not be fitted.")
    apart, size, unit = _apart(own, other), _size(case), case.findings.unit
    sentence = (
        f"With the graph of the rules and default priors, so without any choice of the language model, the estimate is "
        f"{signed(other.mean * size)} instead of {signed(own.mean * size)} {unit}."
    )
    return Line(NAME, "pass" if apart <= AGREEMENT else "warn", apart, AGREEMENT, sentence)


def across_models(case: Case) -> Line:
    """The main graph and priors of every other language model that answered the same questions, fitted alike.

    Value: the largest distance from the study's own model, in standard deviations of the wider of the two. A model that
    gives no number where this one does is a disagreement too.
    """
    size, unit = _size(case), case.findings.unit
    if not case.findings.protocol.other_models:
        return not_applicable(ACROSS, "Replies of one language model at most are recorded.")
    if case.main is None or case.refitter is None:
        return not_applicable(ACROSS, "There is no Gaussian model to compare with.")
    own, others = case.once(own_model), case.once(other_models)
    if own is None:
        return Line(ACROSS, "uninformative", None, AGREEMENT, "The model itself could not be fitted at its mode.")
    told = [
        f"{name}: no number, as {why}" if fitted is None
        else f"{name}: {signed(fitted.mean * size)} (SD {plain(abs(fitted.sd * size))})"
        for name, fitted, why in others
    ]  # fmt: skip
    apart = [_apart(own, fitted) for _, fitted, _ in others if fitted is not None]
    differs = len(apart) < len(others) or max(apart) > AGREEMENT
    how = "depends on which language model was asked" if differs else "hardly depends on which language model was asked"
    sentence = (
        f"The answer {how}. This study's model: {signed(own.mean * size)} (SD {plain(abs(own.sd * size))}) {unit}; "
        f"{'; '.join(told)}."
    )
    return Line(ACROSS, "warn" if differs else "pass", max(apart, default=None), AGREEMENT, sentence)


def own_model(case: Case) -> Approximate | None:
    """The main model at its mode; None where it is not Gaussian or could not be fitted."""
    return None if case.refitter is None else case.refitter.without(np.zeros(len(case.ready.design.y), dtype=bool))


def rules_model(case: Case) -> Approximate | None:
    """The model of the rules, if a language model was asked before the fit."""
    spec = case.findings.protocol.without_model
    return None if spec is None else _by(spec, case)


def other_models(case: Case) -> tuple[Other, ...]:
    """Every other language model that answered the same questions."""
    models = case.findings.protocol.other_models
    found = ((each, None if each.spec is None else _by(each.spec, case)) for each in models)
    return tuple(
        Other(each.name, fitted, "" if fitted else each.why or "its model could not be fitted")
        for each, fitted in found
    )


def _apart(own: Approximate, other: Approximate) -> float:
    return float(abs(other.mean - own.mean) / max(own.sd, other.sd))


def _size(case: Case) -> float:
    return case.findings.protocol.contrast_to - case.findings.protocol.contrast_from


def _by(spec: ModelSpec, case: Case) -> Approximate | None:
    """Another model of the same record at its mode; none where it is not Gaussian."""
    if any(series.family != "gaussian" for series in spec.recorded):
        return None
    ready = prepared(spec, case.findings.panel)
    start = np.zeros(len(spec.parameters))
    refitter = Refitter(
        spec, ready.scale, ready.design, case.params.infer.kernel, start, spec.lag, average=case.average
    )
    return refitter.to(ready.design)
