"""The estimands of a study, one function each, over posterior draws of one model."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.results import EstimandName
from ssm_core.effects.responses import (
    Linear,
    impulse_response,
    noise_response,
    period_effect,
    settling_step,
    steady_state,
)

SETTLED = 0.9
HALF, WASHED_OUT = 0.5, 0.1


class Setting(NamedTuple):
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

    def followed(self, held: Float[np.ndarray, "draw step"]) -> Float[np.ndarray, "draw step"]:
        """The response with later exposures following, where it can be had."""
        return held if self.total is None else self.total

    def at(self, step: int, held: Float[np.ndarray, "draw step"]) -> Float[np.ndarray, " draw"]:
        """One step of it; all draws where later exposures do not matter yet."""
        differs = self.total_from is not None and step >= self.total_from
        return (self.followed(held) if differs else held)[:, step]

    def missing(self, step: int) -> str | None:
        """Why the total response at a step cannot be had."""
        late = self.total_from is not None and step >= self.total_from
        return self.total_reason if late and self.total is None else None


class Quantity(NamedTuple):
    """Draws of one estimand, or the reason why there are none; `sustained` ones set the exposure at every step."""

    name: EstimandName
    kind: Literal["expected", "predictive"]
    horizon: int | None
    draws: Float[np.ndarray, " draw"] | None
    definition: str
    sustained: bool = False
    in_steps: bool = False
    reason: str | None = None


def response_of(setting: Setting) -> Float[np.ndarray, "draw step"]:
    """Response to the contrast at step 0, up to the longer of horizon and record."""
    last = max(setting.horizon, setting.usable.size - 1)
    if setting.exposure is None:
        return np.zeros((len(setting.linear.process_sd), last + 1))
    return setting.size * impulse_response(setting.linear, setting.exposure, setting.outcome, last)


def immediate(setting: Setting, response: Float[np.ndarray, "draw step"]) -> list[Quantity]:
    """Mean over usable steps of `E[y_t | do(x_{t-lag} = a), past] - E[y_t | do(x_{t-lag} = b), past]`."""
    draws = setting.at(setting.lag, response)
    rng = np.random.default_rng(setting.seed)
    noise = noise_response(setting.linear, setting.outcome, setting.lag)
    level, measurement = (
        sd[:, setting.outcome] ** 2 for sd in (setting.linear.level_sd, setting.linear.measurement_sd)
    )
    spread = np.sqrt(2.0 * ((noise**2).sum((1, 2)) + level * (setting.lag + 1) + measurement))
    spread = spread[np.linspace(0, spread.size - 1, draws.size).astype(int)]
    expected = (
        "mean over usable steps t of E[y(t) | do(x(t-K)=a), past] - E[y(t) | do(x(t-K)=b), past], K = lag; "
        "exposures after t-K follow their own mechanism"
    )
    reason = setting.missing(setting.lag)
    if reason is not None:
        return [Quantity("immediate", kind, setting.lag, None, expected, reason=reason)
                for kind in ("expected", "predictive")]  # fmt: skip
    lived = "difference between two single steps that differ in the exposure, as they would be lived"
    return [
        Quantity("immediate", "expected", setting.lag, draws, expected),
        Quantity("immediate", "predictive", setting.lag, draws + spread * rng.normal(size=draws.size), lived),
    ]


def impulse_responses(setting: Setting, response: Float[np.ndarray, "draw step"]) -> list[Quantity]:
    """`E[y_{t+h} | do(x_t = a)] - E[y_{t+h} | do(x_t = b)]`, later exposures following, h = 0..horizon."""
    definition = "E[y(t+h) | do(x(t)=a)] - E[y(t+h) | do(x(t)=b)], later exposures follow their own mechanism"
    reasons = [setting.missing(h) for h in range(setting.horizon + 1)]
    return [
        Quantity(
            "impulse_response", "expected", h, None if reason else setting.at(h, response), definition, reason=reason
        )
        for h, reason in enumerate(reasons)
    ]


def controlled_direct(setting: Setting, response: Float[np.ndarray, "draw step"]) -> list[Quantity]:
    """The same with all other exposures held as they were recorded (controlled direct effect)."""
    definition = "E[y(t+h) | do(x(t)=a)] - E[y(t+h) | do(x(t)=b)], all other exposures as recorded"
    return [
        Quantity("controlled_direct", "expected", h, response[:, h], definition) for h in range(setting.horizon + 1)
    ]


def cumulative(setting: Setting, response: Float[np.ndarray, "draw step"]) -> list[Quantity]:
    """`sum_{h=0..H} response_h`: outcome at the last of H + 1 steps, exposed at all of them versus at none."""
    definition = "sum of the responses 0..H: the outcome after exposure at each of H+1 steps in a row, versus at none"
    draws = response[:, : setting.horizon + 1].sum(1)
    return [_unless_extrapolated(setting, response, "cumulative", setting.horizon, draws, definition)]


def lasting(setting: Setting, response: Float[np.ndarray, "draw step"]) -> list[Quantity]:
    """`(I - Gamma - sum A)^{-1} sum B`: the change that remains while the exposure is kept up."""
    definition = "limit of the cumulative effect under exposure at every step (stationary part only)"
    if setting.exposure is None:
        draws = np.zeros(len(response))
    else:
        draws = setting.size * steady_state(setting.linear, setting.exposure, setting.outcome)
    return [_unless_extrapolated(setting, response, "steady_state", None, draws, definition)]


def over_period(setting: Setting, response: Float[np.ndarray, "draw step"]) -> list[Quantity]:
    """Average period treatment effect (Daza 2018): every step of the record exposed versus none."""
    definition = "mean over usable steps of the record: exposed at every step versus at none (APTE, Daza 2018)"
    draws = period_effect(response, setting.usable)
    return [_unless_extrapolated(setting, response, "period_effect", setting.usable.size, draws, definition)]


def carry_over(setting: Setting, response: Float[np.ndarray, "draw step"]) -> list[Quantity]:
    """First step after the peak from which the response stays at or below 50 % (10 %) of it."""
    seen, reason = setting.followed(response)[:, : setting.horizon + 1], setting.missing(setting.horizon)
    rows: list[tuple[EstimandName, float]] = [("half_life", HALF), ("washout", WASHED_OUT)]
    return [
        Quantity(
            name,
            "expected",
            setting.horizon,
            None if reason else settling_step(seen, share),
            f"steps after the peak until the response stays at or below {share:.0%} of it",
            in_steps=True,
            reason=reason,
        )
        for name, share in rows
    ]


ESTIMANDS: tuple[Callable[[Setting, Float[np.ndarray, "draw step"]], list[Quantity]], ...] = (
    immediate,
    impulse_responses,
    controlled_direct,
    cumulative,
    lasting,
    over_period,
    carry_over,
)


def quantities_of(setting: Setting) -> list[Quantity]:
    """All registered estimands."""
    response = response_of(setting)
    return [quantity for estimand in ESTIMANDS for quantity in estimand(setting, response)]


def _unless_extrapolated(
    setting: Setting,
    response: Float[np.ndarray, "draw step"],
    name: EstimandName,
    horizon: int | None,
    draws: Float[np.ndarray, " draw"],
    definition: str,
) -> Quantity:
    """Refuse a sustained exposure that builds up for longer than any run of exposure in the record."""
    needed = _steps_to_settle(response)
    if needed <= max(setting.longest_run, 1):
        return Quantity(name, "expected", horizon, draws, definition, sustained=True)
    reason = (
        f"extrapolation: the effect needs about {needed:.0f} steps of exposure in a row to build up, "
        f"the longest run in the record is {setting.longest_run}"
    )
    return Quantity(name, "expected", horizon, None, definition, sustained=True, reason=reason)


def _steps_to_settle(response: Float[np.ndarray, "draw step"]) -> float:
    """Median number of exposed steps after which 90 % of the lasting change is reached for good."""
    cumulated = np.cumsum(response, axis=1)
    final = cumulated[:, -1:]
    away = np.abs(cumulated - final) > (1.0 - SETTLED) * np.abs(final)
    last_away = np.where(away.any(1), away.shape[1] - 1 - away[:, ::-1].argmax(1), -1)
    return float(np.median(last_away + 2))
