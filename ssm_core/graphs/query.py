"""One query about a graph, put to windows of different lengths."""

from bisect import bisect_left
from collections.abc import Callable, Iterable

from schemas.graph import CausalGraph
from ssm_core.graphs.projected.adjustment import BackDoor, back_door
from ssm_core.graphs.projected.admg import Admg, project
from ssm_core.graphs.projected.algorithm import Hedge, identify_query
from ssm_core.graphs.projected.functional import Functional
from ssm_core.graphs.unrolled import At, causes_of, recorded, unroll


class Query:
    """One intervention set in the unrolled graph of its longest window, asked in windows of any length.

    Args:
        graph: acyclic within a step.
        treatment: node that is set.
        outcome: node that is asked about, at step 0.
        lags: the exposures that are set, in steps before the outcome.
        slices: of the longest window.

    Raises:
        StudyError: the unrolled graph is too large.
    """

    def __init__(self, graph: CausalGraph, treatment: str, outcome: str, lags: Iterable[int], slices: int) -> None:
        self.graph = graph
        self.slices = slices
        self.unrolled = unroll(graph, slices, causes_of(graph, frozenset({outcome})))
        self.y = self.unrolled.number(At(outcome, 0))
        self.upstream = self.unrolled.ancestors(1 << self.y)
        numbers = [self.unrolled.number(At(treatment, -lag)) for lag in sorted(lags, reverse=True)]
        self.exposures = [number for number in numbers if self.upstream >> number & 1]

    def projection(self, window: int) -> Admg:
        """The recorded ancestors of the outcome within a window."""
        return project(self.unrolled, recorded(self.graph, self.unrolled, window), self.upstream)

    def answer(self, window: int) -> Functional | Hedge:
        """The complete algorithm's answer from a window."""
        admg = self.projection(window)
        treatments = sum(1 << admg.number(self.unrolled.nodes[number]) for number in self.exposures)
        return identify_query(admg, treatments, len(admg.nodes) - 1)

    def back_door(self, window: int) -> BackDoor:
        """Adjustment for the first exposure from a window."""
        return back_door(self.unrolled, self.exposures[0], self.y, recorded(self.graph, self.unrolled, window))

    def first(self, says_yes: Callable[[int], bool]) -> int:
        """The shortest window that says yes, when the longest does."""
        earliest = 1 - self.unrolled.nodes[self.exposures[0]].step
        return earliest + bisect_left(range(earliest, self.slices), True, key=says_yes)
