"""`y = signal + sqrt(R) t_df`: outlying days pull less. Exact, as a Gaussian whose variance is itself drawn."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.observations.family import Conditional, Draws, Family, Seen

DEFAULT_DF = 4.0


class Mixture(NamedTuple):
    """`y | w ~ N(signal, w R)`, `1/w ~ Gamma(df/2, df/2)`; then `1/w | y ~ Gamma((df+1)/2, (df + e^2/R)/2)`.

    Source: West (1984), outlier models; Durbin & Koopman (2012), section 10.8.
    """

    df: float

    def first(self, y: Float[np.ndarray, " time"], chains: int) -> Conditional:
        """No day is an outlier yet."""
        shape = (y.size, chains)
        return Conditional(np.broadcast_to(y[:, None], shape), np.ones(shape))

    def draw(
        self,
        rng: np.random.Generator,
        y: Float[np.ndarray, " time"],
        signal: Draws,
        variance: Float[np.ndarray, " chain"],
    ) -> Conditional:
        """One Gibbs step; an unobserved day draws from the prior, which changes nothing."""
        error = np.where(np.isnan(y)[:, None], 0.0, y[:, None] - signal)
        observed = ~np.isnan(y)[:, None]
        shape = np.where(observed, (self.df + 1) / 2, self.df / 2)
        rate = np.where(observed, (self.df + error**2 / variance) / 2, self.df / 2)
        precision = rng.standard_gamma(np.broadcast_to(shape, signal.shape)) / rate
        return Conditional(np.broadcast_to(y[:, None], signal.shape), 1.0 / precision)

    def reference(self, site: str, y: Float[np.ndarray, " time"]) -> Seen:
        """The same as NumPyro sites, one precision per step."""
        import jax.numpy as jnp  # noqa: PLC0415
        import numpyro  # noqa: PLC0415 - JAX costs seconds; only the reference sampler needs it
        import numpyro.distributions as dist  # noqa: PLC0415

        with numpyro.plate(f"{site}: steps", y.size):
            precision = numpyro.sample(site, dist.Gamma(self.df / 2, self.df / 2))
        return Seen(jnp.array(y), jnp.reciprocal(precision))


def student_t(options: dict[str, float]) -> Family:
    """`df` degrees of freedom, above 2; four unless said otherwise.

    Raises:
        ValueError: another option, or `df` not above 2.
    """
    unknown = set(options) - {"df"}
    df = options.get("df", DEFAULT_DF)
    if unknown or not 2.0 < df < 1e6:
        raise ValueError(f"a student_t series has one option, df, above 2; got {options}")
    mixture = Mixture(df)
    return Family("student_t", mixture, mixture.reference, df / (df - 2.0))
