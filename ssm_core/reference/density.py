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
from ssm_core.observations.family import Seen
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
        y, R = _seen(spec, space.R, design)
        numpyro.factor("likelihood", partial_log_likelihood(space._replace(R=R), design, y))

    return model


def _seen(
    spec: ModelSpec, R: Float[Array, "*time series"], design: Design
) -> tuple[Float[Array, "time series"], Float[Array, "*time series"]]:
    """The Gaussian observations given what each family adds, and their variances; a known error is not stretched."""
    families = [(s.name, family_of(s.family, s.options)) for s in spec.recorded]
    if all(family.reference is None for _, family in families):
        return jnp.array(design.y), R
    parts = [
        family.reference(f"auxiliary of {name}", column)
        if family.reference
        else Seen(jnp.array(column), jnp.ones(column.size))
        for (name, family), column in zip(families, design.y.T, strict=True)
    ]
    y, stretch = (jnp.stack(part, axis=1) for part in zip(*parts, strict=True))
    error = jnp.zeros(y.shape) if design.error is None else jnp.array(design.error)
    return y, (jnp.broadcast_to(R, error.shape) - error) * stretch + error


def partial_log_likelihood(
    model: LinearGaussian, design: Design, y: Float[Array, "time series"] | None = None
) -> Float[Array, ""]:
    """`sum log p(y_ti | everything before)` over the observed cells of the scored steps; see `Design.scored`."""
    filtered = kalman_filter(model, jnp.array(design.y) if y is None else y)
    counted = ~jnp.isnan(filtered.innovations) & jnp.array(design.scored)[:, None] & (filtered.variances > 0.0)
    v = jnp.where(counted, filtered.innovations, 0.0)
    S = jnp.where(counted, filtered.variances, 1.0)
    return -0.5 * jnp.where(counted, LOG_2PI + jnp.log(S) + v * v / S, 0.0).sum()


def natural(scale: Scale, theta: Float[Array, "*draws parameter"]) -> Float[np.ndarray, "*draws parameter"]:
    """Parameters in the units of the data: `shift + scale * standardised`."""
    return scale.shift + scale.scale * np.asarray(theta)
