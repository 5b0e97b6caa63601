"""One replication: draw a truth and a record, fit, and rank the truth among nearly independent posterior draws."""

import zlib
from time import process_time
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from benchmarks.calibration.classes import ModelClass
from benchmarks.calibration.records import Simulated, simulated
from schemas.spec import ContinuousTime, ModelSpec
from ssm_core.checks.convergence import ess_bulk, ess_tail, rhat
from ssm_core.effects.responses import linear_of, steady_state
from ssm_core.inference.density import LogPosterior, Points
from ssm_core.inference.modes import NoModeError
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings

RANKED = 99
"""Draws that the truth is ranked among: a rank from 0 to 99."""

SETTINGS = Settings(starts=8, warmup=(30, 40, 50), draws=60, most=1200, ess=6.0 * RANKED, rhat=1.05, loose=1.0)
"""At least six effective draws stand behind each one that is kept. They decide, not R-hat: that of as many independent
draws in 32 short half-chains is 1.02 itself."""

LIKELIHOOD, EFFECT = "log-likelihood", "steady-state effect"


class Replication(NamedTuple):
    """What one replication says.

    Attributes:
        ranks: rank of the truth by quantity; empty when the fit failed.
        failure: why there is no posterior ('' when there is).
        converged: whether every parameter reached `SETTINGS.ess` and `SETTINGS.rhat`.
        rhat, ess: the worst over parameters.
        draws: transitions per chain.
        diverging: divergent transitions in all chains.
        modes: modes found.
        redrawn: prior draws that were not stationary.
        cpu_s: processor time.
    """

    ranks: dict[str, int]
    failure: str
    converged: bool
    rhat: float
    ess: float
    draws: int
    diverging: int
    modes: int
    redrawn: int
    cpu_s: float


def replicate(name: str, of: ModelClass, number: int) -> Replication:
    """Replication `number` of a class; the same number gives the same truth, record and draws."""
    began = process_time()
    rng = np.random.default_rng([zlib.crc32(name.encode()), number])
    data = simulated(of, rng)
    settings = SETTINGS._replace(seed=int(rng.integers(2**31)))
    try:
        draws, _ = sample(data.target, settings, _silent)
    except (NoModeError, np.linalg.LinAlgError) as error:
        return Replication({}, f"{type(error).__name__}: {error}", False, np.inf, 0.0, 0, 0, 0, data.redrawn,
                           process_time() - began)  # fmt: skip
    theta = draws.theta
    worst, smallest = float(rhat(theta).max()), float(np.minimum(ess_bulk(theta), ess_tail(theta)).min())
    return Replication(
        ranks=_ranks(of, data, theta),
        failure="",
        converged=worst <= settings.rhat and smallest >= settings.ess,
        rhat=round(worst, 4),
        ess=round(smallest),
        draws=theta.shape[1],
        diverging=int(draws.diverging.sum()),
        modes=len(draws.modes),
        redrawn=data.redrawn,
        cpu_s=round(process_time() - began, 3),
    )


def _silent(_: str) -> None:
    """The study reports for itself."""


def thinned(theta: Float[np.ndarray, "chain draw parameter"]) -> Float[np.ndarray, "ranked parameter"]:
    """`RANKED` draws as far from one another as the chains allow: equally spaced, going round the chains."""
    flat = theta.transpose(1, 0, 2).reshape(-1, theta.shape[2])
    return flat[((np.arange(RANKED) + 0.5) * len(flat) / RANKED).astype(int)]


def _ranks(of: ModelClass, data: Simulated, theta: Float[np.ndarray, "chain draw parameter"]) -> dict[str, int]:
    truth = _quantities(of, data.target, data.target.natural(data.x).T)
    drawn = _quantities(of, data.target, thinned(theta))
    return {name: int((drawn[name] < truth[name][0]).sum()) for name in truth}


def _quantities(
    of: ModelClass, target: LogPosterior, theta: Float[np.ndarray, "draw parameter"]
) -> dict[str, Float[np.ndarray, " draw"]]:
    """Parameters, the log-likelihood of the record (every series as if Gaussian), the lasting effect of `x`."""
    found = {parameter.name: theta[:, i] for i, parameter in enumerate(of.spec.parameters)}
    standardised: Points = (theta - target.scale.shift).T / target.scale.scale[:, None]
    found[LIKELIHOOD] = target.log_likelihood(target.unconstrain(standardised))
    found[EFFECT] = lasting_effect(of.spec, theta, of.responds)
    return found


def lasting_effect(
    spec: ModelSpec, theta: Float[np.ndarray, "draw parameter"], responds: str
) -> Float[np.ndarray, " draw"]:
    """Change of a state when `x` is one unit higher for good: `(I - Gamma - sum A_k)^{-1} sum B_k`, or `-A^{-1} B`."""
    linear, exposure, state = linear_of(spec, theta), spec.inputs.index("x"), spec.states.index(responds)
    if isinstance(spec.time, ContinuousTime):
        return -np.linalg.solve(linear.dynamics[:, 0], linear.inputs[:, 0, :, exposure, None])[:, state, 0]
    return steady_state(linear, exposure, state)
