"""The graphs that carry most of the weight, each with all its edges."""

from collections.abc import Sequence

import numpy as np

from ssm_core.discovery.acyclic import Option, heaviest
from ssm_core.discovery.families import Family, groups_of, options_of
from ssm_core.discovery.orders import MOST_TAKEN, Marginals

type Edges = frozenset[tuple[str, str, int]]


def top_graphs(families: Sequence[Family], found: Marginals, most: int) -> list[tuple[Edges, float]]:
    """The heaviest graphs and their posterior probabilities, heaviest first.

    The graphs of the `most` heaviest arrangements within the step, by each one's heaviest member, contain the `most`
    heaviest of all; within an arrangement children choose independently.

    Args:
        families: of all children.
        found: the sum over all graphs, for the scale.
        most: how many.
    """
    names = [family.child for family in families]
    groups = [sorted(groups_of(family), key=lambda g: (-g.log_best, sorted(g.same_step))) for family in families]
    arrangements = heaviest([options_of(g, names, best=True) for g in groups], most, MOST_TAKEN)
    out: list[tuple[float, Edges]] = []
    for arrangement in arrangements.found:
        members = [g[k].members for g, k in zip(groups, arrangement.options, strict=True)]
        free = [
            [Option(float(f.log_weight[i]), frozenset()) for i in m] for f, m in zip(families, members, strict=True)
        ]
        for graph in heaviest(free, most, MOST_TAKEN).found:
            picked = [(f, m[k]) for f, m, k in zip(families, members, graph.options, strict=True)]
            edges = frozenset((c.name, f.child, c.lag) for f, i in picked for c in f.sets[i])
            out.append((graph.log_weight, edges))
    out.sort(key=lambda graph: (-graph[0], sorted(graph[1])))
    return [(edges, float(np.exp(weight - found.log_total))) for weight, edges in out[:most]]
