"""Marginal likelihoods of models of one record, and the weights that follow from them."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.checks.convergence import mcse_mean
from ssm_core.inference.approximation.gaussians import Gaussians, fitted, touching
from ssm_core.inference.approximation.marginal import log_stationary_share, require_marginal
from ssm_core.inference.density import LogPosterior, Points
from ssm_core.inference.draws import Draws
from ssm_core.inference.modes import Mode

ROUNDS = 1000
TOLERANCE = 1e-10


class Record(NamedTuple):
    """What a likelihood is the likelihood of: which series, how many cells of them, and a digest of the numbers."""

    series: tuple[str, ...]
    cells: int
    digest: str


class Evidence(NamedTuple):
    """`log p(y)` of one model.

    Attributes:
        graph: name of the model.
        log_evidence: log density of the scored, standardised cells.
        se: its standard error.
        record: the cells. Evidences compare only on the same ones.
    """

    graph: str
    log_evidence: float
    se: float
    record: Record


class ModelWeights(NamedTuple):
    """Posterior weights of models, in the order given, with their standard errors; they add up to one."""

    weight: Float[np.ndarray, " model"]
    se: Float[np.ndarray, " model"]


class DifferentRecordsError(ValueError):
    """Marginal likelihoods of different cells say nothing about each other."""


class NoBridgeError(ValueError):
    """Posterior and proposal do not overlap, or the draws are unusable."""


def record_of(target: LogPosterior) -> Record:
    """The scored and observed cells of a posterior's record, whatever the order of its series."""
    layout = target.assembly.layout
    names = [series.name for series in target.spec.recorded]
    order = np.argsort(names)
    scored = np.where(layout.scored[:, None], layout.y, np.nan)[:, order]
    scored = np.where(np.isnan(scored), np.nan, scored + 0.0)  # one NaN, one zero
    digest = hashlib.sha256(np.ascontiguousarray(scored).tobytes()).hexdigest()
    return Record(tuple(names[i] for i in order), int((~np.isnan(scored)).sum()), digest)


