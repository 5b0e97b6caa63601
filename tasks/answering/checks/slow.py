"""Slow changes of the outcome that a straight trend does not hold: would they make the estimate?"""

import numpy as np

from schemas.prior import Normal
from schemas.rounding import signed
from schemas.spec import ModelSpec, Parameter
from ssm_core.model.regressors import SLOW, slow_waves
from ssm_core.robustness.refits import Approximate
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.answering.checks.model import own_model
from tasks.fitting.record import prepared

NAME = "slow_changes"
SHIFT = 1.0
"""Posterior standard deviations by which holding slow changes must move the estimate to be told."""
APART = 2.6
"""Standard errors of that move; one in a hundred normal ones is larger."""


def slow_changes(case: Case) -> Line:
    """The main model with a smooth trend instead of a straight one, at its mode, beside itself at its mode.

    Value: the move in posterior standard deviations. Where nothing slow drives both, the move has the variance by which
    the smooth trend widens the estimate (Hausman 1978, Econometrica 46), so that an exposure which began once is not
    told for losing what it is estimated from.

    Source: Bhaskaran et al. (2013, Int. J. Epidemiology 42), section on long-term patterns.
    """
    if case.main is None or case.refitter is None:
        return not_applicable(NAME, "There is no Gaussian model to fit again.")
    if case.params.study.randomised:
        return not_applicable(NAME, "The exposure was assigned at random, so that nothing slow drives it.")
    waves = [name for name in slow_waves(case.findings.panel.height) if name not in case.spec.regressors]
    if not waves:
        words = f"The record is too short for slow changes (half-waves of {SLOW} steps), or the model holds them."
        return not_applicable(NAME, words)
    own, smooth = case.once(own_model), _smooth(case, waves)
    if own is None or smooth is None:
        return Line(NAME, "uninformative", None, SHIFT, "The model with a smooth trend could not be fitted.")
    protocol, unit = case.findings.protocol, case.findings.unit
    size = protocol.contrast_to - protocol.contrast_from
    move = abs(smooth.mean - own.mean)
    doubtful = move > SHIFT * own.sd and move > APART * np.sqrt(max(smooth.sd**2 - own.sd**2, 0.0))
    held = f"If changes of {protocol.outcome} over {SLOW} {protocol.step_name}s and longer are held as well"
    if not doubtful:
        sentence = f"{held}, the estimate is {signed(size * smooth.mean)} instead of {signed(size * own.mean)} {unit}."
        return Line(NAME, "pass", float(move / own.sd), SHIFT, sentence)
    sentence = (
        f"{held}, the estimate is {signed(size * smooth.mean)} instead of {signed(size * own.mean)} {unit}: something "
        f"that changed slowly may drive both. Set configure.components.trend: smooth to hold it."
    )
    return Line(NAME, "warn", float(move / own.sd), SHIFT, sentence)


def _smooth(case: Case, waves: list[str]) -> Approximate | None:
    """The main model with these waves in the outcome's mean."""
    spec, refitter = _with_waves(case.spec, waves, case.ready.standard.spread[case.spec.outcome]), case.refitter
    assert refitter is not None
    ready = prepared(spec, case.findings.panel)
    start = np.concatenate([refitter.start, np.zeros(len(waves))])
    return refitter._replace(spec=spec, scale=ready.scale, start=start).to(ready.design)


def _with_waves(spec: ModelSpec, waves: list[str], spread: float) -> ModelSpec:
    own = tuple(
        Parameter(
            name=f"{spec.outcome}: {wave}", matrix="mean", row=spec.outcome, column=wave,
            prior=Normal(mean=0.0, sd=spread), unit="", asserted_by="rule", reason="slow changes may be large",
        )
        for wave in waves
    )  # fmt: skip
    return spec.model_copy(update={"regressors": (*spec.regressors, *waves), "parameters": (*spec.parameters, *own)})
