"""Prior predictive check, in the unit of the outcome."""

from collections.abc import Sequence

import numpy as np

from schemas.errors import StudyError
from schemas.protocol import PriorCheck
from schemas.spec import ModelSpec
from ssm_core.checks.prior_predictive import prior_predictive
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import Standard, standard_of
from ssm_core.model.structure import scale_of, structure_of
from tasks.fitting.record import columns_of
from tasks.modelling.question import Question

STEPS, DRAWS, SEED = 60, 400, 1
ABSURD = 20.0
"""A prior whose central range is this many times the recorded range says next to nothing plausible."""


class NotStationary(StudyError):  # noqa: N818 - named for what happened
    """Priors under which the process runs away."""

    def __init__(self, graph: str) -> None:
        """Name the graph."""
        super().__init__(
            "priors of persistence and effects under which the process stays within bounds",
            f"hardly any draw from those of the graph '{graph}' does",
            "configure.priors, or the language model's priors",
            "state priors of persistence nearer to zero",
        )


def prior_checks(specs: Sequence[ModelSpec], question: Question, daily: bool) -> dict[str, PriorCheck]:
    """Simulate the outcome from each model's prior and compare its range with what was recorded.

    Raises:
        NotStationary: the priors describe no process that stays within bounds.
    """
    return {spec.graph: _check(spec, question, daily) for spec in specs}


def _check(spec: ModelSpec, question: Question, daily: bool) -> PriorCheck:
    outcome = question.outcome
    low, high = prior_range(spec, question, daily)
    wide = high - low > ABSURD * (outcome.high - outcome.low)
    covers = low <= outcome.low and high >= outcome.high
    return PriorCheck(
        passed=covers and not wide,
        prior_low=low,
        prior_high=high,
        recorded_low=outcome.low,
        recorded_high=outcome.high,
        sentence=_sentence(low, high, covers, wide),
    )


def prior_range(spec: ModelSpec, question: Question, daily: bool) -> tuple[float, float]:
    """The central 99 % of the outcome as simulated from the prior, in its unit.

    Raises:
        NotStationary: the priors describe no process that stays within bounds.
    """
    facts = {f.name: f for f in (question.treatment, question.outcome, *question.others)}
    rng = np.random.default_rng(SEED)
    columns = {name: _plausible(rng, facts[name].mean, facts[name].sd) for name in columns_of(spec)}
    unrecorded = standard_of(spec, columns)
    standard = Standard(
        unrecorded.centre | {name: facts[name].mean for name in columns},
        unrecorded.spread | {name: facts[name].sd or 1.0 for name in columns},
    )
    weekday = np.arange(STEPS) % 7 if daily else None
    design = design_of(spec, columns, standard, Calendar(weekday), structure_of(spec).input_lags)
    scale = scale_of(spec, standard.spread, standard.centre, STEPS)
    outcome = facts[spec.outcome]
    try:
        drawn = prior_predictive(spec, scale, design, DRAWS, SEED)
    except ValueError:
        raise NotStationary(spec.graph) from None
    simulated = drawn * standard.spread[spec.outcome] + outcome.mean
    low, high = (float(f"{q:.3g}") for q in np.quantile(simulated, [0.005, 0.995]))
    return low, high


def _plausible(rng: np.random.Generator, mean: float, sd: float) -> np.ndarray:
    return rng.normal(mean, sd or 1.0, STEPS)


def _sentence(low: float, high: float, covers: bool, wide: bool) -> str:
    ranged = f"Before the fit the model expects values between {low:g} and {high:g} (99 %)"
    if not covers:
        return f"{ranged}, but some recorded values lie outside: the prior and the record disagree."
    return f"{ranged}, absurdly wide beside the recorded ones." if wide else f"{ranged}; the recorded ones lie within."
