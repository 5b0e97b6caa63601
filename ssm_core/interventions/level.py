"""A drawn path of a random-walk level, given what is observed of it through noise; many chains side by side."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class LevelStart(NamedTuple):
    """`level_1 ~ Normal(mean, sd^2)`."""

    mean: float
    sd: float


class LevelModel(NamedTuple):
    """`r_t = level_t + noise_t`, `level_{t+1} = level_t + step_t`, both normal with mean zero.

    Attributes:
        start: of the level.
        noise_sd: of `noise_t`, one a chain.
        step_sd: of `step_t`, one a chain; zero is a level that stands still.
    """

    start: LevelStart
    noise_sd: Float[np.ndarray, " chain"]
    step_sd: Float[np.ndarray, " chain"]


class Filtered(NamedTuple):
    """Mean and variance of the level at each step given what is observed up to it."""

    mean: Float[np.ndarray, "time chain"]
    variance: Float[np.ndarray, "time chain"]


def filtered(model: LevelModel, observed: Float[np.ndarray, "time chain"]) -> Filtered:
    """The Kalman filter of the local level model.

    Args:
        model: its parameters.
        observed: `r`; a step that is missing is NaN in every chain.

    Source: Durbin & Koopman (2012), section 2.2.
    """
    mean, variance = np.empty_like(observed), np.empty_like(observed)
    noise, step = model.noise_sd**2, model.step_sd**2
    m, p = np.full_like(noise, model.start.mean), np.full_like(noise, model.start.sd**2)
    known = ~np.isnan(observed[:, 0])
    for t, row in enumerate(observed):
        if known[t]:
            gain = p / (p + noise)
            m, p = m + gain * (row - m), p * (1.0 - gain)
        mean[t], variance[t] = m, p
        p = p + step
    return Filtered(mean, variance)


def draw_level(
    model: LevelModel, observed: Float[np.ndarray, "time chain"], rng: np.random.Generator
) -> Float[np.ndarray, "time chain"]:
    """One path a chain from `p(level | r)`: filter forwards, sample backwards.

    `level_t | level_{t+1} ~ Normal(m_t + k_t (level_{t+1} - m_t), (1 - k_t) P_t)`, `k_t = P_t / (P_t + step_sd^2)`.

    Source: Carter & Kohn (1994, Biometrika 81); Frühwirth-Schnatter (1994).
    """
    mean, variance = filtered(model, observed)
    gain = variance / (variance + model.step_sd**2)
    noise = np.sqrt(variance * np.append(1.0 - gain[:-1], np.ones_like(gain[-1:]), axis=0))
    noise *= rng.normal(size=noise.shape)
    path = np.empty_like(mean)
    path[-1] = mean[-1] + noise[-1]
    for t in range(len(path) - 2, -1, -1):
        path[t] = mean[t] + gain[t] * (path[t + 1] - mean[t]) + noise[t]
    return path
