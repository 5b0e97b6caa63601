"""The NumPyro model of a spec: priors as stated, states marginalised by the Kalman filter."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array, Float

from schemas.spec import ModelSpec
from ssm_core.inference.density import sampled_priors
from ssm_core.kalman.filter import kalman_filter
from ssm_core.kalman.linear_gaussian import LinearGaussian
from ssm_core.model.augmented import augmented_of
from ssm_core.model.design import Design
from ssm_core.model.structure import Scale, structure_of
from ssm_core.observations.registry import family_of
from ssm_core.reference.assembly import spectral_radius, state_space
from ssm_core.reference.distributions import distribution

SITE = "standardised"
LOG_2PI = 1.8378770664093453
OUTSIDE = -1e9
"""Log density given to a process that is not stationary (a truncated prior)."""


def numpyro_model(spec: ModelSpec, scale: Scale, design: Design) -> Callable[[], None]:
    """`theta ~ priors`, `y | theta ~` marginal likelihood of the linear-Gaussian model.

    One sample site per parameter, named after it, and one deterministic site `standardised` that holds all of them in
    the order of the spec. A process that is not stationary is ruled out by truncation where the bounds on the single
    parameters do not already do it. Families that are Gaussian given auxiliary variables add sites for these.
    """
    priors, structure = sampled_priors(spec, scale), structure_of(spec)

    def model() -> None:
        sites = zip(spec.parameters, priors, strict=True)
        theta = jnp.stack([numpyro.sample(parameter.name, distribution(prior)) for parameter, prior in sites])
        numpyro.deterministic(SITE, theta)
        space = state_space(spec, scale, design, theta)
        if structure.may_be_unstable:
            transition = jax.lax.stop_gradient(space.F[-1])
            radius = spectral_radius(structure, augmented_of(structure), transition)
            numpyro.factor("stationary", jnp.where(radius < 1.0, 0.0, OUTSIDE))
        space = space._replace(R=_stretched(spec, space.R, design))
        numpyro.factor("likelihood", partial_log_likelihood(space, design))

    return model


def _stretched(spec: ModelSpec, R: Float[Array, "*time series"], design: Design) -> Float[Array, "*time series"]:
    """Measurement variances times what the auxiliary variables of each family say; a known error is not stretched."""
    steps = len(design.y)
    families = [(s.name, family_of(s.family, s.options)) for s in spec.recorded]
    if all(family.reference is None for _, family in families):
        return R
    stretch = [family.reference(f"stretch of {name}", steps) if family.reference else jnp.ones(steps)
               for name, family in families]  # fmt: skip
    error = jnp.zeros((steps, len(families))) if design.error is None else jnp.array(design.error)
    return (jnp.broadcast_to(R, error.shape) - error) * jnp.stack(stretch, axis=1) + error


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
