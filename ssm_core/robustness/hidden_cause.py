"""A lasting hidden cause of exposure and outcome: how strong it must be to make an effect out of nothing."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

PERSISTENCE = 0.8
"""Share of the hidden cause that is still there a step later: half of it is gone after three steps."""
EDGE = 0.995


class Seen(NamedTuple):
    """What an analyst sees who regresses `Y_t` on `X_t` and `Y_{t-1}` in a long record.

    Attributes:
        exposure: coefficient of the exposure, per standard deviation of it.
        memory: coefficient of the outcome's own past.
        residual: standard deviation of what is left.
    """

    exposure: float
    memory: float
    residual: float


def seen_without_effect(strength: float, memory: float, persistence: float = PERSISTENCE) -> Seen:
    """Least squares of the model in which the exposure does nothing and a hidden cause drives both.

    `U_t = rho U_{t-1} + sqrt(1 - rho^2) w_t`, `X_t = s U_t + sqrt(1 - s^2) v_t`,
    `Y_t = phi Y_{t-1} + s U_t + sqrt(1 - s^2) e_t`, all noise of variance one. With `c = cov(Y_t, U_t) = s / (1 - phi
    rho)` the moments are `var Y = (1 + 2 phi s rho c) / (1 - phi^2)`, `cov(X_t, Y_t) = s c`, `cov(X_t, Y_{t-1}) = s rho
    c`, `cov(Y_t, Y_{t-1}) = phi var Y + s rho c`.

    Args:
        strength: `s`, the correlation of `U` with the exposure and with the news of the outcome, from 0 up to 1.
        memory: `phi`.
        persistence: `rho`.

    Source: stationary moments of a linear system, derived here; compared with simulation in the tests.
    """
    s, phi, rho = strength, memory, persistence
    c = s / (1.0 - phi * rho)
    variance = (1.0 + 2.0 * phi * s * rho * c) / (1.0 - phi**2)
    between = s * rho * c
    moments = np.array([s * c, phi * variance + between])
    coefficients = np.linalg.solve(np.array([[1.0, between], [between, variance]]), moments)
    left = variance - float(coefficients @ moments)
    return Seen(float(coefficients[0]), float(coefficients[1]), float(np.sqrt(max(left, 1e-12))))


def strength_needed(difference: float, memory: float, persistence: float = PERSISTENCE) -> float:
    """Smallest `s` with which the hidden cause alone shows a coefficient of `difference` residual deviations.

    The outcome's own memory is chosen such that the analyst sees the memory that was seen: part of what looks like
    memory is then the hidden cause's.

    Args:
        difference: coefficient of the exposure per standard deviation of it, in residual standard deviations.
        memory: coefficient of the outcome's own past as it was estimated, between -1 and 1.
        persistence: `rho`.

    Returns:
        A correlation between 0 and 1; about 1 when nothing weaker would do.
    """
    wanted = abs(difference)
    if wanted == 0.0:
        return 0.0

    def excess(s: float) -> float:
        seen = seen_without_effect(s, _own_memory(s, memory, persistence), persistence)
        return seen.exposure / seen.residual - wanted

    return 1.0 if excess(EDGE) < 0 else float(brentq(excess, 0.0, EDGE, xtol=1e-6))


def _own_memory(s: float, memory: float, persistence: float) -> float:
    """`phi` under which the memory that is seen is `memory`, or the nearest possible."""

    def excess(phi: float) -> float:
        return seen_without_effect(s, phi, persistence).memory - memory

    if excess(-EDGE) > 0:
        return -EDGE
    return EDGE if excess(EDGE) < 0 else float(brentq(excess, -EDGE, EDGE, xtol=1e-9))
