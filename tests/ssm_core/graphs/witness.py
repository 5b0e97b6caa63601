"""Witness of non-identification: two binary models of the graph with one observed law and two effects."""

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from schemas.graph import CausalGraph
from ssm_core.graphs.bits import members
from ssm_core.graphs.projected.admg import Admg, project
from ssm_core.graphs.projected.algorithm import Hedge, identify_query
from ssm_core.graphs.unrolled import At, Unrolled, causes_of, recorded, unroll
from tests.ssm_core.graphs.binary import effect, law

MOST_NUMBERS = 24
"""Parameters up to which positive models are sought numerically; beyond, parity models are written down."""


MOST_PAIRED = 4


class Pair(NamedTuple):
    """Two models over a part of the unrolled graph; every other node is a fair coin in both."""

    laws: tuple[np.ndarray, np.ndarray]
    effects: tuple[np.ndarray, np.ndarray]


def two_models(graph: CausalGraph, treatment: str, outcome: str, lag: int, slices: int) -> Pair | None:
    """Search in the smallest part of the unrolled graph that the algorithm refuses; the result speaks for itself.

    Leaving edges out only restricts the models, so a pair for the part is a pair for the whole. From random parameters
    one moves along the directions that keep the observed law, then returns to it exactly by Gauss-Newton steps.
    """
    unrolled = unroll(graph, slices, causes_of(graph, frozenset({outcome})))
    x, y = unrolled.number(At(treatment, -lag)), unrolled.number(At(outcome, 0))
    part = _smallest_part(unrolled, recorded(graph, unrolled, slices), x, y)
    canonical, seen = _canonical(project(part, recorded(graph, unrolled, slices), part.ancestors(1 << y)))
    x, y = canonical.number(At(treatment, -lag)), canonical.number(At(outcome, 0))
    part = _smallest_part(canonical, sum(1 << n for n in seen), x, y)
    small, numbers = _relabelled(part, part.ancestors(1 << y))
    seen = [i for i, n in enumerate(numbers) if n in seen]
    ends = numbers.index(x), numbers.index(y)
    if sum(2 ** parents.bit_count() for parents in small.parents) <= MOST_NUMBERS:
        for seed in range(5):
            pair = _pair(small, seen, *ends, np.random.default_rng(seed))
            if pair is not None:
                return pair
    return _parity_pair(small, seen, *ends)


def _smallest_part(unrolled: Unrolled, inside: int, x: int, y: int) -> Unrolled:
    """Take edges away, oldest first, as long as the query stays refused."""
    part = unrolled
    for target in range(len(unrolled.nodes)):
        for source in members(unrolled.parents[target]):
            fewer = part.without_edges(1 << source, 1 << target)
            if _refused(fewer, inside, x, y):
                part = fewer
    return part


def _canonical(admg: Admg) -> tuple[Unrolled, list[int]]:
    """Hidden coins in place of hidden nodes: one for every two nodes of a clique (for neighbours only, if it is large).

    A model of this is a model of the unrolled graph whose hidden nodes carry several coins; recorded nodes stay binary.
    """
    cliques = [list(members(clique)) for clique in admg.cliques]
    pairs = {pair for c in cliques for pair in (combinations(c, 2) if len(c) <= MOST_PAIRED else pairwise(c))}
    coins = sorted(pairs)
    shift = len(coins)
    nodes = (*(At(f"coin {i}", 0) for i in range(shift)), *admg.nodes)
    heard = [sum(1 << i for i, pair in enumerate(coins) if number in pair) for number in range(len(admg.nodes))]
    parents = [p << shift | h for p, h in zip(admg.parents, heard, strict=True)]
    return Unrolled(nodes, (*(0 for _ in coins), *parents)), list(range(shift, len(nodes)))


def _refused(unrolled: Unrolled, inside: int, x: int, y: int) -> bool:
    upstream = unrolled.ancestors(1 << y)
    if not upstream >> x & 1:
        return False
    admg = project(unrolled, inside, upstream)
    return isinstance(identify_query(admg, 1 << admg.number(unrolled.nodes[x]), len(admg.nodes) - 1), Hedge)


