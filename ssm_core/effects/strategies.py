"""Dynamic strategies: the record as it would have been, had a rule decided the exposure."""

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.effects.responses import impulse_responses
from ssm_core.effects.setting import Quantity, Rule, Setting

MOST_DRAWS = 800
"""Draws that are followed; the path of every draw is a recursion of its own."""


def strategies(setting: Setting) -> list[Quantity]:
    """Mean over usable steps of `y_t` had a rule decided every recorded exposure, minus `y_t` as it was."""
    return [_strategy(setting, rule) for rule in setting.rules]


def _strategy(setting: Setting, rule: Rule) -> Quantity:
    definition = (
        "mean over usable steps of the record: y(t) had the rule decided every recorded exposure, minus y(t) as it "
        "was, with the noise of these very steps"
    )
    found = Quantity(
        "strategy", "expected", setting.usable.size, None, definition, sustained=True,
        contrast=f"{rule.name} versus as recorded",
    )  # fmt: skip
    if rule.reason is not None or setting.recorded is None:
        return found._replace(reason=rule.reason or "the exposure is not recorded")
    if setting.exposure is None:
        return found._replace(draws=np.zeros(len(setting.linear.process_sd)))
    count = min(len(setting.linear.process_sd), MOST_DRAWS)
    at = np.linspace(0, len(setting.linear.process_sd) - 1, count).astype(int)
    linear = setting.linear._make(part[at] for part in setting.linear)
    every = impulse_responses(linear, setting.exposure, setting.usable.size - 1)
    own = np.zeros(every.shape[:2]) if rule.state is None else every[..., rule.state]
    if rule.lag == 0 and np.any(own[:, 0] != 0.0):
        return found._replace(reason="the rule looks at a value that the same step's exposure moves; give it lag: 1")
    moved = followed(rule, setting.recorded, own)
    if longer := _unseen(setting, moved):
        return found._replace(reason=longer)
    effect = every[..., setting.outcome]
    cumulated = np.zeros(count)
    for h in range(moved.shape[1]):
        cumulated += effect[:, h] * (moved[:, : moved.shape[1] - h] @ setting.usable[h:].astype(float))
    return found._replace(draws=cumulated / max(int(setting.usable.sum()), 1))


def followed(
    rule: Rule, recorded: Float[np.ndarray, " time"], own: Float[np.ndarray, "draw step"]
) -> Float[np.ndarray, "draw time"]:
    """`x*_t - x_t` under a rule that looks at `v*_s = v_s + sum_j R_j (x*_{s-j} - x_{s-j})`.

    A step whose exposure, or whose value that decides, was not recorded stays as it was.

    Args:
        rule: the strategy.
        recorded: the exposure.
        own: R, response of the variable that decides to one unit of exposure at step 0.
    """
    draws, steps = own.shape
    moved = np.zeros((draws, steps))
    for t in range(rule.lag, steps):
        s = t - rule.lag
        if np.isnan(recorded[t]) or np.isnan(rule.looks_at[s]):
            continue
        seen = rule.looks_at[s] + (own[:, s::-1] * moved[:, : s + 1]).sum(1)
        applies = np.zeros(draws, dtype=bool)
        if rule.below is not None:
            applies |= seen < rule.below
        if rule.above is not None:
            applies |= seen > rule.above
        elsewhere = recorded[t] if rule.otherwise is None else rule.otherwise
        moved[:, t] = np.where(applies, rule.then, elsewhere) - recorded[t]
    return moved


def _unseen(setting: Setting, moved: Float[np.ndarray, "draw time"]) -> str | None:
    """Why the rule goes beyond the record: it keeps the exposure at one side for longer than ever seen."""
    assert setting.recorded is not None
    low, high = np.nanmin(setting.recorded), np.nanmax(setting.recorded)
    path = setting.recorded + moved
    if np.nanmin(path) < low or np.nanmax(path) > high:
        return f"extrapolation: the rule sets exposures outside the recorded range {low:.4g} to {high:.4g}"
    known = ~np.isnan(path)
    for side, longest, what in (
        (path > (low + high) / 2, setting.longest_run, "with"),
        (path <= (low + high) / 2, setting.longest_rest, "without"),
    ):
        run = float(np.median(_longest(side & known)))
        if run > max(longest, 1):
            return (
                f"extrapolation: the rule makes runs of {run:.0f} steps {what} exposure, the longest in the record "
                f"is {longest}"
            )
    return None


def _longest(on: Bool[np.ndarray, "draw time"]) -> Float[np.ndarray, " draw"]:
    """Longest run of each row."""
    run = best = np.zeros(len(on))
    for column in on.T:
        run = np.where(column, run + 1, 0)
        best = np.maximum(best, run)
    return best
