"""Scores of one backend on one case; every score lies between 0 and 1, null where the backend gave no usable answer."""

from collections.abc import Mapping
from typing import NamedTuple

from scipy import stats

from benchmarks.llm.cases import Case
from schemas.prior import Normal, Prior, StudentT


class Score(NamedTuple):
    """One case.

    Attributes:
        roles: share of the columns with the expected role; adjusting for a mediator counts as wrong.
        edges: share of the comparisons (cause against its reverse, cause against unrelated pair) that came out right;
            a tie counts half, as guessing would.
        prior: 1 when the central 95 % hold both ends of the plausible effects and are not ten times as wide.
        unusable: for each part without an acceptable reply, why the last one was rejected.
    """

    question: str
    roles: float | None
    edges: float | None
    prior: float | None
    unusable: dict[str, str]


def roles_score(case: Case, said: Mapping[str, str] | None) -> float | None:
    """Share of all columns whose role is the expected one."""
    if said is None:
        return None
    expected = {case.exposure[0]: "exposure", case.outcome[0]: "outcome", **case.others}
    return sum(said.get(name) == role for name, role in expected.items()) / len(expected)


def edges_score(case: Case, probability: Mapping[tuple[str, str], float] | None) -> float | None:
    """Area under the curve of the expected order: causes above their reverses and above unrelated pairs."""
    if probability is None:
        return None
    pairs = [(cause, (cause[1], cause[0])) for cause in case.causes]
    pairs += [(cause, other) for cause in case.causes for other in case.unrelated]
    return sum(_right(probability.get(a, 0.5), probability.get(b, 0.5)) for a, b in pairs) / len(pairs)


def _right(above: float, below: float) -> float:
    return 0.5 if above == below else float(above > below)


def prior_score(case: Case, prior: Prior | None) -> float | None:
    """Whether the prior of the effect leaves every plausible effect its chance without allowing everything."""
    match prior:
        case None:
            return None
        case Normal(mean=mean, sd=sd):
            law = stats.norm(mean, sd)
        case StudentT(df=df, mean=mean, scale=scale):
            law = stats.t(df, mean, scale)
        case _:
            return 0.0
    low, high = law.ppf([0.025, 0.975])
    wanted = case.effect
    return float(low <= wanted[0] and high >= wanted[1] and high - low <= 10 * (wanted[1] - wanted[0]))
