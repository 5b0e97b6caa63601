"""The verdict in a few plain lines for the terminal."""

from pathlib import Path

from schemas.results import EffectSet, Headline, KnownTruth, Verdict
from schemas.rounding import signed
from tasks.answering.told import HOLDS_IF, ONLY, first_doubts

VERBS = {"increase": "raises", "decrease": "lowers", "none": "changes"}


def answer_lines(verdict: Verdict, effects: EffectSet, report: Path) -> list[str]:
    """Verdict, estimate, how sure, what a language model does to it, doubts, known truth, what next, report."""
    lines = [_sentence(verdict)]
    if verdict.estimate is not None:
        lines += [_estimate(verdict.estimate, verdict.verdict == "cannot_tell"), *_certainty(verdict)]
        lines += [said for said in verdict.reasons if said.startswith((ONLY, HOLDS_IF))]
        lines += [verdict.language_model] if verdict.language_model else []
        doubts, more = first_doubts(verdict.doubts)
        lines += [*(f"Doubt: {doubt}" for doubt in doubts), *([more] if more else [])]
    if verdict.known_truth is not None:
        lines.append(_truth(verdict.known_truth, effects))
    if verdict.next_step and verdict.verdict != "effect":
        lines.append(f"What next: {verdict.next_step}")
    return [*lines, f"Report: {report}"]


def _sentence(verdict: Verdict) -> str:
    x, y = verdict.treatment, verdict.outcome
    reason = f": {verdict.reasons[0]}" if verdict.reasons else ""
    match verdict.verdict:
        case "effect":
            contrast = f" ({verdict.estimate.contrast})" if verdict.estimate else ""
            unless = f", unless {verdict.unless}" if verdict.unless else ""
            return f"Yes{unless}: {x}{contrast} {VERBS[verdict.direction]} {y}."
        case "no_meaningful_effect":
            return f"No: {x} makes no difference to {y} that matters in practice."
        case "cannot_tell":
            when = f" {_when(verdict.estimate)}" if verdict.estimate else ""
            return f"Cannot tell yet whether {x} changes {y}{when}{reason}"
        case "not_identified":
            return f"These data cannot say whether {x} changes {y}, however many there are{reason}"
        case "not_trustworthy":
            return f"No answer about {x} and {y}, because a check failed{reason}"


def _estimate(estimate: Headline, inconclusive: bool) -> str:
    label = " (inconclusive)" if inconclusive else ""
    interval = f"[{signed(estimate.q05, 3)}, {signed(estimate.q95, 3)}]"
    unit = f" {estimate.unit}" if estimate.unit else ""
    size = f"{signed(estimate.mean, 3)}{unit}, 90 % interval {interval}"
    return f"Estimate{label}: {size}, {estimate.contrast}, {_when(estimate)}"


def _when(estimate: Headline) -> str:
    steps = f"{estimate.horizon} {estimate.step_name}{'s'[: estimate.horizon > 1]}"
    if estimate.name == "average_since_beginning":
        return f"on average over the {steps} since it began"
    return f"in the same {estimate.step_name}" if estimate.horizon == 0 else f"{steps} later"


def _truth(truth: KnownTruth, effects: EffectSet) -> str:
    """The truth of a simulated study beside the estimate of the very same quantity."""
    value, name = f"{signed(truth.value, 3)} {truth.unit}".strip(), truth.estimand.replace("_", " ")
    told = f"Known truth of this simulated study, {name}: {value}"
    for effect in effects.effects:
        if effect.estimand == truth.estimand and effect.graph == "pooled" and effect.kind == "expected":
            if effect.mean is None or effect.q05 is None or effect.q95 is None:
                return f"{told}; no estimate of it"
            interval = f"[{signed(effect.q05, 3)}, {signed(effect.q95, 3)}]"
            return f"{told}; estimated as {signed(effect.mean, 3)}, 90 % interval {interval}"
    return told


def _certainty(verdict: Verdict) -> list[str]:
    if verdict.prob_direction is None:
        return []
    sure = f"How sure: {_percent(verdict.prob_direction)} for the direction"
    if verdict.prob_meaningful is None:
        return [sure]
    return [f"{sure}, {_percent(verdict.prob_meaningful)} for an effect large enough to matter"]


def _percent(probability: float) -> str:
    """One decimal, and never certainty: a sampler cannot know it."""
    if probability > 0.999:
        return "more than 99.9%"
    return "less than 0.1%" if probability < 0.001 else f"{probability:.1%}"
