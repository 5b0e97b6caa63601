"""Open paths of an unrolled graph, hidden nodes included."""

from collections import deque

from ssm_core.graphs.bits import members
from ssm_core.graphs.unrolled import Unrolled


def open_path(unrolled: Unrolled, start: int, end: int, given: int, banned: int = 0) -> list[int] | None:
    """A shortest path that is open given `given`; None when there is none.

    A path is open when its colliders have a descendant in `given` (or are in it) and no other node of it is in `given`.

    Args:
        unrolled: the graph, hidden nodes included.
        start: node the path begins at.
        end: node it ends at.
        given: nodes that are held fixed.
        banned: nodes that the path must not pass.

    Returns:
        the nodes from start to end; a collider that opens through a descendant appears without the detour.
    """
    children = _children(unrolled)
    opened = unrolled.ancestors(given) if given else 0
    came_from: dict[tuple[int, bool], tuple[int, bool] | None] = {(start, True): None}
    waiting = deque(came_from)
    while waiting:
        node, upward = state = waiting.popleft()
        if node == end:
            return _trail(came_from, state)
        fixed = given >> node & 1
        to_causes = unrolled.parents[node] if (upward and not fixed) or (not upward and opened >> node & 1) else 0
        to_effects = 0 if fixed else children[node]
        for mask, direction in ((to_causes, True), (to_effects, False)):
            for following in members(mask & ~banned):
                if (following, direction) not in came_from:
                    came_from[following, direction] = state
                    waiting.append((following, direction))
    return None


def _trail(came_from: dict[tuple[int, bool], tuple[int, bool] | None], end: tuple[int, bool]) -> list[int]:
    trail, state = [], end
    while state is not None:
        trail.append(state[0])
        state = came_from[state]
    return trail[::-1]


def _children(unrolled: Unrolled) -> list[int]:
    children = [0] * len(unrolled.nodes)
    for number, parents in enumerate(unrolled.parents):
        for parent in members(parents):
            children[parent] |= 1 << number
    return children
