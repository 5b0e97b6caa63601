"""What the scorecard adds to the sentences of a verdict; the verdict itself follows from its own rules alone."""

import polars as pl

from schemas.protocol import Protocol
from schemas.results import Verdict
from tasks.answering.checks.line import Case
from tasks.answering.checks.onset import DECISIVE, other_lag
from tasks.answering.checks.same_step import SHIFT, foremost
from tasks.answering.model_dependence import model_dependence
from tasks.answering.reasons import HOLDS_IF
from tasks.answering.scorecard import doubts_of


def in_the_light_of(lines: pl.DataFrame, verdict: Verdict, case: Case) -> Verdict:
    """Doubts, what a language model decides, an effect at another time, a recorded column that may drive both.

    Args:
        lines: the scorecard.
        verdict: with an estimate or without; without one nothing is added.
        case: what the lines were found on.
    """
    if verdict.estimate is None:
        return verdict
    told = {
        "language_model": model_dependence(case),
        "doubts": doubts_of(lines),
        "reasons": (*_conditions(verdict.reasons, case), *_at_another_time(verdict, case)),
        "next_step": " ".join([*_ask_for(verdict, case), verdict.next_step]),
    }
    return verdict.model_copy(update=told)


def _conditions(reasons: tuple[str, ...], case: Case) -> tuple[str, ...]:
    """The condition on what is not recorded, with the recorded column that nobody has placed."""
    most = case.once(foremost)
    if most is None or most.shift < SHIFT:
        return reasons
    also = f", and if {most.name} of the same {case.findings.protocol.step_name} does not either."
    return tuple(said.removesuffix(".") + also if said.startswith(HOLDS_IF) else said for said in reasons)


def _elsewhere(verdict: Verdict, case: Case) -> int | None:
    """The lag at which the record speaks decisively more for an effect, where none is said at the one asked for."""
    if verdict.verdict not in ("cannot_tell", "no_meaningful_effect"):
        return None
    if case.findings.protocol.estimand == "average_since_beginning":
        return None
    other = case.once(other_lag)
    return None if other is None or other.gain <= DECISIVE else case.findings.protocol.lag + other.shift


def _at_another_time(verdict: Verdict, case: Case) -> tuple[str, ...]:
    lag, protocol = _elsewhere(verdict, case), case.findings.protocol
    if lag is None:
        return ()
    asked, better = when(protocol, protocol.lag), when(protocol, lag)
    return (f"This is about {protocol.outcome} {asked}; the record speaks more for an effect {better}.",)


def _ask_for(verdict: Verdict, case: Case) -> tuple[str, ...]:
    lag, protocol = _elsewhere(verdict, case), case.findings.protocol
    if lag is None:
        return ()
    return (
        f"Set study.lag: {lag} in params.yaml and run again to ask for the effect {when(protocol, lag)}; the report "
        "will say that this was asked after the outcome was seen.",
    )


def when(protocol: Protocol, lag: int) -> str:
    """How long after the exposure, in words."""
    if lag == 0:
        return f"in the same {protocol.step_name}"
    return f"{lag} {protocol.step_name}{'s'[: lag > 1]} after the exposure"
