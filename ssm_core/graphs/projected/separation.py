"""m-separation in a latent projection."""

from ssm_core.graphs.projected.admg import Admg


def moral_groups(graph: Admg, within: int) -> list[int]:
    """Groups of nodes that are pairwise adjacent in the augmented (moral) graph of an ancestral set.

    Two nodes are adjacent when a path of colliders joins them, so every c-component together with its parents is one
    group.

    Source: Richardson (2003), theorem 1.
    """
    return [graph.causes(district) & within for district in graph.districts(within)]


def separated(graph: Admg, a: int, b: int, given: int) -> bool:
    """Whether `given` m-separates `a` from `b` (disjoint sets of nodes)."""
    groups = moral_groups(graph, graph.ancestors(a | b | given, graph.everything))
    reached, before = a, 0
    while reached != before:
        before = reached
        for group in groups:
            if group & reached & ~given:
                reached |= group
    return not reached & b