def _relabelled(unrolled: Unrolled, kept: int) -> tuple[Unrolled, list[int]]:
    numbers = list(members(kept))
    parents = [sum(1 << numbers.index(p) for p in members(unrolled.parents[n])) for n in numbers]
    return Unrolled(tuple(unrolled.nodes[n] for n in numbers), tuple(parents)), numbers


def _pair(part: Unrolled, seen: list[int], x: int, y: int, rng: np.random.Generator) -> Pair | None:
    sizes = [2 ** parents.bit_count() for parents in part.parents]

    def model(theta: np.ndarray) -> list[np.ndarray]:
        pieces = np.split(1 / (1 + np.exp(-theta)), np.cumsum(sizes)[:-1])
        return [piece.reshape((2,) * p.bit_count()) for piece, p in zip(pieces, part.parents, strict=True)]

    def observed(theta: np.ndarray) -> np.ndarray:
        return law(part, model(theta), seen).ravel()

    def slope(function, theta: np.ndarray) -> np.ndarray:
        return np.stack(
            [(function(theta + 1e-5 * e) - function(theta - 1e-5 * e)) / 2e-5 for e in np.eye(theta.size)], -1
        )

    start = rng.normal(0, 1.5, sum(sizes))
    target, wanted = observed(start), effect(part, model(start), x, y)
    _, values, directions = np.linalg.svd(slope(observed, start))
    free = directions[(values > 1e-6).sum() :]
    along = free.T @ (free @ slope(lambda t: effect(part, model(t), x, y)[1], start)[1])
    if np.linalg.norm(along) < 1e-4:
        return None
    theta = start + along / np.linalg.norm(along)
    for _ in range(60):
        gap = observed(theta) - target
        if np.abs(gap).max() < 1e-13:
            break
        theta = theta - np.linalg.lstsq(slope(observed, theta), gap, rcond=1e-7)[0]
    laws = (target, observed(theta))
    effects = (wanted, effect(part, model(theta), x, y))
    close = np.abs(laws[0] - laws[1]).max() < 1e-12
    return Pair(laws, effects) if close and np.abs(effects[0] - effects[1]).max() > 1e-3 else None


def _parity_pair(part: Unrolled, seen: list[int], x: int, y: int) -> Pair | None:
    """In both models every node is the parity of its causes and a node without causes is a fair coin; in the second one
    the inner c-component of the hedge does not listen to the rest of the outer one, nor to what also reaches that.

    Source: Shpitser & Pearl (2006), theorem 4.
    """
    mask = sum(1 << node for node in seen)
    admg = project(part, mask, part.ancestors(1 << y))
    hedge = identify_query(admg, 1 << admg.number(part.nodes[x]), len(admg.nodes) - 1)
    inner, outer = (sum(1 << seen[i] for i in members(nodes)) for nodes in hedge)
    reach = [0] * len(part.nodes)
    for node in reversed(range(len(part.nodes))):
        for parent in members(part.parents[node] & ~mask):
            reach[parent] |= 1 << node if mask >> node & 1 else reach[node]
    deaf_to = sum(1 << n for n in range(len(part.nodes)) if (1 << n if mask >> n & 1 else reach[n]) & outer & ~inner)

    def model(deaf: int) -> list[np.ndarray]:
        return [_parity(p, p & ~deaf if inner >> n & 1 else p) for n, p in enumerate(part.parents)]

    laws = [law(part, model(deaf), seen) for deaf in (0, deaf_to)]
    effects = [effect(part, model(deaf), x, y) for deaf in (0, deaf_to)]
    close = np.abs(laws[0] - laws[1]).max() < 1e-12
    return Pair(tuple(laws), tuple(effects)) if close and np.abs(effects[0] - effects[1]).max() > 1e-3 else None


def _parity(parents: int, heard: int) -> np.ndarray:
    if not parents:
        return np.array(0.5)
    axes = np.indices((2,) * parents.bit_count())
    return sum((axes[i] for i, p in enumerate(members(parents)) if heard >> p & 1), np.zeros(axes.shape[1:])) % 2.0
