"""The rules that turn numbers into one of five verdicts; the only place where they stand."""

from typing import Literal, NamedTuple

from schemas.deciding import Thresholds
from schemas.results import VerdictName


class Evidence(NamedTuple):
    """What the verdict depends on.

    Attributes:
        unidentified_weight: weight of the candidate graphs in which the effect is not identified.
        failed_gates: names of the hard gates that failed.
        prob_positive: posterior probability that the effect is above zero.
        prob_meaningful: posterior probability that it lies outside the region of practical equivalence.
    """

    unidentified_weight: float
    failed_gates: tuple[str, ...]
    prob_positive: float
    prob_meaningful: float


def decide(evidence: Evidence, thresholds: Thresholds) -> VerdictName:
    """Refuse first, then decide.

    `not_identified` when graphs without identification hold more than the tolerated weight; `not_trustworthy` when a
    hard gate failed; `effect` when direction and size are both probable enough; `no_meaningful_effect` when the effect
    is almost surely within the region of practical equivalence; otherwise `cannot_tell`.
    """
    if evidence.unidentified_weight > thresholds.unidentified_weight:
        return "not_identified"
    if evidence.failed_gates:
        return "not_trustworthy"
    clear = prob_direction(evidence.prob_positive) >= thresholds.prob_direction
    if clear and evidence.prob_meaningful >= thresholds.prob_meaningful:
        return "effect"
    if 1.0 - evidence.prob_meaningful >= thresholds.prob_equivalent:
        return "no_meaningful_effect"
    return "cannot_tell"


def in_force(thresholds: Thresholds, looks: Literal["once", "nightly"]) -> Thresholds:
    """The thresholds of a study that is looked at once, or again every night.

    Each look is another chance to see an effect that is not there: in 200 records without effect a scenario, sixty
    looks at 97.5 % ever said one in 15-20 %, at 99.5 % in 5-7.5 % (`benchmarks/simulations/looks.py`).
    """
    if looks == "once":
        return thresholds
    return thresholds.model_copy(update={"prob_direction": thresholds.prob_direction_nightly})


def prob_direction(prob_positive: float) -> float:
    """Probability of the more probable sign."""
    return max(prob_positive, 1.0 - prob_positive)


def direction_of(verdict: VerdictName, prob_positive: float) -> Literal["increase", "decrease", "none"]:
    """A direction is stated only together with an effect."""
    if verdict != "effect":
        return "none"
    return "increase" if prob_positive > 0.5 else "decrease"
