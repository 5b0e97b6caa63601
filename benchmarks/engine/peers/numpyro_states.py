"""NumPyro with explicit states: all latent days are sampled together with the parameters, no filter.

The whole path is one site whose transition density is a single vectorised sum, much cheaper than `scan` over days.
"""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS, init_to_uniform

from benchmarks.engine.job import Callbacks, Posterior, age, main
from benchmarks.engine.peers.jax_density import matrices
from benchmarks.engine.problem import INITIAL_VARIANCE, OFF_SPREAD, SCALE_LOCATION, SCALE_SPREAD, Problem
from benchmarks.engine.settings import STATES

numpyro.enable_x64()


def model(problem: Problem) -> None:
    """Priors as stated, `x ~` the process, `y | x ~` independent normals over observed cells."""
    spec, seen = problem.spec, ~jnp.isnan(problem.y)
    priors = {
        "a": dist.Beta(3.0, 2.0),
        "off": dist.Normal(0.0, OFF_SPREAD),
        "q": dist.LogNormal(SCALE_LOCATION, SCALE_SPREAD),
        "r": dist.LogNormal(SCALE_LOCATION, SCALE_SPREAD),
    }
    values = jnp.concatenate(
        [
            numpyro.sample(name, priors.get(name, dist.Normal(0.0, 1.0)).expand([block.stop - block.start]).to_event(1))
            for name, block in spec.blocks.items()
        ]
    )
    parts = matrices(spec, values)
    x = numpyro.sample("x", dist.ImproperUniform(dist.constraints.real, (), (len(problem.y), spec.n)))
    numpyro.factor("first", dist.Normal(0.0, INITIAL_VARIANCE**0.5).log_prob(x[0]).sum())
    expected = x[:-1] @ parts.A.T + jnp.asarray(problem.u[1:]) @ parts.B.T
    numpyro.factor("process", dist.Normal(expected, parts.q).log_prob(x[1:]).sum())
    cells = dist.Normal(x @ parts.C.T + parts.d, parts.r).log_prob(jnp.where(seen, problem.y, 0.0))
    numpyro.factor("observations", jnp.where(seen, cells, 0.0).sum())


def posterior(problem: Problem, seed: int) -> Posterior:
    """The library's NUTS, chains in one `vmap`."""
    sampler = MCMC(
        NUTS(model, init_strategy=init_to_uniform(radius=1.0)),
        num_warmup=STATES.warmup,
        num_samples=STATES.draws,
        num_chains=STATES.chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    sampler.warmup(jax.random.key(seed), problem, collect_warmup=True, extra_fields=("num_steps",))
    warm = int(sampler.get_extra_fields()["num_steps"].sum())
    warm_s = age()
    sampler.run(jax.random.key(seed + 1), problem, extra_fields=("num_steps",))
    sites = sampler.get_samples(group_by_chain=True)
    draws = np.concatenate([np.asarray(sites[name]) for name in problem.spec.blocks], axis=2)
    return Posterior(draws, warm + int(sampler.get_extra_fields()["num_steps"].sum()), warm_s)


if __name__ == "__main__":
    main(Callbacks(posterior=posterior))
