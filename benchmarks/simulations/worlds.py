"""How records come about in each scenario: one function a world, with the true effect as its argument.

All are linear with normal noise of standard deviation one around the outcome, whose marginal spread is about one to
one and a half; `effect` is that of the exposure on the outcome of the same step, in noise standard deviations.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

type Columns = dict[str, Float[np.ndarray, " time"]]
type World = Callable[[np.random.Generator, int, float], Columns]

BURN_IN = 50
"""Steps before the record: it starts in mid-stream."""
MEMORY = 0.4


class Shape(NamedTuple):
    """A single-equation world: `y_t = 0.4 y_{t-1} + effect x_t + season_t + b z_t + e_t`.

    Attributes:
        feedback: `logit P(x_t = 1) = feedback y_{t-1} + by_confounder z_t + habit (2 x_{t-1} - 1)`.
        by_confounder: see `feedback`.
        habit: see `feedback`.
        confounding: `b`; `z` is an autoregression (0.5) of unit variance.
        calendar: size of trend (over the record) and weekday pattern, in noise standard deviations.
        missing: share of each column's cells that are not recorded, at random.
    """

    feedback: float = 0.0
    by_confounder: float = 0.0
    habit: float = 0.0
    confounding: float = 0.0
    calendar: float = 0.0
    missing: float = 0.0


def world(shape: Shape) -> World:
    """Records of one shape."""

    def simulate(rng: np.random.Generator, steps: int, effect: float) -> Columns:
        total = steps + BURN_IN
        x, y, z = np.zeros((3, total))
        e, news, coin = rng.normal(size=total), rng.normal(size=total), rng.random(total)
        t = np.arange(total) - BURN_IN
        season = shape.calendar * (t / steps + np.array([0.5, 0.2, 0.0, -0.2, -0.3, -0.5, 0.3])[t % 7])
        for k in range(1, total):
            z[k] = 0.5 * z[k - 1] + np.sqrt(0.75) * news[k]
            logit = shape.feedback * y[k - 1] + shape.by_confounder * z[k] + shape.habit * (2 * x[k - 1] - 1)
            x[k] = coin[k] < 1 / (1 + np.exp(-logit))
            y[k] = MEMORY * y[k - 1] + effect * x[k] + season[k] + shape.confounding * z[k] + e[k]
        columns = {"x": x, "y": y} | ({"z": z} if shape.confounding or shape.by_confounder else {})
        out = {name: values[BURN_IN:].copy() for name, values in columns.items()}
        for values in out.values():
            values[rng.random(steps) < shape.missing] = np.nan
        return out

    return simulate


def naive_trap(rng: np.random.Generator, steps: int, effect: float) -> Columns:
    """`y_t = 0.5 y_{t-1} + effect x_t + e_t`, `logit P(x_t = 1) = 1.5 y_{t-1}`."""
    total = steps + BURN_IN
    x, y = np.zeros((2, total))
    e, coin = rng.normal(size=total), rng.random(total)
    for k in range(1, total):
        x[k] = coin[k] < 1 / (1 + np.exp(-1.5 * y[k - 1]))
        y[k] = 0.5 * y[k - 1] + effect * x[k] + e[k]
    return {"x": x[BURN_IN:], "y": y[BURN_IN:]}


def half_life_of(rng: np.random.Generator) -> float:
    """The half-life of a study with carry-over: two to four steps, the first number its generator gives."""
    return float(rng.uniform(2.0, 4.0))


def carried_over(rng: np.random.Generator, steps: int, effect: float) -> Columns:
    """`y_t = 0.5^(1 / half-life) y_{t-1} + effect x_t + e_t`, `x` in randomised periods of seven to fourteen steps."""
    share_left = 0.5 ** (1.0 / half_life_of(rng))
    total = steps + BURN_IN
    lengths = rng.integers(7, 15, total)
    first = int(rng.integers(2))
    x = np.concatenate([np.full(n, float((i + first) % 2)) for i, n in enumerate(lengths)])[:total]
    y, e = np.zeros(total), rng.normal(size=total)
    for k in range(1, total):
        y[k] = share_left * y[k - 1] + effect * x[k] + e[k]
    return {"x": x[BURN_IN:], "y": y[BURN_IN:]}


def autoregression(rng: np.random.Generator, total: int, memory: float) -> Float[np.ndarray, " time"]:
    """Of unit variance."""
    news, u = rng.normal(size=total), np.zeros(total)
    for k in range(1, total):
        u[k] = memory * u[k - 1] + np.sqrt(1 - memory**2) * news[k]
    return u


def front_door(binary: bool) -> World:
    """Hidden persistent `u` drives `x` and `y`; all of the effect goes through `m`: `m = x + e`, `y += effect m`."""

    def simulate(rng: np.random.Generator, steps: int, effect: float) -> Columns:
        total = steps + BURN_IN
        u, (ex, em, ey) = autoregression(rng, total, 0.8), rng.normal(size=(3, total))
        index = 0.8 * u + ex
        x = (index > 0).astype(float) if binary else index
        m, y = np.zeros((2, total))
        for k in range(1, total):
            m[k] = 0.3 * m[k - 1] + x[k] + 0.7 * em[k]
            y[k] = MEMORY * y[k - 1] + effect * m[k] + 0.8 * u[k] + ey[k]
        return {"x": x[BURN_IN:], "m": m[BURN_IN:], "y": y[BURN_IN:]}

    return simulate


def proxy_parent(rng: np.random.Generator, steps: int, effect: float) -> Columns:
    """Hidden `u` drives `y`; the exposure answers only to its recorded proxy `p = u + e`."""
    total = steps + BURN_IN
    u, (ep, ey), coin = autoregression(rng, total, 0.7), rng.normal(size=(2, total)), rng.random(total)
    p = u + 0.5 * ep
    x = (coin < 1 / (1 + np.exp(-1.2 * p))).astype(float)
    y = np.zeros(total)
    for k in range(1, total):
        y[k] = MEMORY * y[k - 1] + effect * x[k] + 0.8 * u[k] + ey[k]
    return {"x": x[BURN_IN:], "p": p[BURN_IN:], "y": y[BURN_IN:]}


def late_hidden(rng: np.random.Generator, steps: int, effect: float) -> Columns:
    """A hidden cause without memory acts on the exposure at once and on the outcome a step later (`x` continuous)."""
    total = steps + BURN_IN
    u, (ex, ey) = rng.normal(size=total), rng.normal(size=(2, total))
    x = 0.8 * u + ex
    y = np.zeros(total)
    for k in range(1, total):
        y[k] = MEMORY * y[k - 1] + effect * x[k] + 0.8 * u[k - 1] + ey[k]
    return {"x": x[BURN_IN:], "y": y[BURN_IN:]}
