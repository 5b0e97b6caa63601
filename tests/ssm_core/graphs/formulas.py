"""Textbook formulas evaluated on an exact law."""

from collections.abc import Sequence

import numpy as np

from ssm_core.graphs.unrolled import At, Unrolled
from tests.ssm_core.graphs.binary import law


def parsed(text: str) -> At:
    """`X[t-1]` as a node."""
    name, rest = text.rstrip("]").rsplit("[t", 1)
    return At(name, int(rest or 0))


def _joint(unrolled: Unrolled, model: Sequence[np.ndarray], *groups: Sequence[int]) -> np.ndarray:
    """One axis per group, the members of a group flattened together."""
    wanted = [node for group in groups for node in group]
    table = law(unrolled, model, sorted(wanted))
    table = np.transpose(table, [sorted(wanted).index(node) for node in wanted])
    return table.reshape([2 ** len(group) for group in groups])


def adjusted(unrolled: Unrolled, model: Sequence[np.ndarray], x: int, y: int, given: Sequence[str]) -> np.ndarray:
    """`sum_z P(y | x, z) P(z)`."""
    joint = _joint(unrolled, model, [x], [y], [unrolled.number(parsed(at)) for at in given])
    return np.einsum("xyz,z->xy", joint / joint.sum(1, keepdims=True), joint.sum((0, 1)))


def through_the_door(
    unrolled: Unrolled, model: Sequence[np.ndarray], x: int, y: int, mediators: Sequence[str], given: Sequence[str]
) -> np.ndarray:
    """`sum_z P(z) sum_m P(m | x, z) sum_x' P(y | m, x', z) P(x' | z)`."""
    groups = [[unrolled.number(parsed(at)) for at in nodes] for nodes in (mediators, given)]
    joint = _joint(unrolled, model, [x], [y], *groups)
    m_given_xz = joint.sum(1) / joint.sum((1, 2))[:, None, :]
    y_given_mxz = joint / joint.sum(1, keepdims=True)
    x_and_z = joint.sum((1, 2))
    return np.einsum("xmz,aymz,az->xy", m_given_xz, y_given_mxz, x_and_z)
