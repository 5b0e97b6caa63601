"""The estimand of an identified effect: an expression in the law of the recorded window."""

from typing import NamedTuple

import numpy as np

from ssm_core.graphs.bits import members
from ssm_core.graphs.unrolled import At


class Joint(NamedTuple):
    """`P(v)` over all nodes of the window."""

    over: int


class Margin(NamedTuple):
    """`Q[over] = sum of Q[law.over] over the rest`; `over` is ancestral in `law.over`."""

    law: "Law"
    over: int


class Component(NamedTuple):
    """`Q[over] = product over its members i of Q[first i of law.over] / Q[first i - 1 of law.over]`.

    Source: Tian & Pearl (2002), lemma 4 (equation 37 of the technical report R-290).
    """

    law: "Law"
    over: int


type Law = Joint | Margin | Component


class Functional(NamedTuple):
    """`P(outcome | do(treatments)) = sum over `summed` of the product of the factors`.

    Attributes:
        nodes: the window, causes first; the bits of all sets below number them.
        treatments: nodes that are set.
        outcome: number of the node that is asked about.
        summed: nodes that are summed out.
        factors: one Q per c-component of what is upstream of the outcome once the treatments are set.
    """

    nodes: tuple[At, ...]
    treatments: int
    outcome: int
    summed: int
    factors: tuple[Law, ...]

    def evaluate(self, joint: np.ndarray) -> np.ndarray:
        """`P(outcome | do(treatments))` from the joint law.

        Args:
            joint: positive; one axis per node, in their order.

        Returns:
            axes of the treatments in their order, then the outcome's. Nodes on which the expression only seems to
            depend are left as axes of length one.

        Raises:
            ValueError: the law has another number of axes than the window has nodes.
        """
        if joint.ndim != len(self.nodes):
            raise ValueError(f"a law with {len(self.nodes)} axes was expected, got {joint.ndim}")
        product = np.ones((1,) * joint.ndim)
        for factor in self.factors:
            product = product * _table(factor, joint)
        product = product.sum(axis=tuple(members(self.summed)), keepdims=True)
        wanted = [*members(self.treatments), self.outcome]
        product = product[tuple(slice(None) if axis in wanted else slice(0, 1) for axis in range(joint.ndim))]
        full = [joint.shape[axis] if axis in wanted else 1 for axis in range(joint.ndim)]
        rest = tuple(axis for axis in range(joint.ndim) if axis not in wanted)
        ordered = np.broadcast_to(product, full).squeeze(axis=rest)
        return np.moveaxis(ordered, sorted(wanted).index(self.outcome), -1)


def _table(law: Law, joint: np.ndarray) -> np.ndarray:
    """Q as an array over the axes of the joint law; axes that play no part have length one."""
    match law:
        case Joint():
            return joint
        case Margin():
            return _summed(_table(law.law, joint), law.law.over & ~law.over)
        case Component():
            whole = _table(law.law, joint)
            product = np.ones((1,) * joint.ndim)
            for member in members(law.over):
                after = law.law.over & (-1 << (member + 1))
                product = product * _summed(whole, after) / _summed(whole, after | 1 << member)
            return product


def _summed(table: np.ndarray, over: int) -> np.ndarray:
    return table.sum(axis=tuple(members(over)), keepdims=True)
