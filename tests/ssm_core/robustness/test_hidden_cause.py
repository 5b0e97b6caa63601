"""The lasting hidden cause against simulation."""

import numpy as np
import pytest

from ssm_core.robustness.confounding import regression
from ssm_core.robustness.hidden_cause import PERSISTENCE, seen_without_effect, strength_needed


def simulated(s, phi, rho, steps=400_000):
    rng = np.random.default_rng(2)
    w, v, e = rng.normal(size=(3, steps))
    u, y = np.zeros((2, steps))
    for t in range(1, steps):
        u[t] = rho * u[t - 1] + np.sqrt(1 - rho**2) * w[t]
        y[t] = phi * y[t - 1] + s * u[t] + np.sqrt(1 - s**2) * e[t]
    x = s * u + np.sqrt(1 - s**2) * v
    return x[1:], y[1:], y[:-1]


def test_the_moments_are_what_a_long_record_shows():
    x, y, before = simulated(0.5, 0.4, 0.8)
    found = regression(y, x, np.column_stack([np.ones(y.size), before]))
    seen = seen_without_effect(0.5, 0.4, 0.8)
    assert found.estimate == pytest.approx(seen.exposure, abs=4 * found.se)
    memory = regression(y, before, np.column_stack([np.ones(y.size), x]))
    assert memory.estimate == pytest.approx(seen.memory, abs=4 * memory.se)
    assert seen.residual == pytest.approx(
        found.se * np.sqrt(found.degrees * x.var() * (1 - corr2(x, before))), rel=0.01
    )


def corr2(a, b):
    return np.corrcoef(a, b)[0, 1] ** 2


@pytest.mark.parametrize(("s", "phi"), [(0.3, 0.2), (0.5, 0.0), (0.7, 0.5)])
def test_a_cause_of_the_strength_that_is_named_shows_the_estimate_and_the_memory(s, phi):
    seen = seen_without_effect(s, phi)
    assert strength_needed(seen.exposure / seen.residual, seen.memory, PERSISTENCE) == pytest.approx(s, abs=1e-4)


def test_without_a_hidden_cause_nothing_is_seen():
    assert seen_without_effect(0.0, 0.4).exposure == 0.0
    assert strength_needed(0.0, 0.4) == 0.0


def test_a_larger_effect_needs_a_stronger_cause():
    needed = [strength_needed(d, 0.4) for d in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)]
    assert needed == sorted(needed)
    assert 0 < needed[0] < needed[-1] < 1
