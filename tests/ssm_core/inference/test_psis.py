"""Smoothed importance weights: the published algorithm, what k-hat says, and what it refuses."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import stats

from ssm_core.inference.approximation.psis import fit_pareto, highest_khat, resampled, smoothed


def ratios(tails, size=4000, seed=1):
    """`log p / q` for a standard normal proposal and a target of other width."""
    x = np.random.default_rng(seed).normal(size=size)
    return x, stats.norm(0.3, tails).logpdf(x) - stats.norm(0, 1).logpdf(x)


@pytest.mark.parametrize("size", [100, 226, 4000])
@pytest.mark.parametrize("tails", [0.7, 1.2, 2.0])
@pytest.mark.parametrize("efficiency", [1.0, 0.5])
def test_weights_and_khat_are_those_of_arviz(size, tails, efficiency):
    """ArviZ takes minus the log ratios, and one draw less in the tail of few draws; sizes here avoid that."""
    _, log_ratios = ratios(tails, size)
    got = smoothed(log_ratios, efficiency)
    if size * efficiency < 225 and size / 5 > 3 * np.sqrt(size / efficiency):
        pytest.skip("another tail length")
    expected, khat = array_stats.psislw(-log_ratios, r_eff=efficiency)
    assert got.khat == pytest.approx(khat, abs=1e-10)
    np.testing.assert_allclose(got.log, expected, atol=1e-10)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4, 0.9])
def test_the_fitted_law_is_the_one_that_was_drawn_from(shape):
    excess = np.sort(stats.genpareto(shape, scale=2.0).rvs(20_000, random_state=3))
    k, sigma = fit_pareto(excess)
    assert k == pytest.approx(shape, abs=0.03)
    assert sigma == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("rate", [0.7, 0.3, 0.1])
def test_khat_of_a_proposal_with_too_light_a_tail_is_what_theory_says(rate):
    """Ratios of Exp(rate) to Exp(1) are exactly Pareto with shape `1 - rate`."""
    rng = np.random.default_rng(5)
    khats = [smoothed((1 - rate) * rng.exponential(size=40_000)).khat for _ in range(10)]
    assert np.mean(khats) == pytest.approx(1 - rate, abs=0.05)


def test_weighted_means_and_the_constant_are_right_where_khat_is_small():
    x, log_ratios = ratios(0.8, 50_000)
    got = smoothed(log_ratios + 17.0)
    assert got.reliable
    assert got.plain.sum() == pytest.approx(1.0, abs=1e-12)
    assert got.plain @ x == pytest.approx(0.3, abs=4 * 0.8 / np.sqrt(got.ess))
    assert got.log_mean == pytest.approx(17.0, abs=4 * got.log_mean_se)
    assert 0.4 < got.ess / x.size < 0.9


def test_ratios_that_do_not_differ_give_equal_weights():
    got = smoothed(np.full(1000, -3.0))
    np.testing.assert_allclose(got.plain, 1e-3)
    assert got.khat == -np.inf
    assert got.ess == pytest.approx(1000)
    assert got.log_mean == pytest.approx(-3.0)
    assert got.log_mean_se < 1e-6


def test_impossible_draws_have_no_weight():
    _, log_ratios = ratios(0.8)
    log_ratios[:100] = -np.inf
    got = smoothed(log_ratios)
    assert np.all(got.plain[:100] == 0.0)
    assert np.isfinite(got.khat)


@pytest.mark.parametrize("few", [np.arange(10), np.r_[np.full(990, -np.inf), np.arange(10.0)], np.r_[1, np.zeros(999)]])
def test_a_tail_that_cannot_be_fitted_is_not_called_reliable(few):
    assert not smoothed(few.astype(float)).reliable


@pytest.mark.parametrize("wrong", [[np.nan, 0.0], [np.inf, 0.0], [-np.inf, -np.inf], []])
def test_ratios_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match="log ratios must be finite or -inf, and not all -inf"):
        smoothed(np.array(wrong, dtype=float))


def test_the_bar_rises_with_the_number_of_draws_up_to_a_limit():
    assert highest_khat(100) == pytest.approx(0.5)
    assert highest_khat(1000) == pytest.approx(2 / 3)
    assert highest_khat(10**6) == 0.7


def test_resampling_keeps_every_share_but_for_rounding():
    weights = smoothed(np.log(np.random.default_rng(1).uniform(0.5, 1.5, 50)))
    counts = np.bincount(resampled(weights, np.random.default_rng(2), 1000), minlength=50)
    assert np.abs(counts - 1000 * weights.plain).max() <= 1.0
