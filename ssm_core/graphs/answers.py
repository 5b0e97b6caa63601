"""Answers that need no criterion: zero by the graph, and refusals."""

from schemas.graph import CausalGraph, Identification
from ssm_core.graphs.unrolled import At, causes_of, smallest_lag, unroll


def refusal(reasons: tuple[str, ...], slices: int) -> Identification:
    """Not identified within so many slices, and why."""
    return Identification(identified=False, method="none", reasons=reasons, slices=slices, kind="none")


def not_recorded(graph: CausalGraph, *names: str) -> tuple[str, ...]:
    """A sentence for each of the names that is hidden."""
    hidden = {node.name for node in graph.nodes if not node.observed}
    return tuple(f"{name} itself is not recorded" for name in names if name in hidden)


def zero_by_graph(graph: CausalGraph, treatment: str, outcome: str, lag: int) -> Identification | None:
    """The effect is zero when no chain of causes takes exactly `lag` steps; None when one does.

    Raises:
        StudyError: the unrolled graph is too large.
    """
    least = smallest_lag(graph, treatment, outcome)
    if least is None:
        reason = f"no directed path leads from {treatment} to {outcome}: the graph says that the effect is zero"
    elif _reaches(graph, treatment, outcome, lag):
        return None
    else:
        reason = (
            f"no chain of causes from {treatment} to {outcome} takes exactly {lag} steps, so the graph says that this "
            f"effect is zero; the shortest chain takes {least}: ask about lag {least}"
        )
    return Identification(
        identified=True,
        method="no_path",
        reasons=(reason,),
        slices=lag + 1,
        effect_zero_by_graph=True,
        kind="nonparametric",
    )


def _reaches(graph: CausalGraph, treatment: str, outcome: str, lag: int) -> bool:
    unrolled = unroll(graph, lag + 1, causes_of(graph, frozenset({outcome})))
    return bool(unrolled.ancestors(1 << unrolled.number(At(outcome, 0))) >> unrolled.number(At(treatment, -lag)) & 1)
