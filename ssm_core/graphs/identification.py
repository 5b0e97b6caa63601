"""Does the effect follow from the graph and the recorded variables alone? Covariate adjustment over unrolled time."""

import networkx as nx

from schemas.graph import CausalGraph, Identification
from ssm_core.graphs.unrolled import At, longest_lag, smallest_lag, unroll, window_of

PRUNED = 60
"""Largest adjustment set of which needless members are taken away one by one."""


def identify(graph: CausalGraph, treatment: str, outcome: str, lag: int) -> Identification:
    """Effect of the exposure `lag` steps before the outcome, by covariate adjustment.

    Complete for adjustment: if any set of observed nodes of the window satisfies the adjustment criterion, then the
    observed ancestors of exposure and outcome that do not follow the exposure do. A "no" means "not by adjustment
    within W slices" and is a refusal.

    Args:
        graph: a candidate graph; hidden nodes with memory reach back beyond the record.
        treatment: node that is set.
        outcome: node that is asked about, at step t.
        lag: steps between them.

    Source: Shpitser, VanderWeele & Robins (2010), adjustment criterion; van der Zander, Liskiewicz & Textor (2014),
    theorem 2, for the set. Window rule: Jahn et al. (2025) and the hidden past.
    """
    slices = window_of(graph, lag)
    unrolled, observed = unroll(graph, slices)
    x, y = At(treatment, -lag), At(outcome, 0)
    if smallest_lag(graph, treatment, outcome) is None:
        reason = f"no directed path leads from {treatment} to {outcome}: the graph says that the effect is zero"
        return Identification(
            identified=True, method="no_path", reasons=(reason,), slices=1, effect_zero_by_graph=True,
            kind="nonparametric",
        )  # fmt: skip
    if not nx.has_path(unrolled, x, y):
        reason = f"{x} has no path to {y}: no chain of causes takes exactly {lag} steps, so this effect is zero"
        return Identification(
            identified=True, method="no_path", reasons=(reason,), slices=slices, effect_zero_by_graph=True,
            kind="nonparametric",
        )  # fmt: skip
    on_paths = nx.descendants(unrolled, x) & (nx.ancestors(unrolled, y) | {y})
    forbidden = {d for node in on_paths for d in nx.descendants(unrolled, node) | {node}} | {x}
    candidates = ((nx.ancestors(unrolled, x) | nx.ancestors(unrolled, y)) & observed) - forbidden
    back_door = unrolled.copy()
    back_door.remove_edges_from([(x, child) for child in unrolled.successors(x) if child in on_paths])
    if x not in observed or y not in observed:
        return _refusal((f"{treatment} and {outcome} must both be recorded",), slices)
    if not nx.is_d_separator(back_door, {x}, {y}, candidates):
        return _refusal(_open_paths(back_door, graph, x, y), slices)
    needed = _without_needless(back_door, x, y, candidates)
    names = tuple(str(node) for node in sorted(needed, key=lambda at: (-at.step, at.name)))
    return Identification(
        identified=True, method="adjustment", adjustment_sets=(names,), slices=slices, kind="nonparametric"
    )


def _without_needless(back_door: nx.DiGraph, x: At, y: At, candidates: frozenset[At] | set[At]) -> set[At]:
    """A smaller set that still separates: from the exposure's own causes when they suffice, oldest nodes tried first.

    Beyond `PRUNED` nodes the whole set is kept: it is valid as it is.
    """
    causes = {node for node in candidates if back_door.has_edge(node, x)}
    needed = causes if nx.is_d_separator(back_door, {x}, {y}, causes) else set(candidates)
    if len(needed) > PRUNED:
        return needed
    for node in sorted(needed, key=lambda at: (at.step, at.name)):
        if nx.is_d_separator(back_door, {x}, {y}, needed - {node}):
            needed = needed - {node}
    return needed


def identify_sustained(graph: CausalGraph, treatment: str, outcome: str, steps: int) -> Identification:
    """Joint effect of setting the exposure at the last `steps` steps (cumulative, steady state, whole period).

    Sequential back-door criterion: at each exposure, given everything recorded before it, no open path to the outcome
    remains once later exposures are cut from their causes. Sufficient, not necessary: a "no" is a refusal.

    Source: Pearl & Robins (1995), theorem 4.
    """
    slices = window_of(graph, steps - 1)
    unrolled, observed = unroll(graph, slices)
    y = At(outcome, 0)
    exposures = [At(treatment, -k) for k in range(steps - 1, -1, -1)]
    for number, x in enumerate(exposures):
        cut = unrolled.copy()
        cut.remove_edges_from(list(unrolled.out_edges(x)))
        for later in exposures[number + 1 :]:
            cut.remove_edges_from(list(unrolled.in_edges(later)))
        following = nx.descendants(unrolled, x)
        history = {at for at in observed if at.step <= x.step and at not in following} - {x, y}
        earlier = history & (nx.ancestors(cut, x) | nx.ancestors(cut, y))
        if y in following and not nx.is_d_separator(cut, {x}, {y}, earlier):
            return _refusal(_open_paths(cut, graph, x, y), slices)
    return Identification(identified=True, method="adjustment", slices=slices, kind="nonparametric")


def sustained_steps(graph: CausalGraph) -> int:
    """How many exposures a sustained query needs so that one more would repeat the pattern."""
    return (len(graph.nodes) + 1) * longest_lag(graph)


def _refusal(reasons: tuple[str, ...], slices: int) -> Identification:
    return Identification(identified=False, method="none", reasons=reasons, slices=slices, kind="none")


def _open_paths(back_door: nx.DiGraph, graph: CausalGraph, x: At, y: At) -> tuple[str, ...]:
    hidden = {node.name for node in graph.nodes if not node.observed}
    without_x = back_door.copy()
    without_x.remove_node(x)
    above_y = nx.ancestors(without_x, y)
    shared = sorted({at.name for at in nx.ancestors(back_door, x) & above_y if at.name in hidden})
    if not shared:
        return (f"what {x.name} and {y.name} share cannot be blocked by anything recorded",)
    return tuple(
        f"{name} is not recorded and acts on both {x.name} and {y.name}, so their common movement may be its doing"
        for name in shared
    )
