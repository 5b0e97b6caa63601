"""Minimal vertex separators of an undirected graph, smallest first."""

import heapq
from collections.abc import Iterator, Sequence
from itertools import count

from ssm_core.graphs.bits import members
from ssm_core.graphs.projected.cuts import component, nearest_cut, neighbours

MOST_LISTED = 3000
"""Separators up to which all of them are listed and sorted; beyond, they are sought in order of size."""
MOST_CUTS = 600
"""Minimum cuts that this search computes at most."""


class Unfinished(Exception):  # noqa: N818 - no error: the search stopped at its limit
    """More separators may exist."""


def smallest_separators(adjacent: Sequence[int], a: int, b: int, most: int) -> tuple[list[int], bool]:
    """Up to `most` inclusion-minimal sets whose removal parts `a` from `b`, smallest first, and whether there are more.

    Args:
        adjacent: neighbours of each node, as bits.
        a: node on one side, not adjacent to b.
        b: node on the other.
        most: how many are wanted.
    """
    listed = []
    for cut in all_separators(adjacent, a, b):
        listed.append(cut)
        if len(listed) > MOST_LISTED:
            break
    else:
        return sorted(listed, key=int.bit_count)[:most], len(listed) > most
    found: list[int] = []
    try:
        for cut in separators_by_size(adjacent, a, b):
            found.append(cut)
            if len(found) == most:
                return found, True
    except Unfinished:
        found = list(dict.fromkeys([*found, *sorted(listed, key=int.bit_count)]))
    return sorted(found, key=int.bit_count)[:most], True


def all_separators(adjacent: Sequence[int], a: int, b: int) -> Iterator[int]:
    """All minimal separators of `a` and `b`, each reached from the one nearest to `a` by pushing it past a member.

    From a separator S with component C of a, and x in S, the next is the neighbourhood of what still reaches b when C,
    x and their neighbours are gone. Those with few members come early.

    Source: Shen & Liang (1997), theorem 3.
    """
    first = _pushed(adjacent, b, 1 << a)
    seen, queue = {first}, [(first.bit_count(), first)]
    while queue:
        _, cut = heapq.heappop(queue)
        yield cut
        near = component(adjacent, a, cut)
        for node in members(cut & ~adjacent[b]):
            following = _pushed(adjacent, b, near | 1 << node)
            if following not in seen:
                seen.add(following)
                heapq.heappush(queue, (following.bit_count(), following))


def _pushed(adjacent: Sequence[int], b: int, near: int) -> int:
    """The minimal separator nearest to `near`, a connected set that is not adjacent to b."""
    return neighbours(adjacent, component(adjacent, b, near | neighbours(adjacent, near)))


def separators_by_size(adjacent: Sequence[int], a: int, b: int) -> Iterator[int]:
    """Inclusion-minimal sets whose removal parts `a` from `b`, in order of size.

    The separators are split by the component of `a` that they leave: it holds the connected set `inside` and none of
    the neighbours `outside` of that set, which are then members of the separator. Each part's smallest member is a
    minimum cut (Lawler's scheme); the component nearest to `a` is taken, the rest of the part is split again. A part
    in which some member of the separator has no way to `b` is empty.

    Args:
        adjacent: neighbours of each node, as bits.
        a: node on one side, not adjacent to b.
        b: node on the other.

    Raises:
        Unfinished: `MOST_CUTS` minimum cuts did not exhaust the separators.

    Source: Lawler (1972) for the scheme; Takata (2010) for the split by connected components.
    """
    tie, cuts = count(), 0
    queue: list[tuple[int, int, int, int, int, int]] = []

    def consider(inside: int, outside: int) -> None:
        nonlocal cuts
        beyond = component(adjacent, b, inside | outside)
        if all(adjacent[node] & beyond for node in members(outside)):
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
        while grown := neighbours(adjacent, inside) & side:
            node = grown & -grown
            consider(inside, outside | node)
            inside |= node
        for number in members(neighbours(adjacent, inside) & ~outside & ~(1 << b)):
            consider(inside | 1 << number, outside)
            outside |= 1 << number


def is_minimal(adjacent: Sequence[int], a: int, b: int, cut: int) -> bool:
    """Whether every node of the cut touches both the component of `a` and that of `b`."""
    near, far = component(adjacent, a, cut), component(adjacent, b, cut)
    return all(adjacent[node] & near and adjacent[node] & far for node in members(cut))
