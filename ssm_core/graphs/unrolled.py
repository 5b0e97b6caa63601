"""A time-series causal graph unrolled over steps, with a hidden past before the first observed slice."""

import heapq
from typing import NamedTuple

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from ssm_core.graphs.bits import members

MOST_NODES = 30_000
"""Unrolled nodes beyond which the question is refused: the answer would take minutes."""


class At(NamedTuple):
    """A node at a step; step 0 is the outcome's, -1 the step before it."""

    name: str
    step: int

    def __str__(self) -> str:
        """`X[t]`, `X[t-1]`."""
        return f"{self.name}[t]" if self.step == 0 else f"{self.name}[t{self.step:+d}]"


class Unrolled(NamedTuple):
    """A directed acyclic graph whose nodes are numbered causes first.

    Attributes:
        nodes: name and step of each number.
        parents: direct causes of each, as bits.
    """

    nodes: tuple[At, ...]
    parents: tuple[int, ...]

    def number(self, at: At) -> int:
        """Where a node stands."""
        return self.nodes.index(at)

    def ancestors(self, of: int) -> int:
        """The nodes `of` and everything upstream of them."""
        found = pending = of
        while pending:
            last = pending.bit_length() - 1
            new = self.parents[last] & ~found
            found |= new
            pending = (pending ^ (1 << last)) | new
        return found

    def descendants(self, of: int) -> int:
        """The nodes `of` and everything downstream of them."""
        found = of
        for number in range((of & -of).bit_length(), len(self.nodes)):
            if self.parents[number] & found:
                found |= 1 << number
        return found

    def without_edges(self, sources: int, targets: int) -> "Unrolled":
        """The same nodes without the edges from `sources` to `targets`."""
        cut = [parents & ~sources if targets >> i & 1 else parents for i, parents in enumerate(self.parents)]
        return Unrolled(self.nodes, tuple(cut))


def longest_lag(graph: CausalGraph) -> int:
    """Longest lag of an edge; at least one, since memory has lag one."""
    return max([1, *(edge.lag for edge in graph.edges)])


def edges_with_memory(graph: CausalGraph) -> list[tuple[str, str, int]]:
    """All edges as (source, target, lag), the lag-1 self-edge of every node with memory included."""
    edges = {(edge.source, edge.target, edge.lag) for edge in graph.edges}
    edges |= {(node.name, node.name, 1) for node in graph.nodes if node.memory}
    return sorted(edges)


def window_of(graph: CausalGraph, lag: int) -> int:
    """`W = lag + 1 + (nodes + 1) * longest lag`: slices after which a "no" is final (METHODS: the window rule)."""
    return lag + 1 + (len(graph.nodes) + 1) * longest_lag(graph)


def unroll(graph: CausalGraph, slices: int, kept: frozenset[str] | None = None) -> Unrolled:
    """Nodes and edges over a window of `slices` steps and the past before it.

    The record starts in mid-stream: `(nodes + 1) * longest lag` slices before the window exist too.

    Args:
        graph: acyclic within a step.
        slices: of the longest window that will be looked at.
        kept: names that take part; a set that contains every cause of its members.

    Raises:
        StudyError: the unrolled graph is too large.
    """
    steps = range(-(slices - 1) - (len(graph.nodes) + 1) * longest_lag(graph), 1)
    count = len(graph.nodes) if kept is None else len(kept)
    if count * len(steps) > MOST_NODES:
        got = f"{count} of them over {len(steps)} steps"
        fix = "leave out nodes that do not matter, shorten the longest lag, or ask about a smaller --lag"
        raise StudyError(f"at most {MOST_NODES} nodes in unrolled time", got, f"graph '{graph.name}'", fix)
    names = [name for name in causal_order(graph) if kept is None or name in kept]
    rank = {name: position for position, name in enumerate(names)}
    causes: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for source, target, lag in edges_with_memory(graph):
        if source in rank and target in rank:
            causes[target].append((source, lag))
    nodes = tuple(At(name, step) for step in steps for name in names)
    parents = tuple(
        sum(
            1 << ((at.step - lag - steps[0]) * len(names) + rank[source])
            for source, lag in causes[at.name]
            if at.step - lag >= steps[0]
        )
        for at in nodes
    )
    return Unrolled(nodes, parents)


