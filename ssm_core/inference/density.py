"""The NumPyro model of a spec: priors as stated, states marginalised by the Kalman filter."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array, Float

from schemas.prior import Prior
from schemas.spec import ModelSpec
from ssm_core.kalman.filter import LOG_2PI, kalman_filter
from ssm_core.kalman.linear_gaussian import LinearGaussian
from ssm_core.model.assembly import matrices_of, spectral_radius, state_space
from ssm_core.model.design import Design
from ssm_core.model.priors import distribution, standardised
from ssm_core.model.structure import Scale, Structure

SITE = "standardised"
OUTSIDE = -1e9
"""Log density given to a process that is not stationary (a truncated prior)."""


def sampled_priors(spec: ModelSpec, scale: Scale) -> list[Prior]:
    """The prior of every parameter on the scale that is sampled, in the order of the spec."""
    return [
        standardised(parameter.prior, float(shift), float(factor))
        for parameter, shift, factor in zip(spec.parameters, scale.shift, scale.scale, strict=True)
    ]


def numpyro_model(spec: ModelSpec, structure: Structure, scale: Scale, design: Design) -> Callable[[], None]:
    """`theta ~ priors`, `y | theta ~` marginal likelihood of the linear-Gaussian model.

    One sample site per parameter, named after it, and one deterministic site `standardised` that holds all of them in
    the order of the spec. A process that is not stationary is ruled out by truncation where the
    bounds on the single parameters do not already do it.
    """
    priors = sampled_priors(spec, scale)

    def model() -> None:
        sites = zip(spec.parameters, priors, strict=True)
        theta = jnp.stack([numpyro.sample(parameter.name, distribution(prior)) for parameter, prior in sites])
        numpyro.deterministic(SITE, theta)
        matrices = matrices_of(structure, theta)
        if structure.may_be_unstable:
            radius = spectral_radius(jax.tree.map(jax.lax.stop_gradient, matrices))
            numpyro.factor("stationary", jnp.where(radius < 1.0, 0.0, OUTSIDE))
        numpyro.factor("likelihood", partial_log_likelihood(state_space(structure, matrices, design), design))

    return model


def partial_log_likelihood(model: LinearGaussian, design: Design) -> Float[Array, ""]:
    """`sum log p(y_ti | everything before)` over the observed cells of the scored steps; see `Design.scored`."""
    filtered = kalman_filter(model, jnp.array(design.y))
    counted = ~jnp.isnan(filtered.innovations) & jnp.array(design.scored)[:, None] & (filtered.variances > 0.0)
    v = jnp.where(counted, filtered.innovations, 0.0)
    S = jnp.where(counted, filtered.variances, 1.0)
    return -0.5 * jnp.where(counted, LOG_2PI + jnp.log(S) + v * v / S, 0.0).sum()


def natural(scale: Scale, theta: Float[Array, "*draws parameter"]) -> Float[np.ndarray, "*draws parameter"]:
    """Parameters in the units of the data: `shift + scale * standardised`."""
    return scale.shift + scale.scale * np.asarray(theta)
