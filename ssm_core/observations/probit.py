"""`y` is one where `signal + sqrt(R) N(0, 1)` is above zero: exact, as a Gaussian index with a sign that is seen."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.observations.family import Conditional, Draws, Family, Seen

if TYPE_CHECKING:
    from jax import Array

HALF_NORMAL_MEAN = 0.8
"""`E |N(0, 1)|`: where the index lies on average when nothing is known but its sign."""


class Index(NamedTuple):
    """`z ~ N(signal, R)`, `y = 1` where `z > 0`, else 0; `z | y` is that normal cut off at zero.

    A recorded value above the middle of the record's range counts as one. Source: Albert & Chib (1993).
    """

    def first(self, y: Float[np.ndarray, " time"], chains: int) -> Conditional:
        """Every index at its mean given its sign alone."""
        index = np.where(np.isnan(y), np.nan, np.where(_ones(y), HALF_NORMAL_MEAN, -HALF_NORMAL_MEAN))
        return Conditional(np.repeat(index[:, None], chains, axis=1), np.ones((y.size, chains)))

    def draw(
        self,
        rng: np.random.Generator,
        y: Float[np.ndarray, " time"],
        signal: Draws,
        variance: Float[np.ndarray, " chain"],
    ) -> Conditional:
        """`z = signal + s e` with `s e > -signal`, by the inverse normal distribution in logs (no tail is lost)."""
        from scipy.special import log_ndtr, ndtri_exp  # noqa: PLC0415 - half a second, and only this family needs it

        side = np.where(_ones(y), 1.0, -1.0)[:, None]
        sd = np.sqrt(variance)
        away = side * signal / sd
        # P(-e < away) = Phi(away): a uniform share of it is where -e lies
        error = -ndtri_exp(np.log(rng.random(signal.shape)) + log_ndtr(away))
        index = signal + side * sd * error
        return Conditional(np.where(np.isnan(y)[:, None], np.nan, index), np.ones(signal.shape))

    def reference(self, site: str, y: Float[np.ndarray, " time"]) -> Seen:
        """The same as NumPyro sites: the distance of every index from zero, under no law but the model's own."""
        import jax.numpy as jnp  # noqa: PLC0415
        import numpyro  # noqa: PLC0415 - JAX costs seconds; only the reference sampler needs it
        import numpyro.distributions as dist  # noqa: PLC0415

        with numpyro.plate(f"{site}: steps", y.size):
            distance = numpyro.sample(site, dist.ImproperUniform(dist.constraints.positive, (), ()))
        side = jnp.where(jnp.array(_ones(y)), 1.0, -1.0)
        index: Array = jnp.where(jnp.isnan(jnp.array(y)), jnp.nan, side * distance)
        return Seen(index, jnp.ones(y.size))


def _ones(y: Float[np.ndarray, " time"]) -> Bool[np.ndarray, " time"]:
    """Which values count as one; without any contrast, those above a half."""
    seen = y[~np.isnan(y)]
    varies = seen.size > 0 and seen.min() < seen.max()
    return y > ((seen.min() + seen.max()) / 2 if varies else 0.5)


def probit(options: dict[str, float]) -> Family:
    """The probit family has no options; its `measurement_sd` is the scale of the index (a constant one, as a rule).

    Raises:
        ValueError: options were given.
    """
    if options:
        raise ValueError(f"a probit series has no options, got: {', '.join(options)}")
    index = Index()
    return Family("probit", index, index.reference, 1.0, is_index=True)
