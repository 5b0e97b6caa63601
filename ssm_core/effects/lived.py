"""Predictive kinds: what a difference looks like when it is lived, not averaged."""

from zlib import crc32

import numpy as np
from jaxtyping import Float

from ssm_core.effects.setting import Quantity, Setting


def as_lived(setting: Setting, expected: Quantity, spread: Float[np.ndarray, " draw"], definition: str) -> Quantity:
    """The predictive companion of an expected quantity: its draws plus the noise of the two sides compared.

    Args:
        setting: the question.
        expected: draws of the expectation, or the reason why there are none.
        spread: standard deviation of the difference of the two sides' noise, per draw of the model.
        definition: of the predictive quantity.
    """
    lived = expected._replace(kind="predictive", definition=definition)
    if expected.draws is None:
        return lived
    rng = np.random.default_rng([setting.seed, crc32(expected.name.encode()), expected.horizon or 0])
    sd = spread[np.linspace(0, spread.size - 1, expected.draws.size).astype(int)]
    return lived._replace(draws=expected.draws + sd * rng.normal(size=expected.draws.size))


def sd_of_single(setting: Setting, ahead: int) -> Float[np.ndarray, " draw"]:
    """Of the difference of two outcomes, each `ahead` steps after a known past, with independent noise.

    `2 (sum_{h<=ahead} |psi_h|^2 + (ahead + 1) q_level^2 + r^2)` under the root; see `Setting.shocks` for psi.
    """
    shocks = (setting.shocks[:, : ahead + 1] ** 2).sum((1, 2))
    return np.sqrt(2.0 * (shocks + _level(setting) * (ahead + 1) + _measured(setting)))


def sd_of_mean(setting: Setting, steps: int) -> Float[np.ndarray, " draw"]:
    """Of the difference of two means over `steps` steps that follow a known past, with independent noise.

    A shock in step s of the mean enters with `c_{n-s} = sum_{h<=n-s} psi_h`, so that the variance of a mean is
    `(sum_{j<n} |c_j|^2 + q_level^2 sum_{j<=n} j^2 + n r^2) / n^2`.
    """
    shocks = (np.cumsum(setting.shocks[:, :steps], axis=1) ** 2).sum((1, 2))
    squares = steps * (steps + 1) * (2 * steps + 1) / 6
    return np.sqrt(2.0 * (shocks + _level(setting) * squares + steps * _measured(setting))) / steps


def _level(setting: Setting) -> Float[np.ndarray, " draw"]:
    return setting.linear.level_sd[:, setting.outcome] ** 2


def _measured(setting: Setting) -> Float[np.ndarray, " draw"]:
    return setting.linear.measurement_sd[:, setting.outcome] ** 2
