"""What would change the verdict: the rule that decided it, with the figures it saw."""

from collections.abc import Mapping

from schemas.deciding import Thresholds
from schemas.results import Gate, VerdictName
from ssm_core.effects.verdict import Evidence, prob_direction


def would_change(
    name: VerdictName, evidence: Evidence, thresholds: Thresholds, gates: Mapping[str, Gate]
) -> tuple[str, ...]:
    """Sentences; each names a threshold of `ssm_core.effects.verdict.decide` and where this study stands.

    Args:
        name: the verdict.
        evidence: what it was decided on.
        thresholds: of `params.yaml`.
        gates: checks of the calculation.
    """
    sure, outside = prob_direction(evidence.prob_positive), evidence.prob_meaningful
    direction = f"{_percent(thresholds.prob_direction)} for its direction (now {_percent(sure)})"
    size = f"{_percent(thresholds.prob_meaningful)} for a size that matters (now {_percent(outside)})"
    none = f"{_percent(thresholds.prob_equivalent)} for a size that does not matter (now {_percent(1 - outside)})"
    match name:
        case "not_identified":
            held, limit = _percent(evidence.unidentified_weight), _percent(thresholds.unidentified_weight)
            return (f"A number is given once graphs that leave the effect open hold at most {limit} (now {held}).",)
        case "not_trustworthy":
            return tuple(f"This check must pass first: {gates[gate].sentence}" for gate in evidence.failed_gates)
        case "effect":
            return (f"The effect is said as long as the probability is at least {direction} and {size}.",)
        case "no_meaningful_effect":
            return (f"This is said as long as the probability is at least {none}.",)
        case "cannot_tell":
            return (
                f"An effect is said from a probability of {direction} and {size}.",
                f"That none matters is said from {none}.",
            )


def _percent(probability: float) -> str:
    """`97.5 %`; never rounded to certainty."""
    text = f"{100 * probability:.1f}".removesuffix(".0")
    return "more than 99.9 %" if text == "100" and probability < 1 else f"{text} %"
