"""Posterior draws of one model, and what the sampler says of itself."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int


class ModeReport(NamedTuple):
    """One mode of the posterior: its share of the mass under all modes (Laplace), and how many climbs reached it."""

    share: float
    log_posterior: float
    starts: int


class Draws(NamedTuple):
    """Posterior draws in the units of the data, and what the sampler says of itself.

    Attributes:
        theta: parameters in the order of the spec.
        diverging: divergent transitions.
        energy: Hamiltonian energies; NaN where auxiliary variables are drawn, as the density then changes in between.
        steps: gradient evaluations per draw.
        sampler, kernel: which ones ran.
        modes: modes found before sampling, largest first (none sought by NUTS).
    """

    theta: Float[np.ndarray, "chain draw parameter"]
    diverging: Bool[np.ndarray, "chain draw"]
    energy: Float[np.ndarray, "chain draw"]
    steps: Int[np.ndarray, "chain draw"]
    sampler: Literal["fast", "nuts"] = "nuts"
    kernel: Literal["native", "jax"] = "jax"
    modes: tuple[ModeReport, ...] = ()
