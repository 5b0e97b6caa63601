"""Random binary models of an unrolled graph and their exact laws: what identification is judged by."""

from collections.abc import Mapping, Sequence

import numpy as np

from ssm_core.graphs.bits import members
from ssm_core.graphs.unrolled import Unrolled


def random_model(unrolled: Unrolled, rng: np.random.Generator) -> list[np.ndarray]:
    """For each node `P(node = 1 | parents)`, one axis per parent in ascending order; another one at every step."""
    return [rng.uniform(0.1, 0.9, (2,) * parents.bit_count()) for parents in unrolled.parents]


def law(
    unrolled: Unrolled, model: Sequence[np.ndarray], kept: Sequence[int], do: Mapping[int, int] | None = None
) -> np.ndarray:
    """The exact joint law of the nodes `kept` (ascending), others summed out as soon as nothing needs them.

    Works forward in time and shares no code with the projection or the algorithm.
    """
    do = do or {}
    needed = 0
    for node in kept:
        needed |= 1 << node
    upstream = unrolled.ancestors(needed)
    last_use = {node: node for node in members(upstream)}
    for node in members(upstream):
        last_use |= dict.fromkeys(members(unrolled.parents[node]), node)
    table, axes = np.ones(()), []
    for node in members(upstream):
        parents = list(members(unrolled.parents[node]))
        one = np.asarray(float(do[node])) if node in do else model[node]
        shape = [2 if axis in parents and node not in do else 1 for axis in axes]
        order = [parents.index(axis) for axis in axes if axis in parents] if node not in do else []
        one = np.transpose(one, order).reshape(shape)
        table = np.stack([table * (1 - one), table * one], axis=-1)
        axes.append(node)
        for axis in [a for a in axes if last_use[a] <= node and not needed >> a & 1]:
            table = table.sum(axis=axes.index(axis))
            axes.remove(axis)
    return np.transpose(table, [axes.index(node) for node in kept])


def effect(unrolled: Unrolled, model: Sequence[np.ndarray], x: int, y: int) -> np.ndarray:
    """`P(y | do(x))`, rows x = 0, 1."""
    return np.stack([law(unrolled, model, [y], {x: value}) for value in (0, 1)])
