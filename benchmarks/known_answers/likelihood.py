"""The filter on the Nile record at the published variances."""

import csv
from pathlib import Path

import jax.numpy as jnp

from ssm_core.kalman.filter import log_likelihood
from ssm_core.kalman.linear_gaussian import LinearGaussian

OBSERVATION_VARIANCE, LEVEL_VARIANCE = 15098.5, 1469.2


def nile_log_likelihood(path: Path) -> float:
    """Local level model with an exact diffuse start (Durbin & Koopman 2012, section 2.10)."""
    with path.open(encoding="utf-8") as stream:
        y = jnp.array([[float(row["value"])] for row in csv.DictReader(stream)])
    steps = len(y)
    model = LinearGaussian(
        m=jnp.zeros(1),
        P=jnp.zeros((1, 1)),
        Pinf=jnp.ones((1, 1)),
        F=jnp.ones((steps, 1, 1)),
        b=jnp.zeros((steps, 1)),
        Q=jnp.full((steps, 1, 1), LEVEL_VARIANCE),
        H=jnp.ones((1, 1)),
        d=jnp.zeros((steps, 1)),
        R=jnp.array([OBSERVATION_VARIANCE]),
    )
    return float(log_likelihood(model, y))
