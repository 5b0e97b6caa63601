"""Does the effect follow from the graph and the recorded variables alone? The answer for one query."""

from functools import lru_cache

from schemas.graph import CausalGraph, FrontDoor, Identification
from ssm_core.graphs.answers import not_recorded, refusal, zero_by_graph
from ssm_core.graphs.linear import locally_identified
from ssm_core.graphs.projected.adjustment import consequences, optimal_set, without_causal_edges
from ssm_core.graphs.projected.admg import Admg
from ssm_core.graphs.projected.algorithm import Hedge
from ssm_core.graphs.projected.frontdoor import front_door
from ssm_core.graphs.projected.functional import Functional
from ssm_core.graphs.projected.notation import formula
from ssm_core.graphs.query import Query
from ssm_core.graphs.reasons import open_paths
from ssm_core.graphs.selection import adjust_for_selection, matters
from ssm_core.graphs.unrolled import names_of, recorded, window_of

LINEAR = (
    "a linear model with normal noise and coefficients that never change would pin it down (for example through an "
    "instrument or through how long hidden causes last), but the graph alone does not"
)
NOT_EVEN_LINEAR = "a linear model with constant coefficients would not resolve it either"
NOT_EXAMINED = "whether a linear model with constant coefficients would resolve it was not examined: it is too large"


@lru_cache(maxsize=256)
def identify(graph: CausalGraph, treatment: str, outcome: str, lag: int) -> Identification:
    """Effect of the exposure `lag` steps before the outcome on the outcome, later exposures left to themselves.

    Identified means: computable from the law of a finite window of the recorded nodes in every model of the graph,
    with mechanisms that may change from step to step. More slices can only turn a "no" into a "yes", so the longest
    window decides and the first that says yes is found by bisection.

    Args:
        graph: acyclic within a step; hidden nodes with memory reach back beyond the record.
        treatment: node that is set.
        outcome: node that is asked about, at step t.
        lag: steps between them.

    Raises:
        StudyError: the unrolled graph is too large.

    Source: Shpitser & Pearl (2006) for the algorithm; Jahn et al. (2025) for finite windows, extended by a hidden past.
    """
    zero = zero_by_graph(graph, treatment, outcome, lag)
    if zero is not None:
        return zero
    slices = window_of(graph, lag)
    if unrecorded := not_recorded(graph, treatment, outcome):
        return refusal(unrecorded, slices)
    if matters(graph, outcome):
        return _among_recorded_steps(graph, treatment, outcome, lag, slices)
    query = Query(graph, treatment, outcome, (lag,), slices)
    if isinstance(query.answer(slices), Hedge):
        return _not_identified(graph, query, lag, slices)
    first = query.first(lambda window: isinstance(query.answer(window), Functional))
    if not query.back_door(slices).possible():
        return _without_adjustment(query, first)
    widest = first if query.back_door(first).possible() else query.first(lambda w: query.back_door(w).possible())
    return _by_adjustment(query, first, widest)


def _by_adjustment(query: Query, first: int, window: int) -> Identification:
    question = query.back_door(window)
    sets, truncated = question.minimal_sets()
    best = optimal_set(query.unrolled, query.exposures[0], query.y)
    seen = recorded(query.graph, query.unrolled, query.slices)
    reasons = () if window == first else (f"adjusting needs {window} slices; the ID algorithm needs {first}",)
    return Identification(
        identified=True,
        method="adjustment",
        adjustment_sets=_sorted_sets(question.graph, sets),
        truncated=truncated,
        optimal_adjustment_set=None if best & ~seen else names_of(query.unrolled.nodes, best),
        reasons=reasons,
        slices=first,
        kind="nonparametric",
    )


def _sorted_sets(admg: Admg, sets: list[int]) -> tuple[tuple[str, ...], ...]:
    """Smallest first, then latest, then by name."""

    def rank(chosen: int) -> tuple[int, list[tuple[int, str]]]:
        nodes = [at for i, at in enumerate(admg.nodes) if chosen >> i & 1]
        return len(nodes), sorted((-at.step, at.name) for at in nodes)

    return tuple(names_of(admg.nodes, chosen) for chosen in sorted(sets, key=rank))


def _without_adjustment(query: Query, window: int) -> Identification:
    admg = query.projection(window)
    found = query.answer(window)
    door = front_door(admg, admg.number(query.unrolled.nodes[query.exposures[0]]), len(admg.nodes) - 1)
    return Identification(
        identified=True,
        method="id" if door is None else "frontdoor",
        front_door=door and FrontDoor(
            mediators=names_of(admg.nodes, door.mediators), given=names_of(admg.nodes, door.given)
        ),
        functional=formula(found) if isinstance(found, Functional) else None,
        slices=window,
        kind="nonparametric",
    )  # fmt: skip


def _among_recorded_steps(graph: CausalGraph, treatment: str, outcome: str, lag: int, slices: int) -> Identification:
    found = adjust_for_selection(graph, treatment, outcome, lag, slices)
    if found.question is None:
        return refusal(found.reasons, slices)
    sets, truncated = found.question.minimal_sets()
    return Identification(
        identified=True,
        method="adjustment",
        adjustment_sets=_sorted_sets(found.question.graph, sets),
        truncated=truncated,
        reasons=("the effect on the steps that are recorded; on the others it may differ",),
        slices=found.slices,
        kind="nonparametric",
    )


def _not_identified(graph: CausalGraph, query: Query, lag: int, slices: int) -> Identification:
    unrolled, x, y = query.unrolled, query.exposures[0], query.y
    usable = recorded(graph, unrolled, slices) & query.upstream & ~consequences(unrolled, x, y) & ~(1 << x)
    linear = locally_identified(graph, unrolled.nodes[x].name, unrolled.nodes[y].name, lag)
    words = {True: LINEAR, False: NOT_EVEN_LINEAR, None: NOT_EXAMINED}[linear]
    reasons = (*open_paths(graph, without_causal_edges(unrolled, x, y), x, y, usable), words)
    return refusal(reasons, slices).model_copy(update={"kind": "parametric_only" if linear else "none"})
