"""cuthbert: the sequential moments filter, which skips NaN cells itself, and autodiff.

The library's first observation belongs to the step after the initial state: the first step here is `x_0 = 0 + 2 e`.
Of its filters this one was the fastest here: the Kalman filter took 1.7 to 3 times as long.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from cuthbert import filter as run_filter
from cuthbert.gaussian import moments

from benchmarks.engine.job import Callbacks, Gradient, main
from benchmarks.engine.peers.jax_density import Matrices, log_density, over_chains
from benchmarks.engine.problem import INITIAL_VARIANCE, Problem


def log_likelihood(problem: Problem) -> Callable[[Matrices], jax.Array]:
    """Marginal log-likelihood of the matrices, for one data set."""
    y, u, steps = jnp.asarray(problem.y), jnp.asarray(problem.u), jnp.arange(len(problem.y))
    n = problem.spec.n
    start = INITIAL_VARIANCE**0.5 * jnp.eye(n)

    def value(model: Matrices) -> jax.Array:
        chol_Q, chol_R = jnp.diag(model.q), jnp.diag(model.r)

        def dynamics(state, t):  # noqa: ANN001, ANN202 - the library's own types
            A, spread = jnp.where(t == 0, 0.0, model.A), jnp.where(t == 0, start, chol_Q)
            shift = jnp.where(t == 0, 0.0, model.B @ u[t])
            return (lambda x: (A @ x + shift, spread)), state.mean

        def observations(state, t):  # noqa: ANN001, ANN202
            return (lambda x: (model.C @ x + model.d, chol_R)), state.mean, y[t]

        built = moments.build_filter(jnp.zeros(n), start, dynamics, observations)
        return run_filter(built, steps, built.init_prepare()).log_normalizing_constant[-1]

    return value


def gradient(problem: Problem) -> Gradient:
    """Value and gradient, chains together."""
    return over_chains(log_density(problem, log_likelihood(problem)), "moments filter, autodiff, vmap over chains")


if __name__ == "__main__":
    main(Callbacks(gradient=gradient))
