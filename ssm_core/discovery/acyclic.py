"""Combinations of one option per node in falling order of weight, without cycles within a step."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np


class Option(NamedTuple):
    """One choice for a node: its log weight, and the nodes of the same step that it makes causes, as bits."""

    log_weight: float
    causes: int


class Chosen(NamedTuple):
    """One option per node, as positions in its list, and the log of the product of weights."""

    log_weight: float
    options: tuple[int, ...]


class Partial(NamedTuple):
    """Options of the first nodes, and what every node reaches by them, itself included, as bits."""

    options: tuple[int, ...]
    log_weight: float
    reached: tuple[int, ...]


class Search(NamedTuple):
    """What was found.

    Attributes:
        found: heaviest first.
        left: partial choices that every combination not found begins with.
    """

    found: tuple[Chosen, ...]
    left: tuple[Partial, ...]


def heaviest(options: Sequence[Sequence[Option]], most: int, steps: int) -> Search:
    """The heaviest acyclic combinations, node by node, best first.

    A partial choice is worth at most its own weight times, for each node left, the heaviest option that makes no cycle
    with what is chosen.

    Args:
        options: of each node, heaviest first; causes count nodes in this list's order.
        most: combinations after which the search stops.
        steps: items taken from the queue after which it stops.

    Source: A* search with an admissible bound.
    """
    nothing = Partial((), 0.0, tuple(1 << node for node in range(len(options))))
    queue: list[tuple[float, Partial]] = [(0.0, nothing)]
    found: list[Chosen] = []
    while queue and len(found) < most and steps > 0:
        steps -= 1
        _, partial = heappop(queue)
        if len(partial.options) == len(options):
            found.append(Chosen(partial.log_weight, partial.options))
            continue
        for longer in _longer(partial, options[len(partial.options)]):
            rest = [_first(options[i], longer.reached[i]) for i in range(len(longer.options), len(options))]
            bound = longer.log_weight + sum(rest)
            if bound > -np.inf:
                heappush(queue, (-bound, longer))
    return Search(tuple(found), tuple(partial for _, partial in queue))


def log_unseen(options: Sequence[Sequence[Option]], search: Search) -> float:
    """Log of an upper bound on the weight of all combinations that were not found; -inf where none is left.

    The sum over partial choices of their weight times, for each node left, the sum of the options that make no cycle
    with what is chosen.
    """
    totals = []
    for partial in search.left:
        rest = [
            np.logaddexp.reduce([o.log_weight for o in options[i] if not o.causes & partial.reached[i]])
            for i in range(len(partial.options), len(options))
        ]
        totals.append(partial.log_weight + float(sum(rest)))
    return float(np.logaddexp.reduce(totals)) if totals else -np.inf


def _longer(partial: Partial, options: Sequence[Option]) -> Iterator[Partial]:
    """One node more, with each option that makes no cycle."""
    node = len(partial.options)
    for place, option in enumerate(options):
        if not option.causes & partial.reached[node]:
            after = tuple(r | partial.reached[node] if r & option.causes else r for r in partial.reached)
            yield Partial((*partial.options, place), partial.log_weight + option.log_weight, after)


def _first(options: Sequence[Option], reached: int) -> float:
    return next((option.log_weight for option in options if not option.causes & reached), -np.inf)


def best_products(lists: Sequence[Sequence[float]], most: int) -> list[Chosen]:
    """The heaviest combinations of independent choices, heaviest first.

    Args:
        lists: log weights of each choice's options, heaviest first.
        most: how many.

    Source: Lawler (1972): every combination follows from a heavier one by one step down one list.
    """
    start = (0,) * len(lists)
    queue = [(-sum(of[0] for of in lists), start)]
    seen = {start}
    found: list[Chosen] = []
    while queue and len(found) < most:
        minus, taken = heappop(queue)
        found.append(Chosen(-minus, taken))
        for place, position in enumerate(taken):
            following = (*taken[:place], position + 1, *taken[place + 1 :])
            if position + 1 < len(lists[place]) and following not in seen:
                seen.add(following)
                heappush(queue, (-sum(of[i] for of, i in zip(lists, following, strict=True)), following))
    return found
