"""What an observation family is: Gaussian, or Gaussian given auxiliary variables that can be drawn."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    from jax import Array  # importing it costs seconds, and only the reference sampler has one

Draws = Float[np.ndarray, "time chain"]


class Conditional(NamedTuple):
    """The Gaussian observation that stands for a series given its auxiliary variables.

    `y ~ N(signal, stretch * R)`; `y` is the series itself for families that only stretch its noise.
    """

    y: Draws
    stretch: Draws


class Auxiliary(Protocol):
    """Variables given which a series is Gaussian; the sampler alternates between them and the parameters."""

    def first(self, y: Float[np.ndarray, " time"], chains: int) -> Conditional:
        """A start: the Gaussian observation nearest to the family."""
        ...

    def draw(
        self,
        rng: np.random.Generator,
        y: Float[np.ndarray, " time"],
        signal: Draws,
        variance: Float[np.ndarray, " chain"],
    ) -> Conditional:
        """One exact draw of the auxiliary variables given the series, its signal and `R`."""
        ...


class Seen(NamedTuple):
    """A Gaussian observation in JAX, see `Conditional`."""

    y: "Float[Array, ' time']"
    stretch: "Float[Array, ' time']"


class Reference(Protocol):
    """The same variables as NumPyro sample sites."""

    def __call__(self, site: str, y: Float[np.ndarray, " time"]) -> Seen:
        """Sample sites under the name `site`; returns the Gaussian observation given them."""
        ...


class Family(NamedTuple):
    """One family with its options read.

    Attributes:
        name: as it stands in the spec.
        auxiliary: None for a Gaussian series.
        reference: NumPyro's version of the auxiliary variables, None without any.
        spread: variance of the observation around its signal, in units of `R`; for one-step predictions by moments.
        is_index: the Gaussian observation is not the series but an index behind it; recorded values are codes.
    """

    name: str
    auxiliary: Auxiliary | None
    reference: Reference | None
    spread: float
    is_index: bool = False
