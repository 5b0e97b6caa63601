"""Does a graph say that what is left of the outcome knows nothing of the next exposure?"""

from schemas.graph import CausalGraph
from ssm_core.graphs.bits import members
from ssm_core.graphs.projected.admg import project
from ssm_core.graphs.projected.separation import separated
from ssm_core.graphs.unrolled import At, causes_of, longest_lag, recorded, unroll


def next_exposure_is_independent(graph: CausalGraph, treatment: str, outcome: str) -> bool:
    """Whether `Y_t` and `X_{t+1}` are m-separated by what the outcome is predicted from.

    Held fixed: all recorded nodes before t in a window, and the recorded causes of `Y_t` within its step. What came
    before the window is hidden. Where this holds, the one-step prediction error of the outcome goes with the next
    exposure only if the graph is wrong.

    Args:
        graph: acyclic within a step.
        treatment: X, recorded.
        outcome: Y, recorded.

    Raises:
        StudyError: the unrolled graph is too large.
    """
    slices = 2 * longest_lag(graph) + 3
    unrolled = unroll(graph, slices, causes_of(graph, frozenset({treatment, outcome})))
    x, y = unrolled.number(At(treatment, 0)), unrolled.number(At(outcome, -1))
    upstream = unrolled.ancestors(1 << y)
    fixed = 0
    for number in members(recorded(graph, unrolled, slices)):
        step = unrolled.nodes[number].step
        if step < -1 or (step == -1 and number != y and upstream >> number & 1):
            fixed |= 1 << number
    kept = fixed | 1 << x | 1 << y
    admg = project(unrolled, kept, unrolled.ancestors(kept))
    place = {number: position for position, number in enumerate(members(kept))}
    return separated(admg, 1 << place[x], 1 << place[y], sum(1 << place[n] for n in members(fixed)))
