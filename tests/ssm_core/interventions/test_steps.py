"""Each Gibbs step against a closed form: level paths, standard deviations with a limit, columns in and out."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from ssm_core.interventions.level import LevelModel, LevelStart, draw_level, filtered
from ssm_core.interventions.scales import ScalePrior, draw_scale
from ssm_core.interventions.spike_slab import Moments, SpikeSlab, draw_coefficients, draw_included, log_weight

CHAINS = 40_000
START = LevelStart(0.5, 1.3)
PATH = np.array([0.2, np.nan, 1.1, -0.4, 0.9])


def level_given(path, start, noise, step):
    """Mean and covariance of the level given a path, from the joint normal law written out."""
    t = np.arange(path.size)
    prior = start.sd**2 + step**2 * np.minimum(t[:, None], t)
    known = ~np.isnan(path)
    gain = prior[:, known] @ np.linalg.inv(prior[np.ix_(known, known)] + noise**2 * np.eye(known.sum()))
    return start.mean + gain @ (path[known] - start.mean), prior - gain @ prior[known]


def lanes(path, chains):
    return np.repeat(path[:, None], chains, axis=1)


def test_the_filter_at_the_last_step_is_the_conditional_normal():
    model = LevelModel(START, np.array([0.7]), np.array([0.4]))
    got = filtered(model, PATH[:, None])
    mean, covariance = level_given(PATH, START, 0.7, 0.4)
    np.testing.assert_allclose([got.mean[-1, 0], got.variance[-1, 0]], [mean[-1], covariance[-1, -1]], rtol=1e-12)


@pytest.mark.parametrize("step", [0.0, 0.4])
def test_drawn_levels_have_the_mean_and_covariance_of_the_conditional_normal(step):
    model = LevelModel(START, np.full(CHAINS, 0.7), np.full(CHAINS, step))
    drawn = draw_level(model, lanes(PATH, CHAINS), np.random.default_rng(1))
    mean, covariance = level_given(PATH, START, 0.7, step)
    np.testing.assert_allclose(drawn.mean(axis=1), mean, atol=0.015)
    np.testing.assert_allclose(np.cov(drawn), covariance, atol=0.015)


@pytest.mark.parametrize("limit", [np.inf, 1.0, 0.6, 0.03])
def test_scales_are_square_roots_of_a_cut_off_inverse_gamma(limit):
    count, squares = 9.0, 5.0
    drawn = draw_scale(count, np.full(CHAINS, squares), limit, np.random.default_rng(2))
    assert (drawn <= limit).all()
    law = stats.invgamma(count / 2, scale=squares / 2)
    if limit > 0.1:
        assert stats.kstest(drawn**2, lambda v: np.minimum(law.cdf(v) / law.cdf(limit**2), 1.0)).pvalue > 1e-3
    else:  # so far out that the distribution function is zero: log density instead, normalised on a grid
        grid = np.linspace(0.9 * limit**2, limit**2, 20_001)
        density = np.exp(law.logpdf(grid) - law.logpdf(grid[-1]))
        assert law.cdf(limit**2) == 0.0
        assert (drawn**2).mean() == pytest.approx((grid * density).sum() / density.sum(), rel=1e-5)


def regression(seed=3, rows=25, chains=1):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(rows), rng.normal(size=(rows, 2))])
    X[:, 2] += 0.6 * X[:, 1]
    y = 0.5 * X[:, 1] + rng.normal(size=rows)
    precision = 0.1 * (X.T @ X / rows + np.eye(3))
    data = Moments(rows, X.T @ X, np.tile(X.T @ y, (chains, 1)), np.full(chains, y @ y))
    return X, y, precision, data


def marginal(X, y, precision, included, noise):
    """`log p(y | included)`: a multivariate t law, coefficients and variance integrated out."""
    x = X[:, included]
    shape = noise.guess**2 * (np.eye(len(y)) + x @ np.linalg.solve(precision[np.ix_(included, included)], x.T))
    return stats.multivariate_t(np.zeros(len(y)), shape, df=noise.size).logpdf(y)


CHOICES = [np.array(choice) for choice in product([False, True], repeat=3)]
INCLUSION = np.array([0.3, 0.5, 0.6])


def test_weights_of_columns_are_multivariate_t_densities():
    X, y, precision, data = regression()
    prior = SpikeSlab(INCLUSION, precision, ScalePrior(0.8, 5.0, np.inf))
    got = np.array([log_weight(prior, data, choice[None])[0] for choice in CHOICES])
    want = [
        marginal(X, y, precision, choice, prior.noise) + np.log(np.where(choice, INCLUSION, 1 - INCLUSION)).sum()
        for choice in CHOICES
    ]
    np.testing.assert_allclose(got - got[0], np.array(want) - want[0], atol=1e-10)


def test_an_upper_limit_changes_weights_as_the_integral_over_the_variance_says():
    X, y, precision, data = regression()
    noise = ScalePrior(0.8, 5.0, 0.9)
    prior = SpikeSlab(INCLUSION, precision, noise)
    variance = np.linspace(1e-3, noise.limit**2, 4001)
    law = stats.invgamma(noise.size / 2, scale=noise.squares / 2)

    def integral(choice):
        x = X[:, choice]
        shape = np.eye(len(y)) + x @ np.linalg.solve(precision[np.ix_(choice, choice)], x.T)
        form, logdet = y @ np.linalg.solve(shape, y), np.linalg.slogdet(shape)[1]
        logs = law.logpdf(variance) - (len(y) * np.log(variance) + logdet + form / variance) / 2
        return np.log(np.trapezoid(np.exp(logs), variance)) + np.log(np.where(choice, INCLUSION, 1 - INCLUSION)).sum()

    got = np.array([log_weight(prior, data, choice[None])[0] for choice in CHOICES])
    want = np.array([integral(choice) for choice in CHOICES])
    np.testing.assert_allclose(got - got[0], want - want[0], atol=1e-6)


def test_sweeps_over_columns_leave_their_posterior_law_unchanged():
    chains = 20_000
    _, _, precision, data = regression(chains=chains)
    prior = SpikeSlab(INCLUSION, precision, ScalePrior(0.8, 5.0, np.inf))
    weights = np.array([log_weight(prior, regression()[3], choice[None])[0] for choice in CHOICES])
    law = np.exp(weights - weights.max()) / np.exp(weights - weights.max()).sum()
    rng = np.random.default_rng(4)
    included = np.array(CHOICES)[rng.choice(8, size=chains, p=law)]
    after = draw_included(prior, data, included, rng)
    counts = np.array([(after == choice).all(axis=1).sum() for choice in CHOICES])
    assert stats.chisquare(counts, chains * law).pvalue > 1e-3


def test_coefficients_are_multivariate_t_and_zero_where_out():
    X, y, precision, data = regression(chains=CHAINS)
    noise = ScalePrior(0.8, 5.0, np.inf)
    choice = np.array([True, False, True])
    drawn = draw_coefficients(
        SpikeSlab(INCLUSION, precision, noise), data, np.tile(choice, (CHAINS, 1)), np.random.default_rng(5)
    )
    x, w = X[:, choice], precision[np.ix_(choice, choice)]
    mean = np.linalg.solve(w + x.T @ x, x.T @ y)
    degrees = noise.size + len(y)
    scale = (noise.squares + y @ y - mean @ (w + x.T @ x) @ mean) / degrees
    covariance = scale * np.linalg.inv(w + x.T @ x) * degrees / (degrees - 2)
    assert not drawn.values[:, 1].any()
    np.testing.assert_allclose(drawn.values[:, choice].mean(axis=0), mean, atol=0.006)
    np.testing.assert_allclose(np.cov(drawn.values[:, choice].T), covariance, atol=0.003)
    assert (drawn.noise_sd**2).mean() == pytest.approx(scale * degrees / (degrees - 2), rel=0.01)
