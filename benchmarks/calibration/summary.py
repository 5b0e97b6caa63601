"""What the replications of one class say together."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from benchmarks.calibration.classes import CLASSES, ModelClass
from benchmarks.calibration.replication import RANKED, Replication
from benchmarks.calibration.shards import found
from benchmarks.calibration.uniformity import chi_square_p, p_value

VALUES = RANKED + 1
ENOUGH = 500
"""Replications that a class is asked for."""


class Quantity(NamedTuple):
    """One ranked quantity: p by the distribution function, p by chi-square, mean rank (0.5 when calibrated)."""

    p: float
    chi_square_p: float
    mean: float


class Summary(NamedTuple):
    """One class.

    Attributes:
        quantities: by name.
        ranks: by name, one per replication that has a posterior.
        replications: how many were carried out.
        not_converged: posteriors short of the settings; their ranks count all the same.
        failed: fits without a posterior, by reason.
        diverging: replications with a divergent transition.
        several_modes: replications in which more than one mode was found.
        redrawn: prior draws that were not stationary, per replication.
        cpu_minutes: processor time of all replications.
    """

    quantities: dict[str, Quantity]
    ranks: dict[str, Int[np.ndarray, " replication"]]
    replications: int
    not_converged: int
    failed: dict[str, int]
    diverging: int
    several_modes: int
    redrawn: float
    cpu_minutes: float

    @property
    def worst(self) -> str:
        """The quantity with the smallest p."""
        return min(self.quantities, key=lambda name: self.quantities[name].p)

    @property
    def adjusted_p(self) -> float:
        """Smallest p times the number of quantities (Holm's first step; conservative, as quantities are related)."""
        return min(1.0, self.quantities[self.worst].p * len(self.quantities))

    @property
    def adjusted_chi_square_p(self) -> float:
        """The same for chi-square."""
        return min(1.0, min(q.chi_square_p for q in self.quantities.values()) * len(self.quantities))


def summaries() -> dict[str, Summary]:
    """All classes with at least one rank, in the order of the plan."""
    out = {}
    for name, of in CLASSES.items():
        replications = found(name, of)
        if any(r.ranks for r in replications.values()):
            out[name] = summary_of(of, [replications[k] for k in sorted(replications)])
    return out


def summary_of(of: ModelClass, replications: list[Replication]) -> Summary:
    """Figures of one class; `of` only gives the order of the quantities."""
    fitted = [r for r in replications if r.ranks]
    ranks = {name: np.array([r.ranks[name] for r in fitted]) for name in fitted[0].ranks}
    assert set(ranks) > {parameter.name for parameter in of.spec.parameters}
    failures = [r.failure for r in replications if r.failure]
    return Summary(
        quantities={name: Quantity(p_value(rank, VALUES), chi_square_p(rank, VALUES),
                                   float((rank.mean() + 0.5) / VALUES)) for name, rank in ranks.items()},
        ranks=ranks,
        replications=len(replications),
        not_converged=sum(not r.converged for r in fitted),
        failed={reason: failures.count(reason) for reason in dict.fromkeys(failures)},
        diverging=sum(r.diverging > 0 for r in fitted),
        several_modes=sum(r.modes > 1 for r in fitted),
        redrawn=float(np.mean([r.redrawn for r in replications])),
        cpu_minutes=sum(r.cpu_s for r in replications) / 60,
    )  # fmt: skip
