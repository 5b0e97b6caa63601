"""Sum over all acyclic choices of causes among a few nodes, exactly, with positive terms only."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.graphs.bits import members

type Table = Float[np.ndarray, " subset"]


class Sum(NamedTuple):
    """Weights summed over acyclic graphs.

    Attributes:
        log_total: log of the sum; -inf where no acyclic graph has weight.
        probabilities: of each node's sets of causes, by their bits.
    """

    log_total: float
    probabilities: tuple[Table, ...]


def sum_over_graphs(weights: Sequence[Table]) -> Sum:
    """`Z = sum over acyclic G of prod_j w_j(causes of j in G)` and `p(causes of j = P)`.

    An acyclic graph is a sequence of layers: roots first, every later node right after its latest cause. With U the
    nodes placed, R those placed last, `g_j(U, R)` the sum of `w_j(P)` over P within U that meet R:
    `a(U + N, N) += a(U, R) prod_{j in N} g_j(U, R)` from `a(R, R) = prod_{j in R} w_j(none)`, and the same backwards.
    4^n terms for n nodes, none of them negative, so that nothing cancels.

    Args:
        weights: log weight of every set of causes of each node, by the bits of the set; -inf is impossible.

    Source: Kuipers & Moffa (2017), partitions of acyclic graphs into layers.
    """
    nodes = len(weights)
    everything = (1 << nodes) - 1
    with_one = [[_subset_sums(_containing(w, r)) for r in range(nodes)] for w in weights]
    forward = np.full((everything + 1, everything + 1), -np.inf)
    for roots in range(1, everything + 1):
        forward[roots, roots] = sum(weights[j][0] for j in members(roots))
    pairs = [(u, r) for u in range(1, everything + 1) for r in _within(u) if r]
    reach = {pair: [_meeting(with_one[j], *pair) for j in range(nodes)] for pair in pairs}
    for u, r in pairs:
        if forward[u, r] > -np.inf:
            following, log_g = _following(everything & ~u, reach[u, r])
            cell = u | following, following
            forward[cell] = np.logaddexp(forward[cell], forward[u, r] + log_g)
    backward = np.full_like(forward, -np.inf)
    backward[everything] = 0.0
    log_total = float(np.logaddexp.reduce(forward[everything, 1:]))
    out = [np.full(everything + 1, -np.inf) for _ in weights]
    if log_total == -np.inf:
        return Sum(log_total, tuple(np.exp(table) for table in out))
    for u, r in reversed(pairs):
        if u == everything or forward[u, r] == -np.inf:
            continue
        following, log_g = _following(everything & ~u, reach[u, r])
        ahead = log_g + backward[u | following, following]
        backward[u, r] = np.logaddexp.reduce(ahead)
        _add(out, weights, (u, r), forward[u, r] - log_total + ahead, following, reach[u, r])
    for roots in range(1, everything + 1):
        for j in members(roots):
            out[j][0] = np.logaddexp(out[j][0], forward[roots, roots] + backward[roots, roots] - log_total)
    return Sum(log_total, tuple(np.exp(table) for table in out))


def _add(
    out: list[Table],
    weights: Sequence[Table],
    state: tuple[int, int],
    log_mass: Table,
    following: np.ndarray,
    log_g: Sequence[float],
) -> None:
    """Share out the probability that a node comes right after (U, R) among its sets of causes that put it there."""
    within, meets = state
    inside = [subset for subset in _within(within) if subset & meets]
    for j, whole in enumerate(log_g):
        if not within >> j & 1 and whole > -np.inf:
            mass = np.logaddexp.reduce(log_mass[following >> j & 1 == 1])
            out[j][inside] = np.logaddexp(out[j][inside], weights[j][inside] + mass - whole)


def _within(mask: int) -> Iterator[int]:
    """All subsets, the empty one last."""
    subset = mask
    while subset:
        yield subset
        subset = (subset - 1) & mask
    yield 0


def _containing(weights: Table, node: int) -> Table:
    return np.where(np.arange(len(weights)) >> node & 1 == 1, weights, -np.inf)


def _subset_sums(weights: Table) -> Table:
    """Log of the sum of weights over all subsets of each set."""
    out = weights.copy()
    index = np.arange(len(out))
    for bit in range(len(out).bit_length() - 1):
        upper = index[index >> bit & 1 == 1]
        out[upper] = np.logaddexp(out[upper], out[upper ^ (1 << bit)])
    return out


def _meeting(with_one: Sequence[Table], within: int, meets: int) -> float:
    """Log of the summed weights of the sets within one set that meet another, split by the first member they share."""
    total = -np.inf
    for node in members(meets):
        total = np.logaddexp(total, with_one[node][within])
        within &= ~(1 << node)
    return float(total)


def _following(left: int, log_g: Sequence[float]) -> tuple[np.ndarray, Table]:
    """Non-empty subsets of the nodes that are left, with the summed log weights of their members."""
    masks, sums = np.zeros(1, dtype=int), np.zeros(1)
    for node in members(left):
        masks = np.concatenate([masks, masks | 1 << node])
        sums = np.concatenate([sums, sums + log_g[node]])
    return masks[1:], sums[1:]
