"""Assurance: how likely more data would settle the question, averaged over what the posterior holds possible."""

from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

LENGTHS = (7, 14, 21, 28, 42, 56, 84, 112, 168, 252, 365, 545, 730, 1095, 2000)
NEWS = np.array([NormalDist().inv_cdf((k + 0.5) / 40) for k in range(40)])
"""Forty equally likely values of a standard normal error."""
DRAWS = 1000
FEW = 0.05
"""Share of the draws below which an effect that matters is not what a study would look for."""
WANTED = 0.8
"""Probability of an answer from which on a length is recommended."""

type Aim = Literal["effect", "none", "either"]


class Rule(NamedTuple):
    """When a posterior settles the question; see `ssm_core.effects.verdict.decide`."""

    prob_direction: float
    prob_meaningful: float
    prob_equivalent: float
    low: float
    high: float


class Prospect(NamedTuple):
    """What `steps` more steps would do.

    Attributes:
        steps: how many.
        aim: `effect`, one that matters is said to be there; `none`, hardly any is thought possible and is ruled out;
            `either`, one of the two is said.
        settled: probability of that, averaged over the posterior's parameter vectors it is about.
        low, high: 10 % and 90 % of that probability over these.
    """

    steps: int
    aim: Aim
    settled: float
    low: float
    high: float


class Known(NamedTuple):
    """What an analysis of the further steps knows beforehand of the effect, as a normal: mean and standard deviation.

    The posterior so far where old and new steps are analysed as one record; the prior where the new ones, whose
    exposure a coin decided, are to speak for themselves. An infinite `sd` is no knowledge.
    """

    mean: float
    sd: float


def prospects(
    effect: Float[np.ndarray, " draw"],
    noise_sd: Float[np.ndarray, " draw"],
    share: float,
    rule: Rule,
    lengths: tuple[int, ...] = LENGTHS,
    period: int = 1,
    known: Known | None = None,
    either: bool = False,
) -> list[Prospect]:
    """Power after `n` more steps whose exposure a coin decides, averaged over what is still possible.

    It is about the posterior draws with an effect that matters: would the verdict be `effect`? Where fewer than
    `FEW` of them have one it is about the others: would the verdict be that none matters? With `either` it is about
    all of them: would it be one of the two?

    For a parameter vector with effect `b` and noise `s` of one step given its past, `n` coin-tossed steps estimate `b`
    with variance `v = s^2 / (n p (1 - p) (1 - r^2))` (exact when the past is observed without error; the schedule takes
    the two values of the contrast). Where one toss holds for a period of `k` steps, `r = (k - 1) / k` is how much a
    step's exposure is told by the one before, whose carry-over is estimated along; otherwise it is zero. With `N(m, w)`
    known beforehand the posterior is `N(m', w')`, `1/w' = 1/w + 1/v`, `m'/w' = m/w + (b + e)/v`, `e ~ N(0, v)`; the
    rule is then applied to it.

    Args:
        effect: posterior draws of the effect of the contrast.
        noise_sd: posterior draws of `s`.
        share: `p`, share of exposed steps in the coming schedule.
        rule: what settles the question.
        lengths: numbers of steps looked at.
        period: `k`, steps for which one toss holds.
        known: `N(m, w)`; the posterior so far by default.
        either: ask for any of the two answers.

    Source: O'Hagan, Stevens & Campbell (2005, Pharmaceutical Statistics 4) for assurance.
    """
    keep = np.linspace(0, effect.size - 1, min(DRAWS, effect.size)).astype(int)
    b, s = effect[keep], noise_sd[keep]
    known = known or Known(float(effect.mean()), float(effect.std()))
    precision = 1.0 / max(known.sd, 1e-150) ** 2
    matters = (b < rule.low) | (b > rule.high)
    aim: Aim = "either" if either else "effect" if matters.mean() >= FEW else "none"
    about = {"effect": matters, "none": ~matters, "either": np.full(b.size, True)}[aim]
    b, s, out = b[about], s[about], []
    own = 1.0 - ((period - 1) / period) ** 2
    for n in lengths:
        v = s**2 / (n * share * (1.0 - share) * own)
        after = 1.0 / (precision + 1.0 / v)
        estimate = b[:, None] + np.sqrt(v)[:, None] * NEWS
        centre = after[:, None] * (known.mean * precision + estimate / v[:, None])
        settles = _said(aim, centre, np.sqrt(after)[:, None], rule).mean(axis=1)
        out.append(Prospect(n, aim, float(settles.mean()), *(float(q) for q in np.quantile(settles, [0.1, 0.9]))))
    return out


def first_settled(found: list[Prospect], wanted: float = WANTED) -> Prospect | None:
    """The shortest length that settles the question with the probability wanted."""
    return next((one for one in found if one.settled >= wanted), None)


def _said(
    aim: Aim, mean: Float[np.ndarray, "draw error"], sd: Float[np.ndarray, "draw one"], rule: Rule
) -> Bool[np.ndarray, "draw error"]:
    from scipy.special import ndtr  # noqa: PLC0415 - half a second, and only this needs it

    outside = ndtr((rule.low - mean) / sd) + ndtr((mean - rule.high) / sd)
    none = 1.0 - outside >= rule.prob_equivalent
    if aim == "none":
        return none
    positive = ndtr(mean / sd)
    effect = (np.maximum(positive, 1.0 - positive) >= rule.prob_direction) & (outside >= rule.prob_meaningful)
    return effect if aim == "effect" else effect | none
