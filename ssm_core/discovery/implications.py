"""What a graph says cannot be seen in the record: each node independent of what its causes shield it from."""

from typing import NamedTuple

from schemas.graph import CausalGraph
from ssm_core.discovery.lagged import Cause
from ssm_core.graphs.paths import open_path
from ssm_core.graphs.selection import PRESENT, with_presence
from ssm_core.graphs.unrolled import At, Unrolled, causal_order, edges_with_memory, longest_lag, unroll

MOST_IMPLICATIONS = 400
"""Beyond, those of the longest lags are left out."""


class Implication(NamedTuple):
    """`child` at step t is independent of `other` given `given`."""

    child: str
    other: Cause
    given: tuple[Cause, ...]


class Implied(NamedTuple):
    """What a graph implies for the recorded nodes.

    Attributes:
        tests: shortest lags first.
        untested: nodes of which nothing is tested, with the reason.
        left_out: implications beyond `MOST_IMPLICATIONS`.
    """

    tests: tuple[Implication, ...]
    untested: dict[str, str]
    left_out: int


def implications(graph: CausalGraph, reach: int = 1, assigned: str | None = None) -> Implied:
    """The local Markov property of every recorded node, as far as hidden nodes leave it.

    `c_t` is independent of every recorded `a_{t-l}`, l = 0 .. longest lag + `reach`, given its recorded parents, which
    include its own past; within the step only of nodes before it in causal order, so that a pair is tested once.
    A node takes part only where its whole recorded past is separated from it given these parents: then its
    innovations are unpredictable and a regression on the parents is a calibrated test. Separation is looked up in the
    unrolled graph with its hidden nodes and hidden past; what the record conditions on (`selected_on`, the presence of
    values with `missing_because`) is held fixed.

    Args:
        graph: acyclic within a step.
        reach: steps beyond the longest lag of an edge.
        assigned: a node whose values a design decided: a plan of periods or blocks depends on its own past.

    Raises:
        StudyError: the unrolled graph is too large.

    Source: Lauritzen et al. (1990), ordered Markov property; Thoemmes et al. (2018) for local tests of graphs.
    """
    extended = with_presence(graph)
    span = longest_lag(graph) + reach
    unrolled = unroll(extended, span + longest_lag(graph) + 1)
    observed = {node.name for node in graph.nodes if node.observed}
    order = [name for name in causal_order(graph) if name in observed]
    tests: list[Implication] = []
    untested: dict[str, str] = {}
    for position, child in enumerate(order):
        if child == assigned:
            untested[child] = "its values follow a plan"
            continue
        parents = sorted(Cause(s, lag) for s, t, lag in edges_with_memory(graph) if t == child)
        given = tuple(cause for cause in parents if cause.name in observed)
        past = [Cause(name, lag) for lag in range(1, span + 1) for name in order if Cause(name, lag) not in given]
        now = [Cause(name, 0) for name in order[:position] if Cause(name, 0) not in given]
        if len(given) == len(parents) and extended == graph and not graph.selected_on:
            found = [*now, *past]
        else:
            separated = [c for c in (*now, *past) if _separated(graph, unrolled, child, c, given, span)]
            if not set(past) <= set(separated):
                untested[child] = "hidden causes or the reasons for missing values tie it to its past"
                continue
            found = separated
        tests += [Implication(child, other, given) for other in found]
    tests.sort(key=lambda test: (test.other.lag, order.index(test.child), test.other.name))
    return Implied(tuple(tests[:MOST_IMPLICATIONS]), untested, max(len(tests) - MOST_IMPLICATIONS, 0))


def _separated(
    graph: CausalGraph, unrolled: Unrolled, child: str, other: Cause, given: tuple[Cause, ...], span: int
) -> bool:
    """Whether no path is open, given the parents and that all these values are in the record."""
    partly = {node.name for node in graph.nodes if node.missing_because}
    present = [At(PRESENT + c.name, -c.lag) for c in (Cause(child, 0), other, *given) if c.name in partly]
    selected = [At(name, -step) for name in graph.selected_on for step in range(span + 1)]
    fixed = [At(c.name, -c.lag) for c in given] + present + selected
    mask = sum(1 << number for number in {unrolled.number(at) for at in fixed})
    start, end = unrolled.number(At(child, 0)), unrolled.number(At(other.name, -other.lag))
    return open_path(unrolled, start, end, mask) is None
