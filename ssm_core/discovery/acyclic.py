"""Combinations of one option per node in falling order of weight, without cycles within a step."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np


class Option(NamedTuple):
    """One choice for a node: its log weight, and the nodes of the same step that it makes causes."""

    log_weight: float
    same_step: frozenset[int]


class Chosen(NamedTuple):
    """One option per node, as positions in its list, and the log of the product of weights."""

    log_weight: float
    options: tuple[int, ...]


class Search(NamedTuple):
    """What was found.

    Attributes:
        found: heaviest first.
        log_unseen: log of an upper bound on the weight of all combinations that were not reached; -inf where none is.
    """

    found: tuple[Chosen, ...]
    log_unseen: float


def heaviest(options: Sequence[Sequence[Option]], most: int, steps: int) -> Search:
    """The heaviest acyclic combinations, by best-first search with the sum of the best of what is left as bound.

    Every combination not reached weighs at most as much as the head of the queue, and there are at most as many of
    them as the product of the numbers of options: `unseen <= head * prod_i n_i`.

    Args:
        options: of each node, heaviest first; `same_step` counts nodes in this list's order.
        most: combinations after which the search stops.
        steps: items taken from the queue after which it stops.

    Source: A* search with an admissible bound; Lawler (1972) for successors one at a time.
    """
    best = [lists[0].log_weight for lists in options]
    rest = np.concatenate([np.cumsum(best[::-1])[::-1], [0.0]]) if best else np.zeros(1)
    queue: list[tuple[float, tuple[int, ...], float]] = []
    found: list[Chosen] = []

    def put(taken: tuple[int, ...], before: float) -> None:
        last = len(taken) - 1
        total = before + options[last][taken[-1]].log_weight
        if total > -np.inf:
            heappush(queue, (-(total + float(rest[last + 1])), taken, before))

    if not options:
        return Search((Chosen(0.0, ()),), -np.inf)
    put((0,), 0.0)
    while queue and len(found) < most and steps > 0:
        steps -= 1
        _, taken, before = heappop(queue)
        last = len(taken) - 1
        if taken[-1] + 1 < len(options[last]):
            put((*taken[:-1], taken[-1] + 1), before)
        if not _acyclic([options[i][k].same_step for i, k in enumerate(taken)]):
            continue
        total = before + options[last][taken[-1]].log_weight
        if len(taken) == len(options):
            found.append(Chosen(total, taken))
        else:
            put((*taken, 0), total)
    many = float(sum(np.log(len(lists)) for lists in options))
    return Search(tuple(found), -queue[0][0] + many if queue else -np.inf)


def _acyclic(causes: Sequence[frozenset[int]]) -> bool:
    """Whether the first nodes, with these causes, have no cycle among themselves."""
    left = {node: {c for c in of if c < len(causes)} for node, of in enumerate(causes)}
    while left:
        free = [node for node, of in left.items() if not of & left.keys()]
        if not free:
            return False
        for node in free:
            del left[node]
    return True
