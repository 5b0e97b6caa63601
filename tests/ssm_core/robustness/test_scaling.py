"""Power-scaling of a normal mean, whose answer is known."""

import numpy as np
import pytest

from ssm_core.robustness.scaling import SENSITIVE, distance, power_scaling


def sensitivity(prior_sd, data_sd, conflict=0.0, draws=4000):
    """`theta ~ N(0, prior_sd^2)`, one observation of it at `conflict` with error `data_sd`."""
    variance = 1 / (1 / prior_sd**2 + 1 / data_sd**2)
    theta = variance * conflict / data_sd**2 + np.sqrt(variance) * np.random.default_rng(1).normal(size=draws)
    return power_scaling(theta, -0.5 * (theta / prior_sd) ** 2, -0.5 * ((theta - conflict) / data_sd) ** 2)


def test_a_weak_prior_is_not_felt_and_the_data_are():
    got = sensitivity(prior_sd=50.0, data_sd=1.0)
    assert got.prior < 0.01
    assert got.likelihood > SENSITIVE


def test_a_prior_that_decides_is_felt():
    assert sensitivity(prior_sd=1.0, data_sd=5.0).prior > SENSITIVE


def test_prior_and_data_in_conflict_are_both_felt():
    got = sensitivity(prior_sd=1.0, data_sd=1.0, conflict=4.0)
    assert min(got.prior, got.likelihood) > SENSITIVE


def test_the_distance_is_zero_for_equal_weights_and_one_for_points_apart():
    draws = np.array([0.0, 0.0, 1.0, 1.0])
    assert distance(draws, np.full(4, 0.25)) == pytest.approx(0.0, abs=1e-12)
    two = np.concatenate([np.zeros(500), np.ones(500)])
    assert distance(two, (two > 0.5).astype(float)) > 0.4
