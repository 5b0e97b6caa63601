"""Many candidate models of one record weighed before any of them is sampled."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.inference.approximation.laplace import Preview, laplace
from ssm_core.inference.approximation.marginal import NotMarginalError, log_stationary_share, require_marginal
from ssm_core.inference.density import LogPosterior, Points
from ssm_core.inference.draws import ModeReport
from ssm_core.inference.evidence import Evidence, record_of, require_same_record, weights_of
from ssm_core.inference.modes import Mode, NoModeError, find_modes, starting_points
from ssm_core.inference.sample import mode_reports

CLEAR = 3.0
"""A candidate is cut off when it would still be too small with its evidence this many standard errors higher."""


class Screen(NamedTuple):
    """Settings of a screening.

    Attributes:
        seed: the same seed gives the same screening.
        starts: climbs in search of modes, for each candidate.
        draws: importance draws, for each candidate.
        smallest: posterior weight below which a candidate is cut off.
    """

    seed: int = 20260101
    starts: int = 16
    draws: int = 1000
    smallest: float = 0.01


class Candidate(NamedTuple):
    """One model after screening.

    Attributes:
        position: among the targets that were given.
        evidence: log marginal likelihood by importance sampling from the Gaussians at the modes.
        log_laplace: the same by Laplace's approximation alone.
        weight, weight_se: posterior weight among the candidates and its standard error.
        modes: found, largest first.
        preview: weighted draws.
    """

    position: int
    evidence: Evidence
    log_laplace: float
    weight: float
    weight_se: float
    modes: tuple[Mode, ...]
    preview: Preview

    @property
    def reports(self) -> tuple[ModeReport, ...]:
        """The modes, in short."""
        return mode_reports(list(self.modes))

    @property
    def doubt(self) -> float:
        """Error of the log evidence: its standard error, and how far it moved Laplace's where k-hat is too large."""
        moved = abs(self.evidence.log_evidence - self.log_laplace)
        return self.evidence.se if self.preview.weights.reliable else float(np.hypot(self.evidence.se, moved))


class Screening(NamedTuple):
    """All candidates, largest weight first.

    Attributes:
        kept: worth sampling.
        cut: too small to matter, by their evidences.
        cut_weight: what those weigh together; to be stated wherever the kept ones are averaged.
        set_aside: models that could not be screened, by name, and why; they have no weight, known or small.
        gradients: evaluations that the screening took.
    """

    kept: tuple[Candidate, ...]
    cut: tuple[Candidate, ...]
    cut_weight: float
    set_aside: tuple[tuple[str, str], ...]
    gradients: int

    @property
    def text(self) -> str:
        """One sentence on what was cut off."""
        text = f"{len(self.kept)} of {len(self.kept) + len(self.cut)} models kept"
        if self.cut:
            text += f"; {len(self.cut)} with a weight of {self.cut_weight:.2g} together cut off"
        unsure = [c.evidence.graph for c in self.kept if not c.preview.weights.reliable]
        if unsure:
            text += f"; the weights of {', '.join(unsure)} are rough (k-hat too large)"
        if self.set_aside:
            text += f"; not screened: {', '.join(name for name, _ in self.set_aside)}"
        return text


SCREEN = Screen()


def screened(targets: Sequence[LogPosterior], prior: Sequence[float], screen: Screen = SCREEN) -> Screening:
    """Modes from several starts, the Gaussians that touch them, importance weights, evidence: for every candidate.

    The best candidate so far lends its mode, name by name, as one more start. Weights are prior times evidence; they
    compare densities of the same cells only.

    Args:
        targets: posteriors of the candidates.
        prior: weight of each before the data.
        screen: settings.

    Raises:
        DifferentRecordsError: two candidates score different cells.
        ValueError: prior weights are negative, all zero, or not one for each.
    """
    require_same_record([(target.spec.graph, record_of(target)) for target in targets])
    before = sum(target.evaluations for target in targets)
    examined, set_aside, best = [], [], None
    for position, target in enumerate(targets):
        try:
            one = _examined(position, target, best, screen)
        except (NoModeError, NotMarginalError) as error:
            set_aside.append((target.spec.graph, str(error)))
            continue
        examined.append(one)
        if best is None or one.log_laplace > best[1].log_laplace:
            best = target, one
    if not examined:
        return Screening((), (), 0.0, tuple(set_aside), sum(target.evaluations for target in targets) - before)
    weighed = _weighed(examined, [prior[one.position] for one in examined])
    small = [_surely_small(one, weighed[0], prior, screen.smallest) for one in weighed]
    cut = tuple(one for one, out in zip(weighed, small, strict=True) if out)
    return Screening(
        kept=tuple(one for one, out in zip(weighed, small, strict=True) if not out),
        cut=cut,
        cut_weight=float(sum(one.weight for one in cut)),
        set_aside=tuple(set_aside),
        gradients=sum(target.evaluations for target in targets) - before,
    )


def _examined(
    position: int, target: LogPosterior, best: tuple[LogPosterior, Candidate] | None, screen: Screen
) -> Candidate:
    require_marginal(target, "a screening")
    rng = np.random.default_rng([screen.seed, position])
    starts = starting_points(target, rng, screen.starts)
    if best is not None:
        starts = np.concatenate([_lent(target, starts[:, 0], best)[:, None], starts], axis=1)
    modes = find_modes(target, starts)
    preview = laplace(target, modes, rng, screen.draws)
    outside = log_stationary_share(target)
    masses = np.array([mode.log_mass for mode in modes])
    evidence = Evidence(
        target.spec.graph, preview.weights.log_mean - outside, preview.weights.log_mean_se, record_of(target)
    )
    return Candidate(position, evidence, float(np.logaddexp.reduce(masses) - outside), 0.0, 0.0, tuple(modes), preview)


def _lent(
    target: LogPosterior, centre: Float[np.ndarray, " parameter"], best: tuple[LogPosterior, Candidate]
) -> Float[np.ndarray, " parameter"]:
    """The centre of the prior, with the best candidate's mode where parameter and prior are the same."""
    other, candidate = best
    known = {(p.name, p.prior): i for i, p in enumerate(other.spec.parameters)}
    theta: Points = other.natural(candidate.modes[0].x[:, None])
    out = target.natural(centre[:, None])
    for i, parameter in enumerate(target.spec.parameters):
        at = known.get((parameter.name, parameter.prior))
        if at is not None:
            out[i] = theta[at]
    return target.unconstrain((out - target.scale.shift[:, None]) / target.scale.scale[:, None])[:, 0]


def _weighed(examined: list[Candidate], prior: Sequence[float]) -> list[Candidate]:
    weights = weights_of(prior, [one.evidence._replace(se=one.doubt) for one in examined])
    weighed = [
        one._replace(weight=float(weight), weight_se=float(se))
        for one, weight, se in zip(examined, weights.weight, weights.se, strict=True)
    ]
    return sorted(weighed, key=lambda one: (-one.weight, one.position))


def _surely_small(one: Candidate, top: Candidate, prior: Sequence[float], smallest: float) -> bool:
    """Too small even if its log evidence were `CLEAR` errors higher and the best one's as much lower."""
    if prior[one.position] == 0.0:
        return True
    gap = one.evidence.log_evidence - top.evidence.log_evidence + np.log(prior[one.position] / prior[top.position])
    return gap + CLEAR * float(np.hypot(one.doubt, top.doubt)) < np.log(smallest)
