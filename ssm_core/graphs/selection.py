"""Steps enter the record for a reason: selection and missing values as nodes on which the record conditions."""

from typing import NamedTuple

from schemas.graph import CausalGraph, Edge, Node
from ssm_core.graphs.projected.adjustment import BackDoor, back_door, consequences, without_causal_edges
from ssm_core.graphs.reasons import listed, names_in, open_paths
from ssm_core.graphs.unrolled import At, Unrolled, causes_of, recorded, unroll

PRESENT = "presence of "


class Selected(NamedTuple):
    """What conditioning on being recorded leaves: a back-door question with an answer, or reasons for a refusal."""

    question: BackDoor | None
    slices: int
    reasons: tuple[str, ...]


def matters(graph: CausalGraph, outcome: str) -> bool:
    """Whether selection or missingness shares any cause, at any lag, with what is upstream of the outcome."""
    extended = with_presence(graph)
    names = frozenset(graph.selected_on) | {n.name for n in extended.nodes if n.name.startswith(PRESENT)}
    return bool(causes_of(extended, names) & causes_of(graph, frozenset({outcome})))


def with_presence(graph: CausalGraph) -> CausalGraph:
    """The graph with a node `presence of V` for every V that has `missing_because`."""
    partly = [node for node in graph.nodes if node.missing_because]
    nodes = [Node(name=PRESENT + node.name, observed=False, memory=False) for node in partly]
    edges = [Edge(source=cause, target=PRESENT + node.name) for node in partly for cause in node.missing_because]
    return graph.model_copy(update={"nodes": (*graph.nodes, *nodes), "edges": (*graph.edges, *edges)})


def adjust_for_selection(graph: CausalGraph, treatment: str, outcome: str, lag: int, slices: int) -> Selected:
    """Adjustment when the record conditions on nodes: the effect on the steps that are recorded.

    The first window in which some recorded set, together with the nodes conditioned on, satisfies the adjustment
    criterion. Conditioned on are the `selected_on` nodes at every step of the window and the presence of exposure,
    outcome and whatever is adjusted for. Sufficient, not necessary: the general problem has no complete criterion of
    this form.

    Args:
        graph: with `selected_on` or `missing_because`.
        treatment: node that is set, recorded.
        outcome: node that is asked about, recorded, downstream of it at this lag.
        lag: steps between them.
        slices: of the longest window.

    Source: Correa, Tian & Bareinboim (2018), generalised adjustment; Mohan & Pearl (2021), missingness as nodes.
    """
    extended = with_presence(graph)
    presence = {node.name for node in extended.nodes if node.name.startswith(PRESENT)}
    kept = causes_of(extended, frozenset({outcome, *graph.selected_on, *presence}))
    unrolled = unroll(extended, slices, kept)
    x, y = unrolled.number(At(treatment, -lag)), unrolled.number(At(outcome, 0))
    partly = {name.removeprefix(PRESENT) for name in presence}
    forbidden = consequences(unrolled, x, y) | 1 << x
    for window in range(lag + 1, slices + 1):
        inside = recorded(graph, unrolled, window)
        chosen = _named(unrolled, set(graph.selected_on), window)
        ends = sum(1 << i for i in (x, y))
        whole = inside & ~_named(unrolled, partly, window)
        of_ends = _presence_of(unrolled, presence, ends)
        everything = _presence_of(unrolled, presence, inside)
        for candidates, given in ((whole | ends, chosen | of_ends), (inside, chosen | everything)):
            if given & forbidden:
                continue
            question = back_door(unrolled, x, y, candidates, given)
            if question.possible():
                return Selected(question, window, ())
    given = chosen | everything
    return Selected(None, slices, _reasons(graph, unrolled, x, y, inside, given))


def _named(unrolled: Unrolled, names: set[str], window: int) -> int:
    return sum(1 << i for i, at in enumerate(unrolled.nodes) if at.name in names and at.step > -window)


def _presence_of(unrolled: Unrolled, presence: set[str], of: int) -> int:
    """The nodes `presence of V` at the steps of the members V."""
    wanted = {(PRESENT + at.name, at.step) for i, at in enumerate(unrolled.nodes) if of >> i & 1}
    return sum(1 << i for i, at in enumerate(unrolled.nodes) if at.name in presence and at in wanted)


def _reasons(graph: CausalGraph, unrolled: Unrolled, x: int, y: int, inside: int, given: int) -> tuple[str, ...]:
    treatment, outcome = unrolled.nodes[x].name, unrolled.nodes[y].name
    if treatment in graph.selected_on:
        return (f"the record holds only steps with one value of {treatment}: there is nothing to compare",)
    forbidden = consequences(unrolled, x, y)
    if given & forbidden:
        names = listed(names_in(unrolled, given & forbidden))
        return (
            f"whether a step is recorded depends on what {treatment} does to {outcome} ({names}): comparing recorded "
            "steps only is not comparing what the exposure did",
        )
    cut = without_causal_edges(unrolled, x, y)
    usable = inside & ~forbidden & ~(1 << x) & ~(1 << y)
    paths = open_paths(graph, cut, x, y, usable | given)
    names = listed([*graph.selected_on, *(f"the presence of {n.name}" for n in graph.nodes if n.missing_because)])
    return (*paths, f"the record conditions on {names}; what that opens is not closed by anything recorded")
