"""Does the effect of a whole period of exposures follow from the graph and the recorded variables alone?"""

from schemas.graph import CausalGraph, Identification
from ssm_core.graphs.answers import not_recorded, refusal, zero_by_graph
from ssm_core.graphs.projected.algorithm import Hedge
from ssm_core.graphs.query import Query
from ssm_core.graphs.reasons import open_paths
from ssm_core.graphs.selection import matters
from ssm_core.graphs.unrolled import Unrolled, longest_lag, recorded, smallest_lag, window_of


def identify_sustained(graph: CausalGraph, treatment: str, outcome: str, steps: int) -> Identification:
    """Joint effect of setting the exposure at the last `steps` steps (cumulative, steady state, whole period).

    `adjustment` when the sequential back-door criterion holds: at each exposure, given everything recorded before it,
    no open path to the outcome remains once later exposures are cut from their causes. Otherwise `id`, when the
    complete algorithm has a functional for the whole intervention set.

    Source: Pearl & Robins (1995), theorem 4; Shpitser & Pearl (2006).
    """
    slices = window_of(graph, steps - 1)
    least = smallest_lag(graph, treatment, outcome)
    zero = zero_by_graph(graph, treatment, outcome, steps - 1) if least is None or least >= steps else None
    if zero is not None:
        return zero
    if unrecorded := not_recorded(graph, treatment, outcome):
        return refusal(unrecorded, slices)
    if matters(graph, outcome):
        return refusal(
            ("which steps are recorded depends on what drives the outcome; not examined for periods",), slices
        )
    query = Query(graph, treatment, outcome, range(steps), slices)
    paths = _sequential_paths(query)
    if not paths:
        return Identification(identified=True, method="adjustment", slices=slices, kind="nonparametric")
    if isinstance(query.answer(slices), Hedge):
        return refusal(paths, slices)
    return Identification(identified=True, method="id", slices=slices, kind="nonparametric")


def sustained_steps(graph: CausalGraph) -> int:
    """How many exposures a sustained query needs so that one more would repeat the pattern."""
    return (len(graph.nodes) + 1) * longest_lag(graph)


def _sequential_paths(query: Query) -> tuple[str, ...]:
    """The open paths of the first exposure that is confounded given its past; none when none is."""
    unrolled, y = query.unrolled, query.y
    inside = recorded(query.graph, unrolled, query.slices)
    for position, x in enumerate(query.exposures):
        later = sum(1 << number for number in query.exposures[position + 1 :])
        every = (1 << len(unrolled.nodes)) - 1
        cut = unrolled.without_edges(1 << x, every).without_edges(every, later)
        before = inside & ((1 << x) - 1 | _same_step(unrolled, x)) & ~unrolled.descendants(1 << x) & ~(1 << y)
        given = before & cut.ancestors(1 << x | 1 << y)
        if paths := open_paths(query.graph, cut, x, y, given):
            return paths
    return ()


def _same_step(unrolled: Unrolled, x: int) -> int:
    return sum(1 << i for i, at in enumerate(unrolled.nodes) if at.step == unrolled.nodes[x].step)
