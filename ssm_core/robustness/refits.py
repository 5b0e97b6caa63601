"""Quick refits: the mode and its curvature on a part of the record, started from the posterior's mean."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.spec import ModelSpec
from ssm_core.effects.responses import impulse_response, linear_of
from ssm_core.inference.ascent import newton
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.kernels import Choice
from ssm_core.model.design import Design
from ssm_core.model.structure import Scale

DRAWS = 400


class Approximate(NamedTuple):
    """Mean and standard deviation of the response at one lag, by the Gaussian that touches the mode."""

    mean: float
    sd: float


class Refitter(NamedTuple):
    """One fitted model, ready to be fitted again to a part of its record.

    The Gaussian at the mode is compared with that of the whole record only, so that what the approximation gets wrong
    is wrong on both sides.

    Attributes:
        spec, scale, design, kernel: as fitted.
        start: posterior mean, on the whole line.
        lag: of the response.
        seed: of the draws from the Gaussian, the same for every refit.
    """

    spec: ModelSpec
    scale: Scale
    design: Design
    kernel: Choice
    start: Float[np.ndarray, " parameter"]
    lag: int
    seed: int = 5

    def without(self, left_out: Bool[np.ndarray, " time"]) -> Approximate | None:
        """With the observations of some steps set aside; None where nothing can be fitted."""
        y = np.where(left_out[:, None], np.nan, self.design.y)
        target = LogPosterior(self.spec, self.scale, self.design._replace(y=y), self.kernel)
        summit = newton(target, self.start)
        eigenvalues, vectors = np.linalg.eigh(summit.precision)
        if not np.isfinite(summit.value) or eigenvalues.min() <= 0:
            return None
        noise = np.random.default_rng(self.seed).standard_normal((self.start.size, DRAWS))
        x = summit.x[:, None] + vectors @ (noise / np.sqrt(eigenvalues)[:, None])
        linear = linear_of(self.spec, target.natural(x).T)
        exposure, outcome = self.spec.inputs.index(self.spec.treatment), self.spec.states.index(self.spec.outcome)
        response = impulse_response(linear, exposure, outcome, self.lag)[:, self.lag]
        return Approximate(float(response.mean()), float(response.std(ddof=1)))


def blocks(steps: int, count: int) -> list[Bool[np.ndarray, " time"]]:
    """The record cut into `count` stretches of about the same length."""
    edges = np.linspace(0, steps, count + 1).round().astype(int)
    at = np.arange(steps)
    return [(at >= low) & (at < high) for low, high in pairwise(edges)]
