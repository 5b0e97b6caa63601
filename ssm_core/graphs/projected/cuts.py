"""Minimum vertex cuts of an undirected graph whose nodes are bits."""

from collections import deque
from collections.abc import Sequence

from ssm_core.graphs.bits import members

SOURCE, SINK = -1, -2


def neighbours(adjacent: Sequence[int], nodes: int) -> int:
    """What touches the set from outside."""
    around = 0
    for node in members(nodes):
        around |= adjacent[node]
    return around & ~nodes


def component(adjacent: Sequence[int], start: int, cut: int) -> int:
    """The nodes that are connected to `start` once `cut` is gone."""
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
            onward += [2 * node for node in members(neighbours(adjacent, inside) & ~blocked)]
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
