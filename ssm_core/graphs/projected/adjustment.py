"""Covariate adjustment: which recorded nodes block every non-causal path and open none."""

from typing import NamedTuple

from ssm_core.graphs.bits import joined, members
from ssm_core.graphs.projected.admg import Admg, project
from ssm_core.graphs.projected.separation import moral_groups, separated
from ssm_core.graphs.projected.separators import smallest_separators
from ssm_core.graphs.unrolled import Unrolled

MOST_SETS = 20


class BackDoor(NamedTuple):
    """The question whether a set adjusts for confounding, on the graph without the first edges of causal paths.

    Attributes:
        graph: latent projection of the proper back-door graph over the ancestors of exposure, outcome and `given`.
        x: number of the exposure in it.
        y: number of the outcome.
        given: nodes that the record conditions on, wanted or not.
        candidates: recorded nodes that may be adjusted for: none that a causal path leads through or to.
    """

    graph: Admg
    x: int
    y: int
    given: int
    candidates: int

    def adjusts(self, chosen: int) -> bool:
        """Whether `chosen` with `given` separates exposure and outcome."""
        return separated(self.graph, 1 << self.x, 1 << self.y, chosen | self.given)

    def possible(self) -> bool:
        """Whether any set adjusts: if one does, then all candidates together do (every node here is an ancestor)."""
        return self.adjusts(self.candidates)

    def minimal_sets(self) -> tuple[list[int], bool]:
        """Up to `MOST_SETS` sets of which no member can be left out, smallest first, and whether there are more."""
        adjacent = _adjacent(self)
        if adjacent[self.x] >> self.y & 1:
            return [], False
        return smallest_separators(adjacent, self.x, self.y, MOST_SETS)


def causal_nodes(unrolled: Unrolled, x: int, y: int) -> int:
    """Nodes on directed paths from exposure to outcome, without the exposure."""
    return unrolled.descendants(1 << x) & unrolled.ancestors(1 << y) & ~(1 << x)


def consequences(unrolled: Unrolled, x: int, y: int) -> int:
    """Causal nodes and everything downstream of them: nothing of it may be held fixed."""
    return unrolled.descendants(causal_nodes(unrolled, x, y))


def without_causal_edges(unrolled: Unrolled, x: int, y: int) -> Unrolled:
    """The proper back-door graph: the first edge of every causal path is cut."""
    return unrolled.without_edges(1 << x, causal_nodes(unrolled, x, y))


def back_door(unrolled: Unrolled, x: int, y: int, recorded: int, given: int = 0) -> BackDoor:
    """The question of adjustment for one exposure, which must be upstream of the outcome.

    Args:
        unrolled: with hidden nodes and the hidden past.
        x: number of the exposure in it, recorded.
        y: number of the outcome in it, recorded.
        recorded: nodes of the window that were recorded.
        given: nodes, recorded or not, that the record conditions on; none of the `consequences`.

    Source: Shpitser, VanderWeele & Robins (2010), adjustment criterion; van der Zander, Liskiewicz & Textor (2014),
    proper back-door graph and constructive sets.
    """
    forbidden = consequences(unrolled, x, y)
    cut = without_causal_edges(unrolled, x, y)
    relevant = cut.ancestors(1 << x | 1 << y | given)
    kept = (recorded | given) & relevant
    graph = project(cut, kept, relevant)
    position = {number: place for place, number in enumerate(members(kept))}
    barred = forbidden | given | 1 << x | 1 << y
    return BackDoor(
        graph=graph,
        x=position[x],
        y=position[y],
        given=sum(1 << position[n] for n in members(given & relevant)),
        candidates=sum(1 << position[n] for n in members(recorded & kept & ~barred)),
    )


def optimal_set(unrolled: Unrolled, x: int, y: int) -> int:
    """`O = parents of the causal nodes, without the exposure and its consequences`; may hold hidden nodes.

    Among all valid adjustment sets its estimator has the smallest asymptotic variance, in linear models (Henckel,
    Perkovic & Maathuis, 2022, theorem 3.13) and nonparametrically (Rotnitzky & Smucler, 2020, theorem 7).
    """
    parents = 0
    for number in members(causal_nodes(unrolled, x, y)):
        parents |= unrolled.parents[number]
    return parents & ~unrolled.descendants(1 << x)


def _adjacent(problem: BackDoor) -> list[int]:
    """Neighbours in the moral graph over candidates, exposure and outcome; other nodes pass their neighbours on."""
    ends = problem.candidates | 1 << problem.x | 1 << problem.y
    through = problem.graph.everything & ~ends & ~problem.given
    groups = joined([g & ~problem.given for g in moral_groups(problem.graph, problem.graph.everything)], through)
    adjacent = [0] * len(problem.graph.nodes)
    for group in groups:
        for number in members(group & ends):
            adjacent[number] |= group & ends & ~(1 << number)
    return adjacent
