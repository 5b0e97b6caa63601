"""The estimand of an identified effect: an expression in the law of the recorded window."""

from typing import NamedTuple

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
