"""Estimands that set the exposure at every step: sums, limits, periods, and the record with the exposure undone."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.effects.contrast import since_beginning
from ssm_core.effects.lived import as_lived, sd_of_mean, sd_of_single
from ssm_core.effects.responses import period_effect, steady_state
from ssm_core.effects.setting import Quantity, Setting

Responses = Float[np.ndarray, "draw step"]


def cumulative(setting: Setting) -> list[Quantity]:
    """`sum_{h=0..H} response_h`: outcome at the last of H + 1 steps, exposed at all of them versus at none."""
    definition = "sum of the responses 0..H: the outcome after exposure at each of H+1 steps in a row, versus at none"
    draws = setting.response[:, : setting.horizon + 1].sum(1)
    found = _unless_extrapolated(
        setting, Quantity("cumulative", "expected", setting.horizon, draws, definition), setting.horizon + 1
    )
    lived = (
        "difference between two single steps, one after H+1 exposed steps and one after none, as they would be lived"
    )
    return [found, as_lived(setting, found, sd_of_single(setting, setting.horizon), lived)]


def lasting(setting: Setting) -> list[Quantity]:
    """`(I - Gamma - sum A)^{-1} sum B`: the change that remains while the exposure is kept up."""
    definition = "limit of the cumulative effect under exposure at every step (stationary part only)"
    if setting.exposure is None:
        draws = np.zeros(len(setting.response))
    else:
        draws = setting.size * steady_state(setting.linear, setting.exposure, setting.outcome)
    found = _unless_extrapolated(setting, Quantity("steady_state", "expected", None, draws, definition))
    lived = (
        "difference between two single steps, one of a life with the exposure and one of a life without, "
        f"{setting.horizon} steps after they parted, as they would be lived"
    )
    return [found, as_lived(setting, found, sd_of_single(setting, setting.horizon), lived)]


def over_period(setting: Setting) -> list[Quantity]:
    """Average period treatment effect (Daza 2018): every step of a period exposed versus none.

    `mean_{k=1..n} sum_{h<k} response_h` for a period of n steps after the same past; without a stated length the
    record is the period and its usable steps are averaged. Carry-over is followed to the end of the period.
    """
    n = setting.usable.size if setting.period is None else setting.period
    if setting.period is None:
        definition = "mean over usable steps of the record: exposed at every step versus at none (APTE, Daza 2018)"
        draws = period_effect(setting.response, setting.usable)
    else:
        definition = (
            f"mean over a period of {n} steps: exposed at every step versus at none, after the same past; carry-over "
            f"followed for {n} steps (APTE, Daza 2018)"
        )
        draws = period_effect(setting.response, np.ones(n, dtype=bool))
    found = _unless_extrapolated(setting, Quantity("period_effect", "expected", n, draws, definition), n)
    lived = f"difference between the means of two periods of {n} steps, as they would be lived"
    return [found, as_lived(setting, found, sd_of_mean(setting, n), lived)]


def average_since_beginning(setting: Setting) -> list[Quantity]:
    """What an exposure that began once has changed so far: its effect, averaged over the steps since.

    `mean_t sum_{h <= t - beginning} response_h` over the usable steps t from `lag` after the beginning on. Nothing
    where the exposure comes and goes.

    Source: Brodersen et al. (2015, Annals of Applied Statistics 9), the average of the pointwise effects.
    """
    since = None if setting.recorded is None else since_beginning(setting.recorded, setting.usable, setting.lag)
    if since is None:
        return []
    definition = (
        "mean over usable steps t since the beginning: y(t) exposed at every step since, minus y(t) exposed at none"
    )
    found = Quantity(
        "average_since_beginning", "expected", since.steps, setting.response[:, : since.weights.size] @ since.weights,
        definition, sustained=True,
    )  # fmt: skip
    lived = f"difference between the means of two such stretches of {since.steps} steps, as they would be lived"
    return [found, as_lived(setting, found, sd_of_mean(setting, since.steps), lived)]


def on_the_record(setting: Setting) -> list[Quantity]:
    """What the exposure did on these very days: the record, minus the record with every exposure at its reference.

    Each day's noise is kept (abduction); in a linear model it cancels, and what is left is
    `mean over usable t of sum_h response_h (x_{t-h} - reference) / size`. Exposures that were not recorded stay as
    they were. The interval is of this past and holds no noise of days to come, so there is no predictive kind.

    Source: Pearl (2009), section 7.1 (abduction, action, prediction).
    """
    if setting.recorded is None:
        return []
    moved = np.nan_to_num(setting.recorded - setting.reference)
    steps = np.flatnonzero(setting.usable)
    shares = np.array([moved[steps[steps >= h] - h].sum() for h in range(setting.usable.size)]) / max(steps.size, 1)
    draws = setting.response[:, : shares.size] @ shares / setting.size
    definition = (
        "mean over usable steps of the record: y(t) as it was, minus y(t) had the exposure been at its reference at "
        "every recorded step, with the noise of these very steps"
    )
    found = Quantity(
        "counterfactual", "expected", setting.usable.size, draws, definition,
        contrast=f"as recorded versus {setting.reference:.4g} throughout",
    )  # fmt: skip
    return [_unless_extrapolated(setting, found, None, rest=True)]


def building_up(setting: Setting) -> list[Quantity]:
    """Steps of exposure in a row until the change stays within 10 % of its limit; beyond the horizon: infinite."""
    steps = setting.build_up
    found = Quantity(
        "time_to_90", "expected", setting.horizon, np.where(steps > setting.horizon, np.inf, steps),
        "steps of exposure in a row until 90 % of the lasting change is there for good", in_steps=True,
    )  # fmt: skip
    return [_unless_extrapolated(setting, found)]


class _Limit(NamedTuple):
    run: int
    what: str


def _unless_extrapolated(
    setting: Setting, found: Quantity, length: int | None = None, *, rest: bool = False
) -> Quantity:
    """Refuse a sustained exposure that builds up for longer than any run in the record.

    Args:
        setting: the question.
        found: the quantity.
        length: steps for which it sets the exposure; None for ever.
        rest: it keeps the exposure at its reference, so that runs without exposure count.
    """
    needed = float(np.median(setting.build_up))
    limit = _Limit(setting.longest_rest, "without exposure") if rest else _Limit(setting.longest_run, "of exposure")
    if min(needed, length or np.inf) <= max(limit.run, 1):
        return found._replace(sustained=True)
    reason = (
        f"extrapolation: the effect needs about {needed:.0f} steps {limit.what} in a row to build up, "
        f"the longest run in the record is {limit.run}"
    )
    return found._replace(draws=None, sustained=True, reason=reason)
