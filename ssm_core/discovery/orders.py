"""Probability of each parent over all graphs without a cycle within a step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.special import logsumexp

from schemas.errors import StudyError
from ssm_core.discovery.acyclic import Chosen, heaviest
from ssm_core.discovery.families import Family, Group, groups_of, inclusion, options_of
from ssm_core.discovery.lagged import Cause

MOST_VISITED = 40_000
"""Arrangements of edges within a step, of one cluster of nodes that could form a cycle."""
MOST_TAKEN = 200_000


class Marginals(NamedTuple):
    """Sums over graphs.

    Attributes:
        inclusion: probability of each parent of each child.
        log_total: log of the summed weight of all visited graphs.
        unseen: upper bound on the share of the weight that was not visited.
    """

    inclusion: dict[tuple[str, Cause], float]
    log_total: float
    unseen: float


def clusters_of(families: Sequence[Family]) -> list[list[int]]:
    """Positions of families that could form a cycle within a step; edges between clusters cannot."""
    place = {family.child: number for number, family in enumerate(families)}
    possible = np.zeros((len(families), len(families)))
    for number, family in enumerate(families):
        for cause in {c for parents in family.sets for c in parents if c.lag == 0}:
            possible[place[cause.name], number] = 1
    count, label = connected_components(possible, connection="strong")
    return [[int(i) for i in np.flatnonzero(label == k)] for k in range(count)]


def marginals(families: Sequence[Family]) -> Marginals:
    """Sum over all graphs, exactly where each cluster has few arrangements, else over the heaviest, with a bound.

    Given the parents within a step the rest of each child's parents are independent of other children's and summed in
    closed form, so that only arrangements within the step are visited, one cluster at a time.

    Raises:
        StudyError: required edges form a cycle.
    """
    out: dict[tuple[str, Cause], float] = {}
    log_total, seen = 0.0, 1.0
    for cluster in clusters_of(families):
        members = [families[i] for i in cluster]
        groups = [groups_of(family) for family in members]
        names = [family.child for family in members]
        search = heaviest([options_of(g, names, best=False) for g in groups], MOST_VISITED, MOST_TAKEN)
        if not search.found:
            raise StudyError("no cycle of required causes within one step", " and ".join(names), "the prior weights")
        total = float(logsumexp([chosen.log_weight for chosen in search.found]))
        log_total += total
        seen *= 1.0 - float(np.exp(search.log_unseen - np.logaddexp(total, search.log_unseen)))
        for number, family in enumerate(members):
            _add(out, family, groups[number], _shares(search.found, number, total))
    return Marginals(out, log_total, 1.0 - seen)


def _shares(found: Sequence[Chosen], number: int, total: float) -> dict[int, float]:
    """Probability of each option of one node."""
    out: dict[int, float] = {}
    for chosen in found:
        option = chosen.options[number]
        out[option] = out.get(option, 0.0) + float(np.exp(chosen.log_weight - total))
    return out


def _add(
    out: dict[tuple[str, Cause], float], family: Family, groups: Sequence[Group], shares: dict[int, float]
) -> None:
    for option, share in shares.items():
        for cause, probability in inclusion(family, groups[option]).items():
            key = (family.child, cause)
            out[key] = out.get(key, 0.0) + share * probability
