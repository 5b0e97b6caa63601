"""Priors on the whole line keep their laws, transforms undo themselves, derivatives are exact."""

import numpy as np
import pytest
from scipy import stats

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, StudentT, TruncatedNormal
from ssm_core.model.unconstrained import groups_of, prior_draws

LAWS = [
    (Normal(mean=1, sd=2), stats.norm(1, 2)),
    (LogNormal(median=0.5, log_sd=0.7), stats.lognorm(0.7, scale=0.5)),
    (HalfNormal(sd=0.3), stats.halfnorm(scale=0.3)),
    (Gamma(shape=2, rate=3), stats.gamma(2, scale=1 / 3)),
    (Beta(a=3, b=2), stats.beta(3, 2)),
    (TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99), stats.truncnorm(-2.975, 1.975, 0.2, 0.4)),
    (TruncatedNormal(mean=0.0, sd=1.0, low=9.0, high=12.0), stats.truncnorm(9.0, 12.0)),
    (StudentT(df=4, mean=1, scale=2), stats.t(4, 1, 2)),
]
IDS = [f"{prior.family} {i}" for i, (prior, _) in enumerate(LAWS)]


def at(prior, x):
    (group,) = groups_of([prior])
    return group.at(x[None], *group.constants), group


@pytest.mark.parametrize(("prior", "law"), LAWS, ids=IDS)
def test_the_density_is_that_of_the_prior_times_the_jacobian(prior, law):
    x = np.linspace(-6.0, 6.0, 61)
    point, group = at(prior, x)
    np.testing.assert_allclose(group.back(point.theta, *group.constants)[0], x, atol=1e-9)
    expected = law.logpdf(point.theta) + np.log(point.slope)
    np.testing.assert_allclose(point.log_density, expected, atol=1e-8)


@pytest.mark.parametrize(("prior", "law"), LAWS, ids=IDS)
def test_derivatives_equal_finite_differences(prior, law):
    x, h = np.linspace(-6.0, 6.0, 61), 1e-5
    (point, _), (up, _), (down, _) = at(prior, x), at(prior, x + h), at(prior, x - h)
    np.testing.assert_allclose(point.slope, (up.theta - down.theta) / (2 * h), rtol=1e-7, atol=1e-9)
    slope = (up.log_density - down.log_density) / (2 * h)
    np.testing.assert_allclose(point.gradient, slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("prior", "law"), LAWS, ids=IDS)
def test_far_tails_are_finite(prior, law):
    point, _ = at(prior, np.array([-90.0, 30.0]))
    assert np.isfinite(point.log_density[0, 1])
    assert np.isfinite(point.gradient[0, 1])
    assert not np.isnan(point.log_density).any()


@pytest.mark.parametrize(("prior", "law"), LAWS, ids=IDS)
def test_draws_follow_the_prior(prior, law):
    draws = prior_draws([prior], np.random.default_rng(1), 20_000)[0]
    assert stats.kstest(draws, law.cdf).pvalue > 1e-3


def test_priors_of_all_families_stay_in_their_own_rows():
    priors = [prior for prior, _ in LAWS]
    x = np.random.default_rng(2).normal(size=(len(priors), 5))
    for group in groups_of(priors):
        point = group.at(x[group.members], *group.constants)
        for row, member in enumerate(group.members):
            alone, _ = at(priors[member], x[member])
            np.testing.assert_allclose(point.log_density[row], alone.log_density[0])
