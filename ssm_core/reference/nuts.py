"""Reference sampler: NumPyro's NUTS on the marginal posterior, chain after chain, the same bits for the same seed."""

from collections.abc import Callable

import jax
import numpy as np
from numpyro.infer import MCMC, NUTS, init_to_uniform

from schemas.params import Nuts
from schemas.spec import ModelSpec
from ssm_core.inference.draws import Draws
from ssm_core.model.design import Design
from ssm_core.model.structure import Scale
from ssm_core.reference.density import SITE, natural, numpyro_model


def sample(
    spec: ModelSpec, scale: Scale, design: Design, settings: Nuts, seed: int, tell: Callable[[str], None]
) -> Draws:
    """Draw from the posterior of one spec.

    Args:
        spec: the model.
        scale: from natural to standardised parameters.
        design: the record.
        settings: chains, warm-up, draws, target acceptance.
        seed: the same seed gives the same draws.
        tell: takes one sentence after each chain.
    """
    model = numpyro_model(spec, scale, design)
    kernel = NUTS(
        model,
        target_accept_prob=settings.target_accept,
        max_tree_depth=settings.max_tree_depth,
        init_strategy=init_to_uniform(radius=1.0),
    )
    sampler = MCMC(kernel, num_warmup=settings.warmup, num_samples=settings.draws, num_chains=1, progress_bar=False)
    chains = []
    for number, key in enumerate(jax.random.split(jax.random.key(seed), settings.chains), start=1):
        sampler.run(key, extra_fields=("diverging", "energy", "num_steps"))
        fields = sampler.get_extra_fields()
        theta = natural(scale, sampler.get_samples()[SITE])
        chains.append((theta, *(np.asarray(fields[name]) for name in ("diverging", "energy", "num_steps"))))
        tell(f"{spec.graph}: chain {number} of {settings.chains} drawn")
    theta, diverging, energy, steps = (np.stack(parts) for parts in zip(*chains, strict=True))
    return Draws(theta, diverging.astype(bool), energy, steps.astype(np.int64))
