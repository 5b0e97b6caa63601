"""Quick refits: the mode and its curvature on a changed record or model, started from the posterior's mean."""

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
    """Mean and standard deviation of a response or an average of responses, by the Gaussian that touches the mode.

    Attributes:
        mean, sd: of the response to one unit of exposure.
        log_evidence: Laplace's approximation, `log p(mode, y) + p/2 log 2 pi - log |precision| / 2`.
    """

    mean: float
    sd: float
    log_evidence: float


class Refitter(NamedTuple):
    """One fitted model, ready to be fitted again to another record.

    The Gaussian at a mode is compared with that of the whole record only, so that what the approximation gets wrong
    is wrong on both sides.

    Attributes:
        spec, scale, design, kernel: as fitted.
        start: posterior mean, on the whole line.
        lag: of the response.
        seed: of the draws from the Gaussian, the same for every refit.
        average: weights of the responses 0, 1, ... whose sum is asked for; None for the response at `lag`.
    """

    spec: ModelSpec
    scale: Scale
    design: Design
    kernel: Choice
    start: Float[np.ndarray, " parameter"]
    lag: int
    seed: int = 5
    average: Float[np.ndarray, " step"] | None = None

    def without(self, left_out: Bool[np.ndarray, " time"]) -> Approximate | None:
        """With the observations of some steps set aside; None where nothing can be fitted."""
        return self.to(self.design._replace(y=np.where(left_out[:, None], np.nan, self.design.y)))

    def to(self, design: Design) -> Approximate | None:
        """The same model on another record in the same units; None where nothing can be fitted."""
        target = LogPosterior(self.spec, self.scale, design, self.kernel)
        summit = newton(target, self.start)
        eigenvalues, vectors = np.linalg.eigh(summit.precision)
        if not np.isfinite(summit.value) or eigenvalues.min() <= 0:
            return None
        noise = np.random.default_rng(self.seed).standard_normal((self.start.size, DRAWS))
        x = summit.x[:, None] + vectors @ (noise / np.sqrt(eigenvalues)[:, None])
        linear = linear_of(self.spec, target.natural(x).T)
        exposure, outcome = self.spec.inputs.index(self.spec.treatment), self.spec.states.index(self.spec.outcome)
        weights = np.eye(self.lag + 1)[-1] if self.average is None else self.average
        response = impulse_response(linear, exposure, outcome, weights.size - 1) @ weights
        evidence = summit.value + 0.5 * float(self.start.size * np.log(2 * np.pi) - np.log(eigenvalues).sum())
        return Approximate(float(response.mean()), float(response.std(ddof=1)), evidence)

    def shifted(self, shift: int) -> "Refitter":
        """The same model with the exposure acting `shift` steps later; its record has to be laid out anew.

        Raises:
            ValueError: the exposure would act before it happens.
        """
        if self.lag + shift < 0:
            raise ValueError(f"an exposure {self.lag} steps before the outcome cannot act {-shift} steps earlier")
        x, own = self.spec.treatment, self.spec.exposure_index
        acts = [p.matrix == "inputs" and p.column == x and p.row not in own for p in self.spec.parameters]
        moved = tuple(
            p.model_copy(update={"lag": p.lag + shift}) if does else p
            for p, does in zip(self.spec.parameters, acts, strict=True)
        )
        spec = self.spec.model_copy(update={"parameters": moved, "lag": self.spec.lag + shift})
        return self._replace(spec=spec, lag=self.lag + shift)


def blocks(steps: int, count: int) -> list[Bool[np.ndarray, " time"]]:
    """The record cut into `count` stretches of about the same length."""
    edges = np.linspace(0, steps, count + 1).round().astype(int)
    at = np.arange(steps)
    return [(at >= low) & (at < high) for low, high in pairwise(edges)]


def after_switches(exposure: Float[np.ndarray, " time"], steps: int) -> Bool[np.ndarray, " time"]:
    """The first `steps` steps of every run of equal exposure, but for the run that the record starts in.

    A missing exposure belongs to no run; the step after it counts as a switch when the value is another one.
    """
    out = np.zeros(exposure.size, dtype=bool)
    last = np.nan
    for t, value in enumerate(exposure):
        if not np.isnan(value):
            if not np.isnan(last) and value != last:
                out[t : t + steps] = True
            last = value
    return out
