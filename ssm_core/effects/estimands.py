"""The estimands of a study, one function each, over posterior draws of one model: the registry and the single steps."""

from collections.abc import Callable

from schemas.results import EstimandName
from ssm_core.effects.doses import dose_response
from ssm_core.effects.lived import as_lived, sd_of_single
from ssm_core.effects.responses import settling_step
from ssm_core.effects.setting import Quantity, Setting
from ssm_core.effects.strategies import strategies
from ssm_core.effects.sustained import (
    average_since_beginning,
    building_up,
    cumulative,
    lasting,
    on_the_record,
    over_period,
)

HALF, WASHED_OUT = 0.5, 0.1
LIVED = "difference between two single steps that differ in the exposure, as they would be lived"


def immediate(setting: Setting) -> list[Quantity]:
    """Mean over usable steps of `E[y_t | do(x_{t-lag} = a), past] - E[y_t | do(x_{t-lag} = b), past]`."""
    expected = (
        "mean over usable steps t of E[y(t) | do(x(t-K)=a), past] - E[y(t) | do(x(t-K)=b), past], K = lag; "
        "exposures after t-K follow their own mechanism"
    )
    reason = setting.missing(setting.lag)
    draws = None if reason else setting.at(setting.lag)
    found = Quantity("immediate", "expected", setting.lag, draws, expected, reason=reason)
    return [found, as_lived(setting, found, sd_of_single(setting, setting.lag), LIVED)]


def impulse_responses(setting: Setting) -> list[Quantity]:
    """`E[y_{t+h} | do(x_t = a)] - E[y_{t+h} | do(x_t = b)]`, later exposures following, h = 0..horizon."""
    definition = "E[y(t+h) | do(x(t)=a)] - E[y(t+h) | do(x(t)=b)], later exposures follow their own mechanism"
    reasons = [setting.missing(h) for h in range(setting.horizon + 1)]
    expected = [
        Quantity("impulse_response", "expected", h, None if reason else setting.at(h), definition, reason=reason)
        for h, reason in enumerate(reasons)
    ]
    return expected + [as_lived(setting, q, sd_of_single(setting, q.horizon or 0), LIVED) for q in expected]


def controlled_direct(setting: Setting) -> list[Quantity]:
    """The same with all other exposures held as they were recorded (controlled direct effect)."""
    definition = "E[y(t+h) | do(x(t)=a)] - E[y(t+h) | do(x(t)=b)], all other exposures as recorded"
    return [
        Quantity("controlled_direct", "expected", h, setting.response[:, h], definition)
        for h in range(setting.horizon + 1)
    ]


def carry_over(setting: Setting) -> list[Quantity]:
    """Steps after the peak until the response stays at or below 50 % (10 %) of it, interpolated between steps."""
    seen, reason = setting.followed[:, : setting.horizon + 1], setting.missing(setting.horizon)
    rows: list[tuple[EstimandName, float]] = [("half_life", HALF), ("washout", WASHED_OUT)]
    return [
        Quantity(
            name,
            "expected",
            setting.horizon,
            None if reason else settling_step(seen, share),
            f"steps after the peak until the response stays at or below {share:.0%} of it, interpolated between steps",
            in_steps=True,
            reason=reason,
        )
        for name, share in rows
    ]


ESTIMANDS: tuple[Callable[[Setting], list[Quantity]], ...] = (
    immediate,
    impulse_responses,
    controlled_direct,
    dose_response,
    cumulative,
    lasting,
    over_period,
    average_since_beginning,
    on_the_record,
    strategies,
    building_up,
    carry_over,
)


def quantities_of(setting: Setting) -> list[Quantity]:
    """All registered estimands."""
    return [quantity for estimand in ESTIMANDS for quantity in estimand(setting)]
