"""Schedules: what a coin says for every step, or for every period of steps."""

import numpy as np
from jaxtyping import Bool


def tossed(steps: int, period: int, rng: np.random.Generator) -> Bool[np.ndarray, " step"]:
    """Whether each step is exposed: one fair toss for every period, the last one cut off where the steps end.

    Tosses come in pairs of one exposed and one unexposed period in random order, so that both sides are about equally
    long whatever the coin says, and every permutation within pairs was equally likely (the ground of a randomisation
    test).

    Args:
        steps: length of the schedule.
        period: steps for which a toss holds.
        rng: of the tosses.

    Raises:
        ValueError: a length below one.

    Source: Senn (2002), Cross-over Trials in Clinical Research, chapter 7 (n-of-1 trials in pairs of periods).
    """
    if steps < 1 or period < 1:
        raise ValueError(f"steps and period must be at least 1, got {steps} and {period}")
    pairs = -(-steps // (2 * period))
    first = rng.random(pairs) < 0.5
    return np.repeat(np.column_stack([first, ~first]).ravel(), period)[:steps]