def positions(target: LogPosterior, draws: Draws) -> Float[np.ndarray, "chain draw parameter"]:
    """Draws on the unconstrained scale.

    Raises:
        NoBridgeError: a draw lies on the border of what its prior allows.
    """
    flat = draws.theta.reshape(-1, draws.theta.shape[2]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        x = target.unconstrain(standardised(target, flat))
    if not np.isfinite(x).all():
        name = target.spec.parameters[int(np.flatnonzero(~np.isfinite(x).all(axis=1))[0])].name
        raise NoBridgeError(f"a draw of '{name}' lies on the border of what its prior allows")
    return x.T.reshape(draws.theta.shape)


def standardised(target: LogPosterior, theta: Points) -> Points:
    """Parameters in the units of the data on the scale of the priors that are sampled."""
    return (theta - target.scale.shift[:, None]) / target.scale.scale[:, None]


def bridge(
    target: LogPosterior, draws: Draws, rng: np.random.Generator, modes: Sequence[Mode] = (), most: int = 8000
) -> Evidence:
    """Log marginal likelihood by bridge sampling between the posterior and a Gaussian (mixture) in `x`.

    With `l = p(y | x) p(x) / q(x)` and `s1 + s2 = 1` in proportion to the effective draws of the posterior and the
    draws of `q`, the optimal bridge solves `Z = E_q[l / (s1 l + s2 Z)] / E_post[1 / (s1 l + s2 Z)]`. `q` has the
    moments of the first half of every chain (of each mode's share of them when `modes` has several), the second half
    is the sample. The density of `x` is cut off where the process is not stationary; the evidence is that of the
    prior normalised there.
    Sources: Meng & Wong (1996), eq. 4.1; Gronau et al. (2017); standard error: Fruehwirth-Schnatter (2004), eq. 13.

    Two evidences compare only when they are densities of the same cells, standardised alike (see `Record`).

    Args:
        target: the posterior.
        draws: from it, converged.
        rng: source of the proposal's draws.
        modes: of the posterior, when there are several.
        most: most posterior draws that are used.

    Raises:
        NotMarginalError: the model has auxiliary variables.
        NoBridgeError: the two densities do not overlap.
    """
    require_marginal(target, "a marginal likelihood")
    x = positions(target, draws)
    chains, length, p = x.shape
    half = length // 2
    proposal = fitted(x[:, :half].reshape(-1, p).T, touching(modes) if len(modes) > 1 else None)
    kept = x[:, half :: max(1, chains * (length - half) // most)]
    here = _log_ratio(target, proposal, kept.reshape(-1, p).T).reshape(kept.shape[:2])
    there = _log_ratio(target, proposal, proposal.draw(rng, here.size))
    log_z, se = _solve(here, there, target.spec.graph)
    return Evidence(target.spec.graph, log_z - log_stationary_share(target), se, record_of(target))


def _log_ratio(target: LogPosterior, proposal: Gaussians, x: Points) -> Float[np.ndarray, " draw"]:
    return target.value(x) - proposal.log_density(x)


def _solve(here: Float[np.ndarray, "chain draw"], there: Float[np.ndarray, " draw"], graph: str) -> tuple[float, float]:
    """The fixed point and its standard error."""
    if not np.isfinite(here).all() or not np.isfinite(there).any():
        raise NoBridgeError(f"the draws of '{graph}' and the Gaussian with their moments do not overlap")
    centre = float(np.median(here))
    l1, l2 = here - centre, there - centre
    share, log_z = 0.5, 0.0
    for attempt in range(2):  # the second time with the effective number of the posterior draws
        log_z = _fixed_point(l1, l2, share, log_z, graph)
        f1, f2 = _bridged(l2, l1, share, log_z)
        relative = float(mcse_mean((f2 / f2.mean())[..., None])[0])
        if attempt == 0:
            effective = float(np.var(f2 / f2.mean(), ddof=1)) / max(relative**2, 1e-300)
            share = min(effective, f2.size) / (min(effective, f2.size) + l2.size)
    variance = float(np.var(f1, ddof=1)) / (f1.size * float(f1.mean()) ** 2) + relative**2
    return centre + log_z, float(np.sqrt(variance))


def _fixed_point(l1: np.ndarray, l2: np.ndarray, share: float, log_z: float, graph: str) -> float:
    for _ in range(ROUNDS):
        numerator, denominator = _bridged(l2, l1, share, log_z)
        new = log_z + float(np.log(numerator.mean()) - np.log(denominator.mean()))
        if abs(new - log_z) < TOLERANCE:
            return new
        log_z = new
    raise NoBridgeError(f"the bridge of '{graph}' did not settle within {ROUNDS} rounds")


def _bridged(l2: np.ndarray, l1: np.ndarray, share: float, log_z: float) -> tuple[np.ndarray, np.ndarray]:
    """`(l / Z) / (s1 l / Z + s2)` of the proposal's draws and `1 / (s1 l / Z + s2)` of the posterior's."""
    with np.errstate(over="ignore"):
        return 1.0 / (share + (1 - share) * np.exp(log_z - l2)), 1.0 / (share * np.exp(l1 - log_z) + (1 - share))


def require_same_record(records: Sequence[tuple[str, Record]]) -> None:
    """Refuse to compare models that score different cells.

    Raises:
        DifferentRecordsError: the records of two models differ.
    """
    if not records:
        return
    (first, reference), *others = records
    for name, record in others:
        if record.series != reference.series:
            raise DifferentRecordsError(
                f"'{first}' is a model of {', '.join(reference.series)}, '{name}' of {', '.join(record.series)}: "
                f"only models of the same series can be weighed"
            )
        if record.digest != reference.digest:
            raise DifferentRecordsError(
                f"'{first}' scores {reference.cells} cells and '{name}' {record.cells}, not the same ones or not "
                f"standardised alike: only models of the same cells can be weighed"
            )


def weights_of(prior: Sequence[float], evidences: Sequence[Evidence]) -> ModelWeights:
    """`w_k = prior_k Z_k / sum_j prior_j Z_j`, errors propagated to first order.

    `var w_k = w_k^2 ((1 - w_k)^2 se_k^2 + sum_{j != k} w_j^2 se_j^2)` for independent errors of the log evidences.

    Raises:
        DifferentRecordsError: the evidences are of different cells.
        ValueError: prior weights are negative, or all zero, or not one for each model.
    """
    weights = np.array(prior, dtype=float)
    if weights.size != len(evidences) or (weights < 0).any() or not weights.any():
        raise ValueError(f"expected {len(evidences)} prior weights from 0 up and not all 0, got {list(prior)}")
    require_same_record([(evidence.graph, evidence.record) for evidence in evidences])
    with np.errstate(divide="ignore"):
        logs = np.log(weights) + np.array([evidence.log_evidence for evidence in evidences])
    share = np.exp(logs - np.logaddexp.reduce(logs))
    spread = np.square(share * np.array([evidence.se for evidence in evidences]))
    others = spread.sum() - spread
    own = np.square((1 - share) * np.array([evidence.se for evidence in evidences]))
    return ModelWeights(share, share * np.sqrt(own + others))
