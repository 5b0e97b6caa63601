"""The question put to one fitted model, and the form of an answer."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.results import EstimandName
from ssm_core.effects.responses import Linear, impulse_response, noise_response

SETTLED = 0.9


class Rule(NamedTuple):
    """`x*_t = then` where `v*_{t-lag} < below` or `v*_{t-lag} > above`, else `otherwise`.

    Attributes:
        name: what the person calls it.
        looks_at: recorded values of v, the variable that decides; NaN where not recorded.
        state: index of v among the model's states, None where no exposure moves it.
        lag: steps back at which it is looked at.
        below, above: the rule applies to values below the one or above the other.
        then: exposure where it applies.
        otherwise: exposure elsewhere; None for as recorded.
        reason: why it cannot be evaluated.
    """

    name: str
    looks_at: Float[np.ndarray, " time"]
    state: int | None
    lag: int
    below: float | None
    above: float | None
    then: float
    otherwise: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Setting:
    """One model, fitted, and the question put to it.

    Attributes:
        linear: matrices per draw, in the units of the data.
        exposure: index of the input, or None when the graph has no path (every effect is exactly zero).
        outcome: index of the state.
        size: difference between the two exposure values compared.
        lag: steps from exposure to outcome in the headline.
        horizon: last step of responses.
        usable: steps on which the effect is averaged.
        longest_run: longest run of exposed steps in the record.
        seed: of the simulated noise in predictive intervals.
        total: response with later exposures following their own mechanism, up to the horizon; None where it is the
            same as with later exposures held as recorded.
        total_from: first step at which the two differ; responses from there on need `total`.
        total_reason: why `total` cannot be had although the two differ.
        longest_rest: longest run of unexposed steps in the record.
        recorded: the exposure as it was recorded, NaN where it was not; None where nobody asks for it.
        reference: the exposure value that others are compared with.
        period: length in steps of the treatment period that is averaged over; None for the whole record.
        rules: exposures decided by a rule, see `ssm_core.effects.strategies`.
    """

    linear: Linear
    exposure: int | None
    outcome: int
    size: float
    lag: int
    horizon: int
    usable: Bool[np.ndarray, " time"]
    longest_run: int
    seed: int
    total: Float[np.ndarray, "draw step"] | None = None
    total_from: int | None = None
    total_reason: str | None = None
    longest_rest: int = 0
    recorded: Float[np.ndarray, " time"] | None = None
    reference: float = 0.0
    period: int | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def last(self) -> int:
        """Last step that any estimand looks at: the longest of horizon, period and record."""
        return max(self.horizon, self.usable.size - 1, (self.period or 0) - 1)

    @cached_property
    def response(self) -> Float[np.ndarray, "draw step"]:
        """Of the outcome to the contrast at step 0, later exposures held."""
        if self.exposure is None:
            return np.zeros((len(self.linear.process_sd), self.last + 1))
        return self.size * impulse_response(self.linear, self.exposure, self.outcome, self.last)

    @cached_property
    def shocks(self) -> Float[np.ndarray, "draw step state"]:
        """Of the outcome to the noise of every step, see `noise_response`."""
        return noise_response(self.linear, self.outcome, self.last)

    @cached_property
    def build_up(self) -> Float[np.ndarray, " draw"]:
        """Number of exposed steps after which 90 % of the lasting change is reached for good."""
        return steps_to_settle(self.response)

    @property
    def followed(self) -> Float[np.ndarray, "draw step"]:
        """The response with later exposures following, where it can be had."""
        return self.response if self.total is None else self.total

    def at(self, step: int) -> Float[np.ndarray, " draw"]:
        """One step of it; all draws where later exposures do not matter yet."""
        differs = self.total_from is not None and step >= self.total_from
        return (self.followed if differs else self.response)[:, step]

    def missing(self, step: int) -> str | None:
        """Why the total response at a step cannot be had."""
        late = self.total_from is not None and step >= self.total_from
        return self.total_reason if late and self.total is None else None


class Quantity(NamedTuple):
    """Draws of one estimand, or the reason why there are none.

    Attributes:
        name, kind, horizon, definition: see `schemas.results.Effect`.
        draws: in the unit of the outcome, or in steps where `in_steps`.
        sustained: it sets the exposure at every step.
        reason: why there are no draws.
        contrast: what is compared, where it is not the contrast of the study.
        dose: exposure value, in a dose-response.
    """

    name: EstimandName
    kind: Literal["expected", "predictive"]
    horizon: int | None
    draws: Float[np.ndarray, " draw"] | None
    definition: str
    sustained: bool = False
    in_steps: bool = False
    reason: str | None = None
    contrast: str | None = None
    dose: float | None = None


def steps_to_settle(response: Float[np.ndarray, "draw step"]) -> Float[np.ndarray, " draw"]:
    """Steps after which the sum of the responses stays within 10 % of its last value, per draw."""
    cumulated = np.cumsum(response, axis=1)
    final = cumulated[:, -1:]
    away = np.abs(cumulated - final) > (1.0 - SETTLED) * np.abs(final)
    last_away = np.where(away.any(1), away.shape[1] - 1 - away[:, ::-1].argmax(1), -1)
    return last_away + 2.0
