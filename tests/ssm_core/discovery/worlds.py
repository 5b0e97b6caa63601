"""Linear worlds with a known graph."""

import numpy as np

from schemas.graph import CausalGraph
from ssm_core.discovery.lagged import Record
from ssm_core.graphs.unrolled import causal_order, edges_with_memory


def simulate(graph: CausalGraph, steps: int, rng: np.random.Generator, memory=0.5, strength=0.4) -> Record:
    """Every edge has one coefficient, every node noise of variance one; hidden nodes are left out of the record."""
    names = causal_order(graph)
    place = {name: i for i, name in enumerate(names)}
    burn = 100
    x = rng.normal(size=(steps + burn, len(names)))
    edges = edges_with_memory(graph)
    for t in range(3, steps + burn):
        for name in names:
            into = [(s, lag) for s, target, lag in edges if target == name]
            x[t, place[name]] += sum((memory if s == name else strength) * x[t - lag, place[s]] for s, lag in into)
    seen = [node.name for node in graph.nodes if node.observed]
    return Record(tuple(seen), x[burn:, [place[name] for name in seen]])


def with_gaps(record: Record, share: float, rng: np.random.Generator) -> Record:
    values = record.values.copy()
    values[rng.random(values.shape) < share] = np.nan
    return record._replace(values=values)
