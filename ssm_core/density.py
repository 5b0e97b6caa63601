"""The NumPyro model of a spec: priors as stated, states marginalised by the Kalman filter."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array, Float

from schemas.spec import ModelSpec
from ssm_core.assembly import matrices_of, spectral_radius, state_space
from ssm_core.design import Design
from ssm_core.kalman import log_likelihood
from ssm_core.priors import distribution, standardised
from ssm_core.structure import Scale, Structure

SITE = "standardised"
OUTSIDE = -1e9
"""Log density given to a process that is not stationary (a truncated prior)."""


def families_of(spec: ModelSpec, scale: Scale) -> dict[str, tuple[np.ndarray, list]]:
    """Parameters grouped by prior family: positions and standardised priors, in the order of the spec."""
    groups: dict[str, tuple[list[int], list]] = {}
    for position, parameter in enumerate(spec.parameters):
        prior = standardised(parameter.prior, float(scale.shift[position]), float(scale.scale[position]))
        positions, priors = groups.setdefault(prior.family, ([], []))
        positions.append(position)
        priors.append(prior)
    return {family: (np.array(positions), priors) for family, (positions, priors) in groups.items()}


def numpyro_model(spec: ModelSpec, structure: Structure, scale: Scale, design: Design) -> Callable[[], None]:
    """`theta ~ priors`, `y | theta ~` marginal likelihood of the linear-Gaussian model.

    One sample site per prior family (named after it) and one deterministic site `standardised` that holds all
    parameters in the order of the spec. A process that is not stationary is ruled out by truncation where the
    bounds on the single parameters do not already do it.
    """
    groups = families_of(spec, scale)
    y = jnp.array(design.y)

    def model() -> None:
        theta = jnp.zeros(len(spec.parameters))
        for family, (positions, priors) in groups.items():
            theta = theta.at[positions].set(numpyro.sample(family, distribution(priors).to_event(1)))
        numpyro.deterministic(SITE, theta)
        matrices = matrices_of(structure, theta)
        if structure.may_be_unstable:
            radius = spectral_radius(jax.tree.map(jax.lax.stop_gradient, matrices))
            numpyro.factor("stationary", jnp.where(radius < 1.0, 0.0, OUTSIDE))
        numpyro.factor("likelihood", log_likelihood(state_space(structure, matrices, design), y))

    return model


def natural(scale: Scale, theta: Float[Array, "*draws parameter"]) -> Float[np.ndarray, "*draws parameter"]:
    """Parameters in the units of the data: `shift + scale * standardised`."""
    return scale.shift + scale.scale * np.asarray(theta)
