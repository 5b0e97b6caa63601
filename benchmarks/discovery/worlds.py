"""Records with eight columns beside exposure and outcome; nobody declares which of them matters."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

COLUMNS, BURN_IN, MEMORY = 8, 50, 0.5


class World(NamedTuple):
    """`y_t = 0.4 y_{t-1} + effect x_t + on_outcome w_{t-1} + e_t`, `logit P(x_t = 1) = on_exposure w_{t-1}`.

    `w` is one of the columns, all of them autoregressions (0.5) of unit variance; `onwards` is what the exposure adds
    to `w` a step later, so that `w` is a confounder that the exposure itself changes.
    """

    words: str
    on_exposure: float
    on_outcome: float
    onwards: float = 0.0


WORLDS: Mapping[str, World] = MappingProxyType(
    {
        "weak": World("one column confounds weakly (0.3)", 1.0, 0.3),
        "strong": World("one column confounds strongly (0.8)", 1.0, 0.8),
        "none": World("no column matters", 0.0, 0.0),
        "exposure_only": World("one column drives the exposure only", 1.0, 0.0),
        "outcome_only": World("one column drives the outcome only (0.8)", 0.0, 0.8),
        "changed": World("one column confounds (0.6) and answers to the exposure (0.5)", 1.0, 0.6, 0.5),
    }
)


def simulate(
    world: World, rng: np.random.Generator, steps: int, effect: float
) -> dict[str, Float[np.ndarray, " time"]]:
    """One record from mid-stream."""
    total = steps + BURN_IN
    w, news = np.zeros((COLUMNS, total)), rng.normal(size=(COLUMNS, total))
    x, y = np.zeros((2, total))
    e, coin = rng.normal(size=total), rng.random(total)
    for k in range(1, total):
        w[:, k] = MEMORY * w[:, k - 1] + np.sqrt(1 - MEMORY**2) * news[:, k]
        w[0, k] += world.onwards * (x[k - 1] - 0.5)
        x[k] = coin[k] < 1 / (1 + np.exp(-world.on_exposure * w[0, k - 1]))
        y[k] = 0.4 * y[k - 1] + effect * x[k] + world.on_outcome * w[0, k - 1] + e[k]
    columns = {"x": x, "y": y, **{f"w{i}": w[i] for i in range(COLUMNS)}}
    return {name: values[BURN_IN:] for name, values in columns.items()}
