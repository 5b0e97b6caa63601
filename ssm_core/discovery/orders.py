"""Probability of each parent over all graphs without a cycle within a step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.special import logsumexp

from schemas.errors import StudyError
from ssm_core.discovery.acyclic import heaviest, log_unseen
from ssm_core.discovery.families import Family, Group, groups_of, inclusion, options_of
from ssm_core.discovery.lagged import Cause
from ssm_core.discovery.layers import sum_over_graphs

MOST_EXACT = 8
"""Nodes that could form a cycle within a step, summed over exactly (4^n terms); beyond, the heaviest graphs are."""
MOST_VISITED = 2000
MOST_TAKEN = 20_000


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
    """Sum over all graphs, exactly for clusters of up to `MOST_EXACT` nodes, else over the heaviest, with a bound.

    Given the parents within a step the rest of each child's parents are independent of other children's and summed in
    closed form, so that only arrangements within the step are gone through, one cluster at a time.

    Raises:
        StudyError: required edges form a cycle; a cluster too large for the heaviest graphs to be found.
    """
    out: dict[tuple[str, Cause], float] = {}
    log_total, seen = 0.0, 1.0
    for cluster in clusters_of(families):
        members = [families[i] for i in cluster]
        groups = [groups_of(family) for family in members]
        names = [family.child for family in members]
        total, shares, unseen = (_exactly if len(cluster) <= MOST_EXACT else _searched)(groups, names)
        log_total += total
        seen *= 1.0 - unseen
        for family, of, share in zip(members, groups, shares, strict=True):
            _add(out, family, of, share)
    return Marginals(out, log_total, 1.0 - seen)


type Shares = list[list[float]]


def _exactly(groups: Sequence[Sequence[Group]], names: Sequence[str]) -> tuple[float, Shares, float]:
    """Log weight of all arrangements, probability of each child's groups, nothing unseen."""
    options = [options_of(of, names, best=False) for of in groups]
    tables = [np.full(1 << len(names), -np.inf) for _ in names]
    for table, of in zip(tables, options, strict=True):
        for option in of:
            # groups that differ only in causes outside the cluster share their causes inside it
            table[option.causes] = np.logaddexp(table[option.causes], option.log_weight)
    total = sum_over_graphs(tables)
    if total.log_total == -np.inf:
        raise StudyError("no cycle of required causes within one step", " and ".join(names), "the prior weights")
    shares = [
        [float(p[o.causes] * np.exp(o.log_weight - table[o.causes])) for o in of]
        for of, table, p in zip(options, tables, total.probabilities, strict=True)
    ]
    return total.log_total, shares, 0.0


def _searched(groups: Sequence[Sequence[Group]], names: Sequence[str]) -> tuple[float, Shares, float]:
    """The same over the heaviest arrangements, with the share that the others have at most."""
    options = [options_of(of, names, best=False) for of in groups]
    search = heaviest(options, MOST_VISITED, MOST_TAKEN)
    if not search.found and not search.left:
        raise StudyError("no cycle of required causes within one step", " and ".join(names), "the prior weights")
    if not search.found:
        got = f"{len(names)} of them: {', '.join(names)}"
        fix = "say for some pairs which comes first, or forbid edges within the step"
        raise StudyError(f"at most {MOST_EXACT} variables that may all cause one another within a step", got,
                         "the prior weights", fix)  # fmt: skip
    total = float(logsumexp([chosen.log_weight for chosen in search.found]))
    shares = [[0.0] * len(of) for of in groups]
    for chosen in search.found:
        for share, option in zip(shares, chosen.options, strict=True):
            share[option] += float(np.exp(chosen.log_weight - total))
    unseen = log_unseen(options, search)
    return total, shares, float(np.exp(unseen - np.logaddexp(total, unseen)))


def _add(out: dict[tuple[str, Cause], float], family: Family, groups: Sequence[Group], shares: Sequence[float]) -> None:
    for group, share in zip(groups, shares, strict=True):
        for cause, probability in inclusion(family, group).items() if share > 0 else ():
            key = (family.child, cause)
            out[key] = out.get(key, 0.0) + share * probability
