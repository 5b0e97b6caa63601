"""All sets of parents of one child, each with its prior weight and its evidence."""

from collections.abc import Sequence
from itertools import combinations
from math import comb, log, log1p
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from ssm_core.discovery.acyclic import Option
from ssm_core.discovery.lagged import Cause, Scatter
from ssm_core.discovery.priors import EdgePrior
from ssm_core.discovery.score import log_scores

MOST_SETS = 5000
"""Sets of parents of one child; beyond, sets are limited in size."""


class Family(NamedTuple):
    """The parents that a child may have.

    Attributes:
        child: its name.
        sets: parents, required ones included.
        log_weight: log of prior times evidence, heaviest first.
        most_optional: largest number of parents beside the required ones; None where every set is here.
    """

    child: str
    sets: tuple[frozenset[Cause], ...]
    log_weight: Float[np.ndarray, " set"]
    most_optional: int | None


class Group(NamedTuple):
    """Sets of parents that agree on the parents within the step.

    Attributes:
        same_step: names of those parents.
        members: positions in the family's sets, heaviest first.
        log_weight: of all of them together.
        log_best: of the heaviest.
    """

    same_step: frozenset[str]
    members: tuple[int, ...]
    log_weight: float
    log_best: float


def family_of(child: str, priors: Sequence[EdgePrior], scatter: Scatter | None) -> Family:
    """Every set of parents of a child, weighted by `prod w_in prod (1 - w_out) p(child | parents)`.

    Args:
        child: a recorded node.
        priors: of the edges into it from recorded nodes; weight 1 is in every set and weight 0 in none.
        scatter: second moments; None where the record must not speak, then prior weights alone.
    """
    required = frozenset(Cause(p.source, p.lag) for p in priors if p.weight == 1)
    optional = [p for p in priors if 0 < p.weight < 1]
    largest = _largest(len(optional))
    sets, weights = [], []
    absent = sum(log1p(-p.weight) for p in optional)
    for size in range(largest + 1):
        for chosen in combinations(optional, size):
            sets.append(required | {Cause(p.source, p.lag) for p in chosen})
            weights.append(absent + sum(log(p.weight) - log1p(-p.weight) for p in chosen))
    log_weight = np.array(weights)
    if scatter is not None:
        positions = [scatter.positions(members) for members in sets]
        log_weight = log_weight + log_scores(scatter, scatter.columns.index(Cause(child, 0)), positions)
    order = np.argsort(-log_weight, kind="stable")
    limit = None if largest == len(optional) else largest
    return Family(child, tuple(sets[i] for i in order), log_weight[order], limit)


def _largest(optional: int) -> int:
    """Largest size such that all smaller sets too are at most `MOST_SETS`; at least one."""
    total = 1
    for size in range(1, optional + 1):
        total += comb(optional, size)
        if total > MOST_SETS:
            return max(size - 1, 1)
    return optional


def groups_of(family: Family) -> tuple[Group, ...]:
    """The family's sets by their parents within the step, heaviest group first."""
    members: dict[frozenset[str], list[int]] = {}
    for position, parents in enumerate(family.sets):
        members.setdefault(frozenset(cause.name for cause in parents if cause.lag == 0), []).append(position)
    groups = [
        Group(names, tuple(where), float(logsumexp(family.log_weight[where])), float(family.log_weight[where[0]]))
        for names, where in members.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.log_weight, sorted(group.same_step))))


def inclusion(family: Family, group: Group) -> dict[Cause, float]:
    """Probability of each parent, given the parents within the step."""
    out: dict[Cause, float] = {}
    shares = np.exp(family.log_weight[list(group.members)] - group.log_weight)
    for position, share in zip(group.members, shares, strict=True):
        for cause in family.sets[position]:
            out[cause] = out.get(cause, 0.0) + float(share)
    return out


def options_of(groups: Sequence[Group], names: Sequence[str], *, best: bool) -> list[Option]:
    """The groups as options among `names`; causes outside it make no cycle. In falling order of the weight used."""
    place = {name: number for number, name in enumerate(names)}
    return [
        Option(g.log_best if best else g.log_weight, frozenset(place[n] for n in g.same_step if n in place))
        for g in groups
    ]
