"""What the priors say about the outcome before any of it is seen."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpyro.infer import Predictive

from schemas.spec import ModelSpec
from ssm_core.inference.density import SITE, numpyro_model
from ssm_core.model.assembly import matrices_of, state_space
from ssm_core.model.design import Design
from ssm_core.model.structure import Scale, structure_of


def prior_predictive(
    spec: ModelSpec, scale: Scale, design: Design, draws: int, seed: int
) -> Float[np.ndarray, "draw time"]:
    """Outcome series simulated from the prior, standardised: `theta ~ prior`, then the state space forward in time."""
    structure = structure_of(spec)
    key_prior, key_noise = jax.random.split(jax.random.key(seed))
    silent = design._replace(y=np.full_like(design.y, np.nan), ignorance=np.zeros_like(design.ignorance))
    thetas = Predictive(numpyro_model(spec, structure, scale, silent), num_samples=draws)(key_prior)[SITE]
    row = spec.states.index(spec.outcome)

    def simulate(theta: jnp.ndarray, key: jax.Array) -> jnp.ndarray:
        model = state_space(structure, matrices_of(structure, theta), silent)
        shocks = jax.random.normal(key, model.b.shape)

        def step(state: jnp.ndarray, now: tuple) -> tuple[jnp.ndarray, jnp.ndarray]:
            F, b, Q, d, shock = now
            # Q may be singular (states that only remember): its symmetric square root always exists
            values, vectors = jnp.linalg.eigh(Q)
            moved = F @ state + b + vectors @ (jnp.sqrt(jnp.clip(values, 0.0)) * (vectors.T @ shock))
            return moved, (model.H @ moved + d)[row]

        _, out = jax.lax.scan(step, model.m, (model.F, model.b, model.Q, model.d, shocks))
        return out

    return np.asarray(jax.jit(jax.vmap(simulate))(thetas, jax.random.split(key_noise, draws)))
