"""Published likelihoods of the Nile and of the airline model."""

import csv

import jax.numpy as jnp
import numpy as np
import pytest

from tests.ssm_core.kalman.models import local_level, run


def test_nile_likelihood_with_a_diffuse_start_is_the_published_one(shared_data):
    with (shared_data / "classic_interventions" / "Nile.csv").open() as stream:
        y = np.array([float(row["value"]) for row in csv.DictReader(stream)])
    assert float(run(local_level(len(y), 15098.5, 1469.2), jnp.array(y)[:, None]).log_likelihood) == pytest.approx(
        -632.5456, abs=1e-3
    )
