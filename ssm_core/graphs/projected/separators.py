"""Minimal vertex separators of an undirected graph, smallest first."""

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count

from ssm_core.graphs.bits import members

SOURCE, SINK = -1, -2
MOST_CUTS = 600
"""Minimum cuts that are computed at most; what is left unexplored then is reported."""


class Unfinished(Exception):  # noqa: N818 - no error: the search stopped at its limit
    """More separators may exist."""


def smallest_separators(adjacent: Sequence[int], a: int, b: int) -> Iterator[int]:
    """Inclusion-minimal sets whose removal parts `a` from `b`, in order of size.

    The separators are split by the component of `a` that they leave: it must hold the nodes `inside` and none of
    `outside`. Each part's smallest member is a minimum cut (Lawler's scheme); the component nearest to `a` is taken,
    the rest of the part is split again.

    Args:
        adjacent: neighbours of each node, as bits.
        a: node on one side, not adjacent to b.
        b: node on the other.

    Raises:
        Unfinished: `MOST_CUTS` minimum cuts did not exhaust the separators.

    Source: Lawler (1972) for the scheme; Takata (2010) for the split by components.
    """
    tie, cuts = count(), 0
    queue: list[tuple[int, int, int, int, int, int]] = []

    def consider(inside: int, outside: int) -> None:
        nonlocal cuts
        cuts += 1
        found = nearest_cut(adjacent, inside, b, outside)
        if found is not None:
            cut, side = found
            heapq.heappush(queue, (cut.bit_count(), next(tie), cut, side, inside, outside))

    consider(1 << a, 0)
    while queue:
        _, _, cut, side, inside, outside = heapq.heappop(queue)
        if is_minimal(adjacent, a, b, cut):
            yield cut
        if cuts > MOST_CUTS:
            raise Unfinished
        for node in members(side & ~inside):
            consider(inside, outside | 1 << node)
            inside |= 1 << node
        for node in members(cut & ~outside):
            consider(inside | 1 << node, outside)
            outside |= 1 << node


def is_minimal(adjacent: Sequence[int], a: int, b: int, cut: int) -> bool:
    """Whether every node of the cut touches both the component of `a` and that of `b`."""
    near, far = _component(adjacent, a, cut), _component(adjacent, b, cut)
    return all(adjacent[node] & near and adjacent[node] & far for node in members(cut))


def _component(adjacent: Sequence[int], start: int, cut: int) -> int:
    found = pending = 1 << start
    while pending:
        node = pending.bit_length() - 1
        new = adjacent[node] & ~cut & ~found
        found |= new
        pending = (pending ^ (1 << node)) | new
    return found


def nearest_cut(adjacent: Sequence[int], inside: int, b: int, outside: int) -> tuple[int, int] | None:
    """The smallest cut nearest to `inside` that keeps `inside` on this side and `outside` off it.

    Returns:
        the cut and this side of it; None when `inside` touches b or there is no such cut.
    """
    target = adjacent[b] | outside
    if inside & (target | 1 << b):
        return None
    carries: dict[int, set[int]] = {}
    while True:
        seen, ended = _search(adjacent, inside, b, target, carries)
        if ended is None:
            break
        _augment(carries, seen, ended)
    entered = sum(1 << (state >> 1) for state in seen if state >= 0 and not state & 1)
    left = sum(1 << (state >> 1) for state in seen if state >= 0 and state & 1)
    return entered & ~left, inside | left


def _search(
    adjacent: Sequence[int], inside: int, b: int, target: int, carries: dict[int, set[int]]
) -> tuple[dict[int, int | None], int | None]:
    """Breadth first in the residual network; a node v is split into 2v (in) and 2v+1 (out) with capacity one between.

    Args:
        adjacent: neighbours of each node.
        inside: nodes merged into the source.
        b: the sink.
        target: nodes from which the sink is reached.
        carries: for each state the states that send flow to it.

    Returns:
        where each reached state was reached from, and the last state before the sink (None when it is not reached).
    """
    seen: dict[int, int | None] = {SOURCE: None}
    waiting = deque([SOURCE])
    blocked = inside | 1 << b
    while waiting:
        state = waiting.popleft()
        onward = list(carries.get(state, ()))
        if state == SOURCE:
            around = 0
            for node in members(inside):
                around |= adjacent[node]
            onward += [2 * node for node in members(around & ~blocked)]
        elif state & 1:
            if target >> (state >> 1) & 1:
                return seen, state
            onward += [2 * node for node in members(adjacent[state >> 1] & ~blocked)]
        elif state not in carries.get(state + 1, ()):
            onward.append(state + 1)
        for following in onward:
            if following not in seen:
                seen[following] = state
                waiting.append(following)
    return seen, None


def _augment(carries: dict[int, set[int]], seen: dict[int, int | None], ended: int) -> None:
    following, state = SINK, ended
    while True:
        if following in carries.get(state, ()):
            carries[state].discard(following)
        else:
            carries.setdefault(following, set()).add(state)
        before = seen[state]
        if before is None:
            return
        following, state = state, before
