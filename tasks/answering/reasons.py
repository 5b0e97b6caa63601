"""Why the verdict is what it is, in sentences a person understands."""

from collections.abc import Sequence

from schemas.protocol import Protocol
from schemas.results import Gate, Rope, VerdictName
from schemas.rounding import plain
from ssm_core.effects.contrast import Contrast
from ssm_core.effects.verdict import Evidence, prob_direction
from tasks.answering.effects import GraphEffects, contributing
from tasks.answering.told import HOLDS_IF

FEW_STEPS, FEW_SWITCHES = 30, 6
SURE = 0.99


def reasons_of(
    name: VerdictName,
    evidence: Evidence,
    graphs: Sequence[GraphEffects],
    gates: dict[str, Gate],
    contrast: Contrast,
    protocol: Protocol,
    unit: str,
) -> tuple[str, ...]:
    """Reasons in order of weight; never a number of an effect for a refusal."""
    if name in ("no_meaningful_effect", "cannot_tell") and not any(g.chains for g in contributing(graphs)):
        return (
            f"The graph itself leaves no way from {protocol.treatment} to {protocol.outcome}: nothing was estimated.",
        )
    match name:
        case "not_identified":
            return _open_paths(graphs)
        case "not_trustworthy":
            return tuple(gates[failed].sentence for failed in evidence.failed_gates)
        case "effect":
            return (*_strength(evidence, protocol, unit), *_assumption(protocol), *_excluded(evidence))
        case "no_meaningful_effect":
            return (*_equivalence(evidence, protocol, unit), *_assumption(protocol), *_excluded(evidence))
        case "cannot_tell":
            return (*_weakness(evidence, contrast, protocol), *_assumption(protocol), *_excluded(evidence))


def _open_paths(graphs: Sequence[GraphEffects]) -> tuple[str, ...]:
    refused = [g for g in graphs if not g.identified]
    sentences = (q.reason.removeprefix("not identified: ") for g in refused for q in g.quantities[:1] if q.reason)
    return tuple(dict.fromkeys(sentences))


def _strength(evidence: Evidence, protocol: Protocol, unit: str) -> tuple[str, ...]:
    rule, size = protocol.decision, outside(protocol.rope, unit)
    direction = _sure(prob_direction(evidence.prob_positive))
    return (
        f"The direction is {direction}; {_percent(rule.prob_direction)} is asked for.",
        f"A size that matters ({size}) is {_sure(evidence.prob_meaningful)}; "
        f"{_percent(rule.prob_meaningful)} is asked for.",
    )


def _equivalence(evidence: Evidence, protocol: Protocol, unit: str) -> tuple[str, ...]:
    within = _sure(1.0 - evidence.prob_meaningful)
    rule = _percent(protocol.decision.prob_equivalent)
    return (f"An effect too small to matter (not {outside(protocol.rope, unit)}) is {within}; {rule} is asked for.",)


def outside(rope: Rope, unit: str) -> str:
    """What lies outside the region of practical equivalence, in words."""
    if rope.low == -rope.high:
        return f"more than {plain(rope.high)} {unit} either way"
    return f"below {plain(rope.low)} or above {plain(rope.high)} {unit}"


def _weakness(evidence: Evidence, contrast: Contrast, protocol: Protocol) -> tuple[str, ...]:
    usable = contrast.n_exposed + contrast.n_unexposed
    direction = prob_direction(evidence.prob_positive)
    sentences = []
    if direction < protocol.decision.prob_direction:
        sentences.append(f"No effect at all is still within reach: the more likely direction is {_sure(direction)}.")
    else:
        sentences.append("The direction is clear, but the effect may be too small to matter.")
    if usable < FEW_STEPS:
        sentences.append(
            f"There are only {usable} {protocol.step_name}s on which both exposure and outcome were recorded."
        )
    if contrast.switches < FEW_SWITCHES:
        sentences.append(f"The exposure changed only {contrast.switches} times, so slow drift can look like an effect.")
    return tuple(sentences)


def _assumption(protocol: Protocol) -> tuple[str, ...]:
    if protocol.randomised:
        said = "The exposure was assigned at random, so that only chance could explain a difference otherwise."
        assigned = f"The effect is that of the assignment ({protocol.treatment}), whether or not it was followed."
        return (said, assigned) if protocol.taken is not None else (said,)
    both = f"{protocol.treatment} and {protocol.outcome}"
    return (f"{HOLDS_IF} nothing unrecorded drives both {both}{except_for(protocol)}.",)


def except_for(protocol: Protocol) -> str:
    """Hidden nodes that the graphs, and so the models, already reckon with, as the end of that sentence."""
    hidden = dict.fromkeys(node.name for graph in protocol.graphs for node in graph.nodes if not node.observed)
    return f" but what the graph says of {', '.join(hidden)}" if hidden else ""


def _excluded(evidence: Evidence) -> tuple[str, ...]:
    if evidence.unidentified_weight == 0:
        return ()
    share = _percent(evidence.unidentified_weight)
    return (f"Candidate graphs with {share} of the weight are left out: in them the effect cannot be known.",)


def _sure(probability: float) -> str:
    if probability > SURE:
        return f"more than {_percent(SURE)} probable"
    return f"less than {_percent(1 - SURE)} probable" if probability < 1 - SURE else f"{_percent(probability)} probable"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if share >= SURE - 0.02 else f"{100 * share:.0f} %"
