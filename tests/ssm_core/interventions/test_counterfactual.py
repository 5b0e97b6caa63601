"""The counterfactual forecast against closed forms, against quadrature, and against the R package's own answers."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from ssm_core.interventions.counterfactual import impact
from ssm_core.interventions.level import LevelStart
from ssm_core.interventions.sampler import Prior, Settings, default_prior, posterior_draws
from ssm_core.interventions.scales import ScalePrior
from ssm_core.interventions.spike_slab import SpikeSlab

FOLDER = "causalimpact_fixtures"


def test_with_a_level_that_stands_at_zero_it_is_a_bayesian_linear_regression():
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    y = X @ [1.0, -0.5, 0.0] + rng.normal(size=40)
    noise, w = ScalePrior(1.0, 4.0, np.inf), 0.3 * np.eye(3)
    prior = Prior(LevelStart(0.0, 1e-9), ScalePrior(1e-12, 1e9, 1e-11), SpikeSlab(np.ones(3), w, noise))
    draws = posterior_draws(y, X, prior, Settings(chains=100, burn=20, draws=200))
    mean = np.linalg.solve(w + X.T @ X, X.T @ y)
    degrees = noise.size + 40
    scale = (noise.squares + y @ y - mean @ (w + X.T @ X) @ mean) / degrees
    sd = np.sqrt(np.diag(np.linalg.inv(w + X.T @ X)) * scale * degrees / (degrees - 2))
    np.testing.assert_allclose(draws.coefficients.mean(axis=(0, 1)), mean, atol=0.006)
    np.testing.assert_allclose(draws.coefficients.std(axis=(0, 1)), sd, rtol=0.03)
    assert np.abs(draws.level).max() < 1e-7


def test_without_columns_it_is_the_local_level_model_integrated_over_both_scales():
    rng = np.random.default_rng(2)
    y = np.cumsum(0.5 * rng.normal(size=30)) + rng.normal(size=30)
    y[[4, 5, 17]] = np.nan
    step, noise, start = ScalePrior(0.4, 6.0, 2.0), ScalePrior(1.0, 6.0, 3.0), LevelStart(0.0, 2.0)
    prior = Prior(start, step, SpikeSlab(np.zeros(0), np.zeros((0, 0)), noise))
    draws = posterior_draws(y, np.zeros((30, 0)), prior, Settings(chains=200, burn=60, draws=150))
    last, covariance, known = np.arange(30), np.minimum(np.arange(30)[:, None], np.arange(30)), ~np.isnan(y)
    weights, means, seconds = [], [], []
    for q in np.linspace(0.1, 2.0, 30):
        for r in np.linspace(0.4, 2.5, 30):
            level = start.sd**2 + q**2 * covariance
            joint = level[np.ix_(known, known)] + r**2 * np.eye(known.sum())
            gain = level[last[-1], known] @ np.linalg.inv(joint)
            mean, variance = gain @ y[known], level[-1, -1] - gain @ level[known, -1]
            densities = [  # of q and r: inverse gamma in the square, times twice the root
                stats.invgamma(p.size / 2, scale=p.squares / 2).logpdf(s**2) + np.log(2 * s)
                for p, s in ((step, q), (noise, r))
            ]
            weights.append(stats.multivariate_normal(cov=joint).logpdf(y[known]) + sum(densities))
            means.append((mean, q, r))
            seconds.append((variance + mean**2, q**2, r**2))
    w = np.exp(np.array(weights) - max(weights))
    w /= w.sum()
    mean, sd = w @ np.array(means), np.sqrt(w @ np.array(seconds) - (w @ np.array(means)) ** 2)
    got = [draws.level, draws.step_sd, draws.noise_sd]
    np.testing.assert_allclose([g.mean() for g in got], mean, atol=0.02)
    np.testing.assert_allclose([g.std() for g in got], sd, rtol=0.06)


def trial(seed=3, effect=2.0, steps=80, start=60):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(steps, 3))
    y = 10 + X @ [1.5, 0.0, 0.0] + 0.3 * rng.normal(size=steps)
    y[start:] += effect
    return y, X, start


def test_defaults_are_those_of_the_package():
    y, X = np.array([1.0, 3.0, np.nan, 5.0]), np.array([[1.0, 2.0], [1.0, 0.0], [1.0, -2.0], [1.0, 4.0]])
    prior = default_prior(y, X)
    assert prior.start == LevelStart(1.0, 2.0)
    assert prior.step == ScalePrior(0.02, 32.0, 2.0)
    assert prior.regression.noise == pytest.approx((np.sqrt(0.2) * 2.0, 50.0, 2.4))
    np.testing.assert_allclose(prior.regression.precision, [[0.01, 0.005], [0.005, 0.06]])
    np.testing.assert_array_equal(prior.regression.inclusion, [1.0, 1.0])
    assert default_prior(y, np.ones((4, 6))).regression.inclusion == pytest.approx(np.full(6, 0.5))
    assert default_prior(y, np.zeros((4, 0))).regression.noise == pytest.approx((2.0, 0.01, 2.4))


def test_a_known_change_is_found_and_columns_that_say_nothing_are_left_out():
    got = impact(*trial())
    assert got.average.q025 < 2.0 < got.average.q975
    assert got.average.sd < 0.25
    assert got.inclusion[1] > 0.99
    assert got.inclusion[2:].max() < 0.3
    assert got.tail < 0.01
    assert got.rhat < 1.01


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    one, two, three = (impact(*trial(), Settings(draws=20, seed=seed)).average.mean for seed in (1, 1, 2))
    assert one == two != three


def test_units_of_outcome_and_columns_change_nothing_but_the_unit():
    y, X, start = trial()
    one, two = impact(y, X, start), impact(1000 * y - 7, X * [1, 50, 0.1] + 3, start)
    assert two.average.mean == pytest.approx(1000 * one.average.mean, rel=1e-6)
    assert two.cumulative.q95 == pytest.approx(1000 * one.cumulative.q95, rel=1e-6)


def test_steps_without_an_outcome_count_neither_before_nor_after():
    y, X, start = trial()
    y[[10, 20, 70]] = np.nan
    got = impact(y, X, start)
    assert got.pointwise.shape == (3, 19)
    assert got.cumulative.mean == pytest.approx(19 * got.average.mean)
    assert got.average.q025 < 2.0 < got.average.q975


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda y, X: (np.where(np.arange(80) < 58, np.nan, y), X), "outcomes before"),
        (lambda y, X: (np.where(np.arange(80) < 60, 1.0, y), X), "not all the same"),
        (lambda y, X: (np.where(np.arange(80) < 60, y, np.nan), X), "one outcome from"),
        (lambda y, X: (y, np.where(np.arange(80)[:, None] == 5, np.nan, X)), "without gaps"),
        (lambda y, X: (y, np.where(np.arange(80)[:, None] < 60, 1.0, X)), "not constant"),
    ],
)
def test_a_record_that_cannot_be_forecast_is_refused(break_it, words):
    y, X, start = trial()
    with pytest.raises(ValueError, match=words):
        impact(*break_it(y, X), start)


def fixture(folder, name, columns):
    frame = pl.read_csv(folder / FOLDER / f"{name}_data.csv")
    return frame["y"].to_numpy().astype(float), frame.select(columns).to_numpy().astype(float)


def test_google_is_answered_as_the_package_answers_it(shared_data):
    y, X = fixture(shared_data, "google", ["x1", "x2"])
    got = impact(y, X, 61)
    assert got.forecast.mean == pytest.approx(129, abs=1.2)
    assert got.average.mean == pytest.approx(27, abs=1.2)
    assert got.average.sd == pytest.approx(4.5, abs=0.3)
    np.testing.assert_allclose([got.average.q025, got.average.q975], [18, 36], atol=3)
    np.testing.assert_allclose([got.cumulative.mean, got.cumulative.sd], [804, 134.2], rtol=0.04)
    np.testing.assert_allclose([got.relative.mean, got.relative.q025, got.relative.q975], [0.21, 0.14, 0.28], atol=0.02)
    assert got.tail < 0.005


def test_arma_is_answered_as_the_package_answers_it(shared_data):
    y, X = fixture(shared_data, "arma", ["X"])
    y[70:] += 1.0  # the package was given this change: its actual sum, 3637, is 30 more than that of the 30 rows
    assert y[70:].sum() == pytest.approx(3637, abs=0.5)
    got = impact(y, X, 70)
    assert got.forecast.mean == pytest.approx(3610 / 30, abs=0.05)
    np.testing.assert_allclose([got.average.mean, got.average.sd], [0.89, 0.3], atol=0.03)
    np.testing.assert_allclose([got.average.q025, got.average.q975], [0.27, 1.5], atol=0.06)
    np.testing.assert_allclose([got.cumulative.mean, got.cumulative.sd], [26.67, 9.1], rtol=0.05)
    np.testing.assert_allclose([got.relative.mean, got.relative.q025, got.relative.q975], [0.0074, 0.0022, 0.012],
                               atol=6e-4)  # fmt: skip
    assert got.tail == pytest.approx(0.003, abs=0.004)
