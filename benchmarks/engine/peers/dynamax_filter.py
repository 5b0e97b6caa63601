"""dynamax: `lgssm_filter` and autodiff.

dynamax 1.0 has no missing cells: a missing cell becomes `0 = 0 x + N(0, 1)` through time-varying emissions, which is
exact once its constant is taken off again. Noise as matrices was 1.5 to 4.5 times faster than as vectors (Woodbury).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from dynamax.linear_gaussian_ssm.inference import lgssm_filter, make_lgssm_params

from benchmarks.engine.job import Callbacks, Gradient, main
from benchmarks.engine.peers.jax_density import MISSING_CONSTANT, Matrices, log_density, over_chains
from benchmarks.engine.problem import INITIAL_VARIANCE, Problem


def log_likelihood(problem: Problem) -> Callable[[Matrices], jax.Array]:
    """Marginal log-likelihood of the matrices, for one data set."""
    seen = ~jnp.isnan(problem.y)
    y, u = jnp.where(seen, problem.y, 0.0), jnp.asarray(problem.u)
    constant = (~seen).sum() * MISSING_CONSTANT
    no_input = jnp.zeros((problem.spec.m, problem.spec.k))

    def value(model: Matrices) -> jax.Array:
        n = problem.spec.n
        params = make_lgssm_params(
            jnp.zeros(n),
            INITIAL_VARIANCE * jnp.eye(n),
            model.A,
            jnp.diag(model.q**2),
            jnp.where(seen[:, :, None], model.C, 0.0),
            jax.vmap(jnp.diag)(jnp.where(seen, model.r**2, 1.0)),
            dynamics_input_weights=model.B,
            emissions_bias=jnp.where(seen, model.d, 0.0),
            emissions_input_weights=no_input,
        )
        return lgssm_filter(params, y, u).marginal_loglik + constant

    return value


def gradient(problem: Problem) -> Gradient:
    """Value and gradient, chains together."""
    return over_chains(log_density(problem, log_likelihood(problem)), "lgssm_filter, R as matrices, autodiff, vmap")


if __name__ == "__main__":
    main(Callbacks(gradient=gradient))
