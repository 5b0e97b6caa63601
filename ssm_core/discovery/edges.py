"""Probabilities of edges given the record, and the graphs that carry most of the weight."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from ssm_core.discovery.checks import check_priors, memories
from ssm_core.discovery.families import Family, family_of
from ssm_core.discovery.lagged import Cause, Record, Scatter, scatter_of
from ssm_core.discovery.orders import Marginals, marginals
from ssm_core.discovery.priors import EdgePrior
from ssm_core.discovery.tops import top_graphs


class EdgeProbability(NamedTuple):
    """One row of the table of edges.

    Attributes:
        asserted: the weight that was put in.
        prior: the same once graphs with a cycle within a step are out.
        posterior: with the record.
        scored: whether the record was allowed to speak: not for edges of hidden nodes.
    """

    source: str
    target: str
    lag: int
    asserted: float
    prior: float
    posterior: float
    scored: bool


class WeightedGraph(NamedTuple):
    """A graph over the recorded nodes.

    Attributes:
        edges: (source, target, lag), memory included.
        hidden_causes: recorded nodes that have a hidden cause in it, so that the record did not speak of their parents.
        weight: posterior probability among all graphs.
    """

    edges: frozenset[tuple[str, str, int]]
    hidden_causes: frozenset[str]
    weight: float


class Discovery(NamedTuple):
    """What the record says of the edges.

    Attributes:
        edges: by target, then by falling posterior.
        graphs: heaviest first.
        rows: steps that were used, the same for all graphs.
        unseen: upper bound on the posterior weight of graphs that were not visited; 0 where all were.
        most_parents: largest number of optional parents that was looked at, for nodes where it is limited.
    """

    edges: tuple[EdgeProbability, ...]
    graphs: tuple[WeightedGraph, ...]
    rows: int
    unseen: float
    most_parents: dict[str, int]


def edge_probabilities(record: Record, priors: Sequence[EdgePrior], graphs: int = 20) -> Discovery:
    """Posterior of every edge, `p(edge | data) = sum over graphs that hold it of p(graph) p(data | graph) / p(data)`.

    `p(graph)` is the product over edges of `w` or `1 - w`, for graphs without a cycle within a step; `p(data | graph)`
    the product over children of the closed-form evidence of their regression on their parents (`score.py`), on the
    steps at which every column that any graph may use is recorded. A column with two values is scored as if it were
    normal, which finds its causes less often than its size would allow and hardly ever invents one
    (`docs/discovery.md`). A node with a hidden cause has no such regression: its parents keep their prior, and so does
    every edge from or to a hidden node; uncertain hidden causes are averaged over with their prior weight.

    Args:
        record: the panel; the names are the recorded nodes.
        priors: of all edges that are possible. Lag-1 memory is required where it is not listed.
        graphs: how many to list.

    Raises:
        StudyError: an edge twice, out of range or of no recorded node; required edges in a cycle; a constant column;
            too many uncertain hidden causes.

    Source: Friedman & Koller (2003), section 2, for structure averaging; Heckerman et al. (1995) for the score.
    """
    priors = (*priors, *memories(record, priors))
    check_priors(record, priors)
    known = set(record.names)
    free = [p for p in priors if p.source in known and p.target in known]
    confounded = _hidden_into(record, priors)
    children = [name for name in record.names if any(name in (p.source, p.target) for p in free)]
    columns = [Cause(name, 0) for name in children] + [Cause(p.source, p.lag) for p in free if p.weight > 0]
    scatter = scatter_of(record, sorted(set(columns)))
    silent = {name: family_of(name, [p for p in free if p.target == name], None) for name in children}
    heard = {name: _scored(name, free, scatter, silent, confounded) for name in children}
    before = marginals(list(silent.values()))
    after: dict[tuple[str, Cause], float] = {}
    listed: list[WeightedGraph] = []
    unseen = 0.0
    for hidden, share in _patterns(confounded):
        families = [silent[name] if name in hidden else heard[name] for name in children]
        found: Marginals = marginals(families)
        for key, value in found.inclusion.items():
            after[key] = after.get(key, 0.0) + share * value
        unseen += share * found.unseen
        listed += [
            WeightedGraph(edges, hidden, share * weight) for edges, weight in top_graphs(families, found, graphs)
        ]
    rows = [_row(p, known, confounded, before, after) for p in priors]
    return Discovery(
        edges=tuple(sorted(rows, key=lambda row: (row.target, -row.posterior, row.source, row.lag))),
        graphs=tuple(sorted(listed, key=lambda g: (-g.weight, sorted(g.edges)))[:graphs]),
        rows=scatter.rows,
        unseen=unseen,
        most_parents={name: f.most_optional for name, f in silent.items() if f.most_optional is not None},
    )


def _scored(
    name: str, free: Sequence[EdgePrior], scatter: Scatter, silent: dict[str, Family], confounded: dict[str, float]
) -> Family:
    if confounded.get(name) == 1.0:
        return silent[name]
    return family_of(name, [p for p in free if p.target == name], scatter)


def _hidden_into(record: Record, priors: Sequence[EdgePrior]) -> dict[str, float]:
    """Probability that a recorded node has a hidden cause, for those that may."""
    known = set(record.names)
    weights: dict[str, list[float]] = {}
    for p in priors:
        if p.target in known and p.source not in known and p.weight > 0:
            weights.setdefault(p.target, []).append(p.weight)
    return {name: 1.0 - prod(1.0 - w for w in ws) for name, ws in weights.items()}


def _patterns(confounded: dict[str, float]) -> list[tuple[frozenset[str], float]]:
    """Which nodes have hidden causes, with the prior weight of each case."""
    names = list(confounded)
    out = []
    for present in product((True, False), repeat=len(names)):
        share = prod(confounded[n] if on else 1.0 - confounded[n] for n, on in zip(names, present, strict=True))
        if share > 0:
            out.append((frozenset(n for n, on in zip(names, present, strict=True) if on), share))
    return out


def _row(
    p: EdgePrior,
    known: set[str],
    confounded: dict[str, float],
    before: Marginals,
    after: dict[tuple[str, Cause], float],
) -> EdgeProbability:
    if p.source not in known or p.target not in known:
        return EdgeProbability(*p, p.weight, p.weight, scored=False)
    if p.weight in (0.0, 1.0):
        return EdgeProbability(*p, p.weight, p.weight, scored=confounded.get(p.target) != 1.0)
    key = (p.target, Cause(p.source, p.lag))
    prior = before.inclusion.get(key, 0.0)
    posterior = float(np.clip(after.get(key, 0.0), 0.0, 1.0))
    return EdgeProbability(*p, prior, posterior, scored=confounded.get(p.target) != 1.0)
