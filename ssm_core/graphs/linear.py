"""Would a stationary linear-Gaussian model of the graph pin the effect down where the graph alone does not?"""

import random
from typing import NamedTuple

from schemas.graph import CausalGraph
from ssm_core.graphs.unrolled import causal_order, edges_with_memory

PRIME = 2**61 - 1
MOST_PARAMETERS = 200
"""Above this the question is not examined."""
SATURATED = 2
"""Frequencies in a row that add nothing before the rank is taken as final."""

type Rows = list[list[int]]


class _Point(NamedTuple):
    """A linear model at random parameters: edges with coefficients, variances, and order of the nodes."""

    names: tuple[str, ...]
    edges: list[tuple[int, int, int]]
    coefficients: list[int]
    noise: list[int]
    observed: list[int]
    free_noise: list[int]


def locally_identified(graph: CausalGraph, treatment: str, outcome: str, lag: int) -> bool | None:
    """Whether the effect is a function of the autocovariances, locally and for almost all parameters.

    Model: `x_t = sum_l B_l x_{t-l} + e_t`, independent e with constant variances (one for hidden nodes, which have no
    scale of their own). The spectrum `S(z) = C(z) D C(1/z)'`, `C(z) = (I - sum_l B_l z^l)^{-1}`, of the observed nodes
    holds all autocovariances. The effect `[z^lag] C(z)[outcome, treatment]` is locally identified if and only if its
    gradient lies in the row space of the Jacobian of S over all z. Both are rational in the parameters, so the
    generic rank is taken exactly, at one random point of a finite field and at random z until the rank stands still.

    Args:
        graph: acyclic within a step.
        treatment: node that is set.
        outcome: node that is asked about.
        lag: steps between them.

    Returns:
        None when the model has more than `MOST_PARAMETERS` parameters and was not examined.

    Source: Rothenberg (1971), theorem 1, for local identification by rank; Schwartz (1980) for random evaluation.
    """
    draw = random.Random(20240229)
    point = _point(graph, draw)
    width = len(point.edges) + len(point.free_noise)
    if width > MOST_PARAMETERS:
        return None
    basis: dict[int, list[int]] = {}
    still = 0
    while still < SATURATED and len(basis) < width:
        before = len(basis)
        for row in _jacobian(point, draw.randrange(2, PRIME)):
            _reduce(basis, row)
        still = still + 1 if len(basis) == before else 0
    return not any(_remainder(basis, _gradient(point, treatment, outcome, lag)))


def _point(graph: CausalGraph, draw: random.Random) -> _Point:
    names = causal_order(graph)
    place = {name: number for number, name in enumerate(names)}
    edges = [(place[source], place[target], lag) for source, target, lag in edges_with_memory(graph)]
    observed = [place[node.name] for node in graph.nodes if node.observed]
    noise = [draw.randrange(1, PRIME) if number in observed else 1 for number in range(len(names))]
    coefficients = [draw.randrange(1, PRIME) for _ in edges]
    return _Point(names, edges, coefficients, noise, sorted(observed), sorted(observed))


def _transfer(point: _Point, z: int) -> Rows:
    """`(I - B(z))^{-1}` modulo the prime."""
    size = len(point.names)
    matrix = [[int(i == j) for j in range(size)] for i in range(size)]
    for (source, target, lag), coefficient in zip(point.edges, point.coefficients, strict=True):
        matrix[target][source] = (matrix[target][source] - coefficient * pow(z, lag, PRIME)) % PRIME
    return _inverse(matrix)


def _inverse(matrix: Rows) -> Rows:
    size = len(matrix)
    rows = [[*row, *(int(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = next(i for i in range(column, size) if rows[i][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = pow(rows[column][column], -1, PRIME)
        rows[column] = [value * scale % PRIME for value in rows[column]]
        for i in range(size):
            if i != column and rows[i][column]:
                factor = rows[i][column]
                rows[i] = [(a - factor * b) % PRIME for a, b in zip(rows[i], rows[column], strict=True)]
    return [row[size:] for row in rows]


def _jacobian(point: _Point, z: int) -> Rows:
    """One row per ordered pair of observed nodes: derivatives of `S(z)` by coefficients, then by variances."""
    back = pow(z, -1, PRIME)
    there, here = _transfer(point, z), _transfer(point, back)
    size = range(len(point.names))
    spectrum = [
        [sum(there[a][k] * point.noise[k] % PRIME * here[b][k] for k in size) % PRIME for b in size] for a in size
    ]
    powers = [(pow(z, lag, PRIME), pow(back, lag, PRIME)) for _, _, lag in point.edges]
    rows = []
    for a in point.observed:
        for b in point.observed:
            row = [
                (up * there[a][j] % PRIME * spectrum[i][b] + down * spectrum[a][i] % PRIME * here[b][j]) % PRIME
                for (i, j, _), (up, down) in zip(point.edges, powers, strict=True)
            ]
            rows.append([*row, *(there[a][k] * here[b][k] % PRIME for k in point.free_noise)])
    return rows


def _gradient(point: _Point, treatment: str, outcome: str, lag: int) -> list[int]:
    """Derivatives of the effect: paths to the edge, times paths from it, over all ways to spend the lag."""
    x, y = point.names.index(treatment), point.names.index(outcome)
    forward = _paths(point, x, lag, reverse=False)
    backward = _paths(point, y, lag, reverse=True)
    row = []
    for source, target, own in point.edges:
        ways = range(lag - own + 1)
        row.append(sum(forward[k][source] * backward[lag - own - k][target] for k in ways) % PRIME)
    return [*row, *(0 for _ in point.free_noise)]


def _paths(point: _Point, start: int, longest: int, *, reverse: bool) -> Rows:
    """Sum over directed paths of k steps of the product of coefficients, from (or, reversed, to) `start`."""
    size = len(point.names)
    order = range(size - 1, -1, -1) if reverse else range(size)
    steps: Rows = []
    for k in range(longest + 1):
        steps.append([int(k == 0 and node == start) for node in range(size)])
        for node in order:
            for (source, target, lag), coefficient in zip(point.edges, point.coefficients, strict=True):
                this, other = (source, target) if reverse else (target, source)
                if this == node and lag <= k:
                    steps[k][node] = (steps[k][node] + coefficient * steps[k - lag][other]) % PRIME
    return steps


def _remainder(basis: dict[int, list[int]], row: list[int]) -> list[int]:
    for lead, base in basis.items():
        if row[lead]:
            factor = row[lead]
            row = [(a - factor * b) % PRIME for a, b in zip(row, base, strict=True)]
    return row


def _reduce(basis: dict[int, list[int]], row: list[int]) -> None:
    """Add a row to an echelon basis, each row led by a one."""
    row = _remainder(basis, row)
    lead = next((column for column, value in enumerate(row) if value), None)
    if lead is not None:
        scale = pow(row[lead], -1, PRIME)
        basis[lead] = [value * scale % PRIME for value in row]
