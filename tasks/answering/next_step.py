"""What would settle the question, or make the answer firmer."""

from math import ceil

from schemas.protocol import Protocol
from schemas.results import VerdictName
from ssm_core.effects.contrast import Contrast
from ssm_core.effects.summaries import Summary

POWER_FACTOR = 2.8
"""1.96 + 0.84 standard errors: 80 % power at a two-sided 5 % level."""
LONGEST_ADVICE = 2000


def next_step(
    name: VerdictName,
    headline: Summary | None,
    contrast: Contrast,
    protocol: Protocol,
    failed_gates: tuple[str, ...],
    unit: str,
) -> str:
    """One or two sentences."""
    x, y = protocol.treatment, protocol.outcome
    match name:
        case "not_identified":
            return f"Record what may drive both {x} and {y}, or run a trial of some weeks, {by_chance(protocol)}."
        case "not_trustworthy" if {"positivity", "switches"} & set(failed_gates):
            return f"Record {y} for some weeks more, {by_chance(protocol)}."
        case "not_trustworthy":
            return "Look at the failed checks in the report; a higher infer.ess or a simpler model may help."
        case "effect" if protocol.randomised:
            return "Repeat the trial in another season to see whether it lasts."
        case "effect":
            return f"To rule out unrecorded causes, run a trial of some weeks, {by_chance(protocol)}."
        case "no_meaningful_effect":
            return f"If less than {protocol.rope.high:.2g} {unit} would matter to you, set estimate.rope and run again."
        case "cannot_tell":
            return _more_data(headline, contrast, protocol, unit)


def by_chance(protocol: Protocol) -> str:
    """How to randomise this exposure, in words that fit its kind."""
    kind = next((v.kind for v in protocol.variables if v.name == protocol.treatment), "binary")
    if kind == "binary":
        return f"deciding {protocol.treatment} by the toss of a coin"
    return f"varying {protocol.treatment} by chance where it can be chosen"


def _more_data(headline: Summary | None, contrast: Contrast, protocol: Protocol, unit: str) -> str:
    """Steps needed for 80 % power if the standard error shrinks with the square root of the usable steps."""
    usable, steps = contrast.n_exposed + contrast.n_unexposed, f"{protocol.step_name}s"
    how = "with the same random schedule" if protocol.randomised else by_chance(protocol)
    if headline is None:
        return f"Record longer, {how}."
    target = max(abs(headline.mean), 1.5 * (protocol.rope.high - protocol.rope.low))
    needed = ceil(usable * (POWER_FACTOR * headline.sd / target) ** 2)
    if needed > LONGEST_ADVICE:
        return f"An effect this small would take more than {LONGEST_ADVICE} {steps} to tell from none."
    if needed <= usable:
        return f"Record about as long again ({usable} {steps}), {how}."
    return (
        f"About {needed} usable {steps} in all (now {usable}), {how}, would show an effect of "
        f"{target:.2g} {unit} in four of five cases."
    )
