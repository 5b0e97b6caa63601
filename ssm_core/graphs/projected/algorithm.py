"""The complete identification algorithm on a latent projection, by c-components."""

from typing import NamedTuple

from ssm_core.graphs.projected.admg import Admg
from ssm_core.graphs.projected.functional import Component, Functional, Joint, Law, Margin


class Hedge(NamedTuple):
    """Why there is no functional: two nested c-components, the outer not cut by anything recorded.

    Attributes:
        inner: nodes of the part whose law is wanted.
        outer: nodes that hidden causes tie to it, among them a treatment.
    """

    inner: int
    outer: int


def identify_query(graph: Admg, treatments: int, outcome: int) -> Functional | Hedge:
    """`P(outcome | do(treatments))` from the law of the recorded nodes, if it follows from it in every model.

    With D the ancestors of the outcome once the treatments are cut off, `P(y | do(x)) = sum over D without y of the
    product over the c-components D_i of Q[D_i]`, and each `Q[D_i]` is sought inside the c-component of the whole graph
    that contains it. Sound and complete.

    Args:
        graph: the latent projection, restricted to ancestors of the outcome.
        treatments: nodes that are set.
        outcome: number of the node that is asked about, not a treatment.

    Source: Tian & Pearl (2002); Shpitser & Pearl (2006); completeness by Huang & Valtorta (2006).
    """
    target = graph.ancestors(1 << outcome, graph.everything & ~treatments)
    factors = []
    for part in graph.districts(target):
        found = _law_of(graph, part)
        if isinstance(found, Hedge):
            return found
        factors.append(found)
    return Functional(graph.nodes, treatments, outcome, target & ~(1 << outcome), tuple(factors))


def _law_of(graph: Admg, part: int) -> Law | Hedge:
    """`Q[part]`, closing in on it by turns: ancestors within a c-component, then the c-component within those."""
    whole = graph.district(part, graph.everything)
    law: Law = Component(Joint(graph.everything), whole)
    while True:
        above = graph.ancestors(part, whole)
        if above == part:
            return Margin(law, part)
        if above == whole:
            return Hedge(part, whole)
        whole = graph.district(part, above)
        law = Component(Margin(law, above), whole)
