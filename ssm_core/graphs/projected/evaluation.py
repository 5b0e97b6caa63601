"""An identified estimand evaluated on a discrete joint law."""

import numpy as np

from ssm_core.graphs.bits import members
from ssm_core.graphs.projected.functional import Component, Functional, Joint, Law, Margin


def evaluate(functional: Functional, joint: np.ndarray) -> np.ndarray:
    """`P(outcome | do(treatments))` from the joint law.

    Args:
        functional: the estimand.
        joint: positive; one axis per node, in their order.

    Returns:
        axes of the treatments in their order, then the outcome's. Nodes on which the expression only seems to
        depend are left as axes of length one.

    Raises:
        ValueError: the law has another number of axes than the window has nodes.
    """
    if joint.ndim != len(functional.nodes):
        raise ValueError(f"a law with {len(functional.nodes)} axes was expected, got {joint.ndim}")
    product = np.ones((1,) * joint.ndim)
    for factor in functional.factors:
        product = product * _table(factor, joint)
    product = product.sum(axis=tuple(members(functional.summed)), keepdims=True)
    wanted = [*members(functional.treatments), functional.outcome]
    product = product[tuple(slice(None) if axis in wanted else slice(0, 1) for axis in range(joint.ndim))]
    full = [joint.shape[axis] if axis in wanted else 1 for axis in range(joint.ndim)]
    rest = tuple(axis for axis in range(joint.ndim) if axis not in wanted)
    ordered = np.broadcast_to(product, full).squeeze(axis=rest)
    return np.moveaxis(ordered, sorted(wanted).index(functional.outcome), -1)


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
