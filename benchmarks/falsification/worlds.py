"""Random true graphs with linear mechanisms, autoregression up to 0.9, and records of them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import solve_discrete_lyapunov
from scipy.stats import norm

from schemas.graph import CausalGraph, Edge, Node
from ssm_core.discovery.lagged import Record
from ssm_core.graphs.unrolled import edges_with_memory

STEADY = 0.96
"""Largest modulus of an eigenvalue; worlds beyond are drawn again."""
LAGS = 2
BURN_IN = 300
STRONGEST = 0.9
INDEX_SD = 1.4
"""About the spread of the index behind a code; it only decides how many ones there are."""


class World(NamedTuple):
    """A graph and its coefficients; nodes stand in causal order, every innovation has variance one.

    Attributes:
        threshold: above which a node's index is coded 1 (NaN: the node is its index). A code acts as `2 code - 1`.
    """

    graph: CausalGraph
    B: Float[np.ndarray, "lag node node"]
    threshold: Float[np.ndarray, " node"] | None = None

    @property
    def observed(self) -> list[int]:
        """Positions of recorded nodes."""
        return [i for i, node in enumerate(self.graph.nodes) if node.observed]


class Kind(NamedTuple):
    """What is drawn.

    Attributes:
        hidden: `none`, `brief` (a common cause without memory), `lasting` (with memory).
        autoregression: of every node; None draws each from 0 to 0.9.
        missing: share of values that are lost at random.
        coded: how many recorded nodes are two-valued: 1 where their index is above a threshold, else 0.
        ones: about which share of a coded node's values is 1.
    """

    hidden: str = "none"
    autoregression: float | None = None
    missing: float = 0.0
    coded: int = 0
    ones: float = 0.5


def draw_world(kind: Kind, rng: np.random.Generator) -> World:
    """Three to five recorded nodes, each pair joined with probability 0.4, lags 0 to 2, feedback allowed."""
    while True:
        world = _draw(kind, rng)
        if radius(world.B) <= STEADY:
            return world


def _draw(kind: Kind, rng: np.random.Generator) -> World:
    names = [f"N{i}" for i in range(int(rng.integers(3, 6)))]
    edges: list[tuple[str, str, int]] = []
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if i != j and rng.random() < 0.2:
                edges.append((a, b, int(rng.integers(0 if i < j else 1, LAGS + 1))))
    nodes = [Node(name=name) for name in names]
    if kind.hidden != "none":
        nodes.insert(0, Node(name="U", observed=False, memory=kind.hidden == "lasting"))
        edges += [("U", str(name), 0) for name in rng.choice(names, size=2, replace=False)]
    graph = CausalGraph(nodes=tuple(nodes), edges=tuple(Edge(source=a, target=b, lag=lag) for a, b, lag in edges))
    place = {node.name: i for i, node in enumerate(nodes)}
    B = np.zeros((LAGS + 1, len(nodes), len(nodes)))
    for a, b, lag in edges_with_memory(graph):
        own = kind.autoregression if kind.autoregression is not None else rng.uniform(0, STRONGEST)
        B[lag, place[b], place[a]] = own if a == b else rng.uniform(0.2, 0.6) * rng.choice([-1, 1])
    if not kind.coded:
        return World(graph, B)
    threshold = np.full(len(nodes), np.nan)
    chosen = rng.choice([place[name] for name in names], size=kind.coded, replace=False)
    threshold[chosen] = INDEX_SD * norm.isf(kind.ones)
    return World(graph, B, threshold)


def reduced(B: Float[np.ndarray, "lag node node"]) -> tuple[Float[np.ndarray, "state state"], np.ndarray]:
    """Companion matrix and the matrix that innovations of the same step go through."""
    nodes = B.shape[1]
    now = np.linalg.inv(np.eye(nodes) - B[0])
    companion = np.eye((len(B) - 1) * nodes, k=-nodes)
    companion[:nodes] = np.concatenate([now @ b for b in B[1:]], axis=1)
    return companion, now


def radius(B: Float[np.ndarray, "lag node node"]) -> float:
    """Largest modulus of an eigenvalue of the dynamics."""
    return float(np.abs(np.linalg.eigvals(reduced(B)[0])).max())


def record_of(world: World, steps: int, missing: float, rng: np.random.Generator) -> Record:
    """A record of the recorded nodes from the stationary law."""
    if world.threshold is not None:
        return _coded_record(world, world.threshold, steps, missing, rng)
    companion, now = reduced(world.B)
    nodes = len(world.graph.nodes)
    x = rng.normal(size=(steps + BURN_IN, nodes)) @ now.T
    for t in range(LAGS, len(x)):
        x[t] += companion[:nodes] @ np.concatenate([x[t - lag] for lag in range(1, LAGS + 1)])
    values = x[BURN_IN:, world.observed]
    values[rng.random(values.shape) < missing] = np.nan
    return Record(tuple(world.graph.nodes[i].name for i in world.observed), values)


def _coded_record(
    world: World, threshold: Float[np.ndarray, " node"], steps: int, missing: float, rng: np.random.Generator
) -> Record:
    """Step by step in causal order, since codes are no linear function of what came before."""
    nodes = len(world.graph.nodes)
    noise, value = rng.normal(size=(steps + BURN_IN, nodes)), np.zeros((steps + BURN_IN, nodes))
    coded = ~np.isnan(threshold)
    for t in range(LAGS, len(value)):
        for node in range(nodes):
            index = noise[t, node] + sum(world.B[lag, node] @ value[t - lag] for lag in range(LAGS + 1))
            value[t, node] = np.sign(index - threshold[node]) if coded[node] else index
    out = np.where(coded, (value + 1) / 2, value)[BURN_IN:, world.observed]
    out[rng.random(out.shape) < missing] = np.nan
    return Record(tuple(world.graph.nodes[i].name for i in world.observed), out)


class Removal(NamedTuple):
    """A true world and its graph without one edge."""

    world: World
    without: CausalGraph


def draw_removal(kind: Kind, strength: float, rng: np.random.Generator) -> Removal:
    """A world with one edge between recorded nodes of this partial correlation, and its graph without that edge."""
    while True:
        world = draw_world(kind, rng)
        recorded = {world.graph.nodes[i].name for i in world.observed}
        free = [edge for edge in world.graph.edges if edge.source in recorded]
        edge = free[int(rng.integers(len(free)))] if free else None
        solved = None if edge is None else _with_strength(world, edge, strength)
        if edge is not None and solved is not None:
            rest = tuple(e for e in world.graph.edges if e != edge)
            return Removal(solved, world.graph.model_copy(update={"edges": rest}))


def _with_strength(world: World, edge: Edge, strength: float) -> World | None:
    """The world with the edge's coefficient changed until its partial correlation is as asked; None if it never is."""
    place = {node.name: i for i, node in enumerate(world.graph.nodes)}
    child, cause = place[edge.target], place[edge.source]
    B = world.B.copy()
    for _ in range(30):
        if radius(B) > STEADY:
            return None
        found = partial_correlation(B, child, edge.lag, cause)
        if abs(found - strength) < 1e-3:
            return World(world.graph, B)
        B[edge.lag, child, cause] *= strength / abs(found) if found * B[edge.lag, child, cause] else 1.0
        B[edge.lag, child, cause] = abs(B[edge.lag, child, cause])
    return None


def partial_correlation(B: Float[np.ndarray, "lag node node"], child: int, lag: int, cause: int) -> float:
    """`beta s / sqrt(1 + beta^2 s^2)`, s^2 the variance of the cause given the child's other parents."""
    nodes, lags = B.shape[1], len(B) - 1
    deep = np.concatenate([B, np.zeros((1, nodes, nodes))])
    companion, now = reduced(deep)
    noise = np.zeros_like(companion)
    noise[:nodes, :nodes] = now @ now.T
    S = solve_discrete_lyapunov(companion, noise)
    parents = [(k, j) for k in range(lags + 1) for j in range(nodes) if B[k, child, j] and (k, j) != (lag, cause)]
    index = [k * nodes + j for k, j in parents]
    at = lag * nodes + cause
    left = S[at, at]
    if index:
        left -= S[at, index] @ np.linalg.solve(S[np.ix_(index, index)], S[index, at])
    beta = B[lag, child, cause]
    return float(beta * np.sqrt(left) / np.sqrt(1 + beta**2 * left))