def recorded(graph: CausalGraph, unrolled: Unrolled, slices: int) -> int:
    """The nodes of observed kinds in the last `slices` steps; everything earlier is hidden."""
    seen = {node.name for node in graph.nodes if node.observed}
    return sum(1 << i for i, at in enumerate(unrolled.nodes) if at.step > -slices and at.name in seen)


def causes_of(graph: CausalGraph, names: frozenset[str]) -> frozenset[str]:
    """Names of everything upstream of `names` at any lag, themselves included."""
    direct: dict[str, set[str]] = {}
    for edge in graph.edges:
        direct.setdefault(edge.target, set()).add(edge.source)
    found, waiting = set(names), list(names)
    while waiting:
        new = direct.get(waiting.pop(), set()) - found
        found |= new
        waiting += sorted(new)
    return frozenset(found)


def causal_order(graph: CausalGraph) -> tuple[str, ...]:
    """Names such that causes within a step come first; otherwise as they are listed."""
    order, left = _by_level(graph)
    if left:
        raise ValueError(f"graph '{graph.name}' has a cycle within a step")
    return order


def instantaneous_cycle(graph: CausalGraph) -> list[str] | None:
    """Nodes of a cycle of lag-0 edges, each a cause of the next and the last of the first, or None."""
    _, left = _by_level(graph)
    if not left:
        return None
    trail = [min(left)]
    while trail[-1] not in trail[:-1]:
        trail.append(min(left[trail[-1]]))
    return trail[: trail.index(trail[-1]) : -1]


def _by_level(graph: CausalGraph) -> tuple[tuple[str, ...], dict[str, set[str]]]:
    """Names in causal order as far as there is one, and what is left with its causes that are left."""
    left: dict[str, set[str]] = {node.name: set() for node in graph.nodes}
    effects: dict[str, list[str]] = {name: [] for name in left}
    for edge in graph.edges:
        if edge.lag == 0:
            left[edge.target].add(edge.source)
            effects[edge.source].append(edge.target)
    order = [name for name, causes in left.items() if not causes]
    for name in order:
        del left[name]
        for effect in effects[name]:
            if name in left[effect]:
                left[effect].remove(name)
                if not left[effect]:
                    order.append(effect)
    return tuple(order), left


def smallest_lag(graph: CausalGraph, treatment: str, outcome: str) -> int | None:
    """Smallest total lag over directed paths from treatment to outcome; None without a path."""
    effects: dict[str, list[tuple[str, int]]] = {}
    for edge in graph.edges:
        effects.setdefault(edge.source, []).append((edge.target, edge.lag))
    queue, seen = [(0, treatment)], set[str]()
    while queue:
        total, name = heapq.heappop(queue)
        if name == outcome:
            return total
        if name not in seen:
            seen.add(name)
            for effect, lag in effects.get(name, ()):
                heapq.heappush(queue, (total + lag, effect))
    return None


def names_of(nodes: tuple[At, ...], mask: int) -> tuple[str, ...]:
    """Members as `X[t-1]`, latest first."""
    return tuple(
        str(at) for at in sorted((nodes[number] for number in members(mask)), key=lambda at: (-at.step, at.name))
    )


def reached_from(graph: CausalGraph, name: str) -> frozenset[str]:
    """The nodes that a change of one node can reach at any lag, itself included."""
    following: dict[str, set[str]] = {}
    for source, target, _ in edges_with_memory(graph):
        following.setdefault(source, set()).add(target)
    found, fresh = {name}, [name]
    while fresh:
        fresh = [target for source in fresh for target in sorted(following.get(source, ())) if target not in found]
        found |= set(fresh)
    return frozenset(found)
