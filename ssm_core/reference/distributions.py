"""Priors as NumPyro distributions."""

from typing import assert_never

import jax.numpy as jnp
import numpyro.distributions as dist

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, Prior, StudentT, TruncatedNormal


def distribution(prior: Prior) -> dist.Distribution:
    """The NumPyro distribution of one prior."""
    match prior:
        case Normal():
            return dist.Normal(prior.mean, prior.sd)
        case TruncatedNormal():
            return dist.TruncatedNormal(prior.mean, prior.sd, low=prior.low, high=prior.high)
        case StudentT():
            return dist.StudentT(prior.df, prior.mean, prior.scale)
        case HalfNormal():
            return dist.HalfNormal(prior.sd)
        case LogNormal():
            return dist.LogNormal(jnp.log(prior.median), prior.log_sd)
        case Gamma():
            return dist.Gamma(prior.shape, prior.rate)
        case Beta():
            return dist.Beta(prior.a, prior.b)
        case _:
            assert_never(prior)
