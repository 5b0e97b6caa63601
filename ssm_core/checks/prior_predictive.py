"""What the priors say about the outcome before any of it is seen."""

import numpy as np
from jaxtyping import Float

from schemas.spec import ModelSpec
from ssm_core.inference.density import sampled_priors
from ssm_core.model.assembly import Assembly, assembly_of
from ssm_core.model.cells import SHARED
from ssm_core.model.design import Design
from ssm_core.model.simulate import simulate
from ssm_core.model.structure import Scale
from ssm_core.model.unconstrained import prior_draws

MOST_TRIES = 50


def prior_predictive(
    spec: ModelSpec, scale: Scale, design: Design, draws: int, seed: int
) -> Float[np.ndarray, "draw time"]:
    """Outcome series simulated from the prior, standardised: `theta ~ prior`, then the state space forward in time.

    Processes that are not stationary are drawn again, as the posterior rules them out; the first state is zero.

    Raises:
        ValueError: next to no draw of the prior is stationary.
    """
    rng = np.random.default_rng(seed)
    silent = design._replace(ignorance=np.zeros_like(design.ignorance))
    assembly = assembly_of(spec, scale, silent)
    theta = _stationary_draws(spec, scale, assembly, draws, rng)
    cells, _ = assembly.cells(theta)
    first = np.zeros((assembly.layout.m0.size, draws))
    simulated = simulate(assembly.layout, cells, SHARED, rng, first=first)
    names = [series.name for series in spec.recorded]
    return simulated.y[:, names.index(spec.outcome)].T


def _stationary_draws(
    spec: ModelSpec, scale: Scale, assembly: Assembly, draws: int, rng: np.random.Generator
) -> Float[np.ndarray, "parameter draw"]:
    priors = sampled_priors(spec, scale)
    kept: list[np.ndarray] = []
    for _ in range(MOST_TRIES):
        theta = prior_draws(priors, rng, draws)
        kept.append(theta[:, assembly.stationary(theta)])
        if sum(part.shape[1] for part in kept) >= draws:
            return np.concatenate(kept, axis=1)[:, :draws]
    raise ValueError(f"the priors of '{spec.graph}' hardly ever describe a stationary process")
