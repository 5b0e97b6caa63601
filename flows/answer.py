"""The verdict in a few plain lines for the terminal."""

from pathlib import Path

from schemas.results import Headline, Verdict

VERBS = {"increase": "raises", "decrease": "lowers", "none": "changes"}


def answer_lines(verdict: Verdict, report: Path) -> list[str]:
    """Verdict, estimate with interval, how sure, the known truth of a simulation, what next, where the report lies."""
    lines = [_sentence(verdict)]
    if verdict.estimate is not None:
        lines += [_estimate(verdict.estimate, verdict.verdict == "cannot_tell"), *_certainty(verdict)]
    if verdict.known_truth is not None:
        truth = verdict.known_truth
        lines.append(
            f"Known truth of this simulated study: {_signed(truth.value)} {truth.unit} ({_words(truth.estimand)})"
        )
    if verdict.next_step and verdict.verdict != "effect":
        lines.append(f"What next: {verdict.next_step}")
    return [*lines, f"Report: {report}"]


def _sentence(verdict: Verdict) -> str:
    x, y = verdict.treatment, verdict.outcome
    reason = f": {verdict.reasons[0]}" if verdict.reasons else ""
    match verdict.verdict:
        case "effect":
            return f"Yes: {x} {VERBS[verdict.direction]} {y}."
        case "no_meaningful_effect":
            return f"No: {x} makes no difference to {y} that matters in practice."
        case "cannot_tell":
            return f"Cannot tell yet whether {x} changes {y}{reason}"
        case "not_identified":
            return f"These data cannot say whether {x} changes {y}, however many there are{reason}"
        case "not_trustworthy":
            return f"No answer about {x} and {y}, because a check failed{reason}"


def _estimate(estimate: Headline, inconclusive: bool) -> str:
    when = (
        "in the same step" if estimate.horizon == 0 else f"after {estimate.horizon} step{'s'[: estimate.horizon > 1]}"
    )
    label = " (inconclusive)" if inconclusive else ""
    interval = f"[{_signed(estimate.q05)}, {_signed(estimate.q95)}]"
    unit = f" {estimate.unit}" if estimate.unit else ""
    return f"Estimate{label}: {_signed(estimate.mean)}{unit}, 90 % interval {interval}, {estimate.contrast}, {when}"


def _certainty(verdict: Verdict) -> list[str]:
    if verdict.prob_direction is None:
        return []
    sure = f"How sure: {verdict.prob_direction:.1%} for the direction"
    if verdict.prob_meaningful is None:
        return [sure]
    return [f"{sure}, {verdict.prob_meaningful:.1%} for an effect large enough to matter"]


def _signed(value: float) -> str:
    return f"{value:+.3g}"


def _words(name: str) -> str:
    return name.replace("_", " ")
