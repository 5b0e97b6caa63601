"""blackjax: NUTS with its window adaptation on the density that dynamax's filter gives."""

import jax
import jax.numpy as jnp
import numpy as np
from blackjax import nuts, window_adaptation

from benchmarks.engine.job import Callbacks, Posterior, age, main
from benchmarks.engine.peers.dynamax_filter import log_likelihood
from benchmarks.engine.peers.jax_density import log_density, natural
from benchmarks.engine.problem import Problem
from benchmarks.engine.settings import BLACKJAX


def posterior(problem: Problem, seed: int) -> Posterior:
    """Every chain adapts by itself and then draws; chains in one `vmap`, as the library's own guide does."""
    density = log_density(problem, log_likelihood(problem))
    adaptation = window_adaptation(nuts, density)
    key_init, key_warm, key_draw = jax.random.split(jax.random.key(seed), 3)
    start = jax.random.uniform(key_init, (BLACKJAX.chains, problem.spec.size), minval=-1.0, maxval=1.0)

    def warm(key: jax.Array, position: jax.Array) -> tuple:
        found, info = adaptation.run(key, position, BLACKJAX.warmup)
        return found.state, found.parameters, info.info.num_integration_steps.sum()

    def draw(key: jax.Array, state: tuple, parameters: dict) -> tuple[jax.Array, jax.Array]:
        kernel = nuts(density, **parameters).step

        def step(state: tuple, key: jax.Array) -> tuple:
            state, info = kernel(key, state)
            return state, (state.position, info.num_integration_steps)

        positions, steps = jax.lax.scan(step, state, jax.random.split(key, BLACKJAX.draws))[1]
        return jax.vmap(lambda theta: natural(problem.spec, theta))(positions), steps.sum()

    states, parameters, warm_steps = jax.jit(jax.vmap(warm))(jax.random.split(key_warm, BLACKJAX.chains), start)
    jax.block_until_ready(states)
    warm_s = age()
    draws, steps = jax.jit(jax.vmap(draw))(jax.random.split(key_draw, BLACKJAX.chains), states, parameters)
    return Posterior(np.asarray(draws), int(jnp.sum(warm_steps) + jnp.sum(steps)), warm_s)


if __name__ == "__main__":
    main(Callbacks(posterior=posterior))
