"""What the scorecard adds to the sentences of a verdict; the verdict itself follows from its own rules alone."""

import numpy as np
import polars as pl

from schemas.protocol import Protocol
from schemas.results import Verdict
from schemas.rounding import signed
from ssm_core.effects.summaries import probability_outside, summary_of
from ssm_core.effects.verdict import Evidence, decide, in_force
from tasks.answering.checks.line import Case
from tasks.answering.checks.onset import DECISIVE, other_lag
from tasks.answering.checks.same_step import SHIFT, foremost
from tasks.answering.effects import pooled_draws
from tasks.answering.model_dependence import model_dependence
from tasks.answering.scorecard import doubts_of
from tasks.answering.told import HOLDS_IF, ONLY

GONE = 1.96
"""Standard errors from zero up to which nothing is left of an effect: its direction is then less than 97.5 % sure."""


def in_the_light_of(lines: pl.DataFrame, verdict: Verdict, case: Case) -> Verdict:
    """Doubts, what a language model decides, an effect at another time, a recorded column that may drive both.

    Args:
        lines: the scorecard.
        verdict: with an estimate or without; without one nothing is added.
        case: what the lines were found on.
    """
    if verdict.estimate is None:
        return verdict
    unless = _unless(verdict, case)
    told = {
        "language_model": model_dependence(case),
        "doubts": doubts_of(lines),
        "unless": "" if unless is None else f"{unless} of the same {case.findings.protocol.step_name} drives both",
        "reasons": (*_conditions(verdict.reasons, case), *_at_another_time(verdict, case)),
        "next_step": " ".join([*_ask_for(verdict, case, unless), verdict.next_step]),
    }
    return verdict.model_copy(update=told)


def _unless(verdict: Verdict, case: Case) -> str | None:
    """The column of the same step that nobody has placed, where holding it leaves no effect."""
    most = case.once(foremost)
    if verdict.verdict != "effect" or most is None or most.shift < SHIFT:
        return None
    left = most.after if most.before > 0 else -most.after
    if left > GONE * most.se:
        return None
    return most.name


def _conditions(reasons: tuple[str, ...], case: Case) -> tuple[str, ...]:
    """The condition on what is not recorded, with the recorded column that nobody has placed."""
    most = case.once(foremost)
    if most is None or most.shift < SHIFT:
        return reasons
    also = f", and if {most.name} of the same {case.findings.protocol.step_name} does not either."
    return tuple(said.removesuffix(".") + also if said.startswith(HOLDS_IF) else said for said in reasons)


def _elsewhere(verdict: Verdict, case: Case) -> tuple[int, str] | None:
    """A lag at which the record shows an effect where none is said at the one asked for, and how it does."""
    protocol, unit = case.findings.protocol, case.findings.unit
    if verdict.verdict not in ("cannot_tell", "no_meaningful_effect") or protocol.estimand != "immediate":
        return None
    other, size = case.once(other_lag), protocol.contrast_to - protocol.contrast_from
    if other is not None and other.gain > DECISIVE and other.clear:
        lag = protocol.lag + other.shift
        comes = f"a model in which it comes {when(protocol, lag)} fits better"
        return lag, f"{comes} and makes it {signed(size * other.mean)} {unit}"
    later = _one_later(case)
    if later is None or not _clear(later, case):
        return None
    lag, found = protocol.lag + 1, summary_of(*later)
    return (
        lag,
        f"{when(protocol, lag)} the model finds {signed(found.mean)} {unit} [{signed(found.q05)}, {signed(found.q95)}]",
    )


def _one_later(case: Case) -> tuple[np.ndarray, np.ndarray] | None:
    """Pooled draws of the effect one step after the one asked for, with their weights."""
    graphs, horizon = case.findings.graphs, case.findings.protocol.lag + 1
    for k, quantity in enumerate(graphs[0].quantities):
        if (quantity.name, quantity.kind, quantity.horizon) == ("impulse_response", "expected", horizon):
            return pooled_draws(graphs, k)
    return None


def _clear(pooled: tuple[np.ndarray, np.ndarray], case: Case) -> bool:
    """Whether the rule for the headline would call it an effect."""
    draws, weights = pooled
    rope, asked = case.findings.protocol.rope, case.params.estimate
    outside = probability_outside(draws, rope.low, rope.high, weights)
    evidence = Evidence(0.0, (), summary_of(draws, weights).prob_positive, outside)
    return decide(evidence, in_force(asked.thresholds, asked.looks)) == "effect"


def _at_another_time(verdict: Verdict, case: Case) -> tuple[str, ...]:
    found, protocol = _elsewhere(verdict, case), case.findings.protocol
    if found is None:
        return ()
    return (f"{ONLY} {protocol.outcome} {when(protocol, protocol.lag)}; {found[1]}.",)


def _ask_for(verdict: Verdict, case: Case, unless: str | None) -> tuple[str, ...]:
    if unless is not None:
        return (
            f"Say in configure.roles of params.yaml whether {unless} is a confounder or a mediator, and run again.",
        )
    found, protocol = _elsewhere(verdict, case), case.findings.protocol
    if found is None:
        return ()
    return (
        f"Set study.lag: {found[0]} in params.yaml and run again to ask for the effect {when(protocol, found[0])}; the "
        "report will say that this was asked after the outcome was seen.",
    )


def when(protocol: Protocol, lag: int) -> str:
    """How long after the exposure, in words."""
    if lag == 0:
        return f"within the same {protocol.step_name}"
    return f"{lag} {protocol.step_name}{'s'[: lag > 1]} after the exposure"
