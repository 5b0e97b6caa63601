"""What would settle the question, or make the answer firmer."""

from typing import Literal

from schemas.protocol import Protocol
from schemas.results import VerdictName
from schemas.rounding import plain
from ssm_core.designs.assurance import WANTED, Prospect

Outlook = Prospect | Literal["unknown"]
"""The shortest further record that probably settles the question, else the longest one, or that no model could tell."""


def next_step(
    name: VerdictName,
    protocol: Protocol,
    failed_gates: tuple[str, ...],
    unit: str,
    outlook: Outlook,
) -> str:
    """One or two sentences.

    Args:
        name: the verdict.
        protocol: the question.
        failed_gates: hard gates that failed.
        unit: of the outcome.
        outlook: what more data would do, see `Outlook`.
    """
    x, y = protocol.treatment, protocol.outcome
    match name:
        case "not_identified":
            return f"Record what may drive both {x} and {y}, or run a trial of some weeks, {by_chance(protocol)}."
        case "not_trustworthy" if {"positivity", "switches"} & set(failed_gates):
            return f"Record {y} for some weeks more, {by_chance(protocol)}."
        case "not_trustworthy" if failed_gates == ("divergences",):
            return "Set infer.target_accept closer to one (0.97, say), or simplify the model, and run again."
        case "not_trustworthy":
            return "Look at the failed checks in the report; a higher infer.ess or a simpler model may help."
        case "effect" if protocol.randomised:
            return "Repeat the trial in another season to see whether it lasts."
        case "effect":
            return f"To rule out unrecorded causes, run a trial of some weeks, {by_chance(protocol)}."
        case "no_meaningful_effect":
            return (
                f"If less than {plain(protocol.rope.high)} {unit} would matter to you, set estimate.rope and run again."
            )
        case "cannot_tell":
            return _more_data(protocol, outlook)


def by_chance(protocol: Protocol) -> str:
    """How to randomise this exposure, in words that fit its kind."""
    if protocol.estimand == "average_since_beginning":
        return (
            f"taking {protocol.treatment} away and beginning it again at times decided by chance, if that can be done"
        )
    kind = next((v.kind for v in protocol.variables if v.name == protocol.treatment), "binary")
    if kind == "binary":
        return f"deciding {protocol.treatment} by the toss of a coin"
    return f"varying {protocol.treatment} by chance where it can be chosen"


def _more_data(protocol: Protocol, outlook: Outlook) -> str:
    how, steps = by_chance(protocol), f"{protocol.step_name}s"
    if outlook == "unknown":
        return f"Record longer, {how}."
    if outlook.settled < WANTED:
        left = percent(1.0 - outlook.settled)
        return (
            f"Even {outlook.steps} {steps} more, {how}, would leave it open with {left} % probability: "
            f"the effect may be close to the smallest that would matter."
        )
    aim = {
        "effect": "show an effect that matters, if there is one,",
        "none": "show that no effect matters",
        "either": "show either an effect that matters or that none does",
    }[outlook.aim]
    return (
        f"About {outlook.steps} {steps} more, {how}, would {aim} with {percent(outlook.settled)} % probability "
        f"({percent(outlook.low)} to {percent(outlook.high)} %, depending on how large it really is)."
    )


def percent(probability: float) -> str:
    """In whole per cent, never certainty: `over 99`."""
    if probability > 0.99:
        return "over 99"
    return "under 1" if probability < 0.01 else f"{round(100 * probability)}"
