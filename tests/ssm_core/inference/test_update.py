"""New rows: reweighted draws, warm refits and full refits all give the posterior of the longer record."""

import numpy as np
import pytest

from schemas.spec import Series
from ssm_core.checks.convergence import ess_bulk, rhat
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings
from ssm_core.inference.update import OtherModelError, Rule, base_of, reweighted, updated
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import standard_of
from ssm_core.model.structure import scale_of, structure_of
from tests.ssm_core.inference.problems import BELIEF, NOISE, record, regression
from tests.ssm_core.zoo import c, p, spec

pytestmark = pytest.mark.mcmc
SETTINGS = Settings(seed=7, starts=4, ess=600)
DAYS = 120


def silent(_text):
    """Progress nobody reads."""


class Growing:
    """A record that grows day by day; its standardisation is that of the first `DAYS`."""

    def __init__(self, model=None, shift=0.0):
        self.model = model or regression(memory=True)
        self.columns = record(DAYS + 80, persistence=0.4)
        self.columns["y"][DAYS:] += shift
        self.standard = standard_of(self.model, self._first(DAYS))

    def _first(self, days):
        return {name: values[:days] for name, values in self.columns.items()}

    def target(self, days, standard=None):
        standard = standard or self.standard
        design = design_of(self.model, self._first(days), standard, Calendar(), structure_of(self.model).input_lags)
        # the scale of a parameter must not depend on how many rows there are: it belongs to what is frozen
        return LogPosterior(self.model, scale_of(self.model, standard.spread, standard.centre, DAYS), design)

    def base(self, days, settings=SETTINGS):
        target = self.target(days)
        return base_of(target, *sample(target, settings, silent))


@pytest.fixture(scope="module")
def growing():
    return Growing()


@pytest.fixture(scope="module")
def base(growing):
    return growing.base(DAYS)


def agrees(update, exact):
    """Means within Monte Carlo error of both, spreads within a tenth."""
    theta = update.base.draws.theta
    flat, weight = theta.reshape(-1, theta.shape[2]), update.weights.plain
    mean = weight @ flat
    sd = np.sqrt(weight @ np.square(flat - mean))
    share = update.weights.ess / weight.size
    errors = np.hypot(
        sd / np.sqrt(share * ess_bulk(update.base.x)), exact.theta.std((0, 1)) / np.sqrt(ess_bulk_of(exact))
    )
    assert np.abs(mean - exact.theta.mean(axis=(0, 1))).max() < 4 * errors.max()
    assert np.all(np.abs(mean - exact.theta.mean(axis=(0, 1))) < 4 * errors)
    np.testing.assert_allclose(sd, exact.theta.std(axis=(0, 1)), rtol=0.1)


def ess_bulk_of(draws):
    return ess_bulk(draws.theta)


def test_a_record_that_grows_for_twenty_days_keeps_the_posterior_of_a_full_refit(growing, base):
    now, ways = base, []
    for day in range(1, 21):
        update = updated(now, growing.target(DAYS + day), SETTINGS, silent)
        ways.append(update.how)
        now = update.base
        if day in (10, 20):
            exact, _ = sample(growing.target(DAYS + day), SETTINGS._replace(seed=day), silent)
            agrees(update, exact)
    assert ways[0] == "reweighted"
    assert ways.count("reweighted") >= 15
    assert "refitted in full" not in ways


@pytest.mark.slow
def test_sixty_days_of_updates_keep_the_posterior_of_a_full_refit(growing, base):
    now, ways = base, []
    for day in range(1, 61):
        update = updated(now, growing.target(DAYS + day), SETTINGS, silent)
        ways.append(update.how)
        now = update.base
        if day % 5 == 0:
            exact, _ = sample(growing.target(DAYS + day), SETTINGS._replace(seed=day), silent)
            agrees(update, exact)
    assert 0 < ways.count("refitted warm") < 12
    assert "refitted in full" not in ways


def test_a_day_that_is_no_news_leaves_all_weights_equal(growing, base):
    weights = reweighted(base, growing.target(DAYS))
    np.testing.assert_allclose(weights.plain * weights.log.size, 1.0, atol=1e-8)
    assert weights.reliable


def test_one_day_takes_no_gradient_and_one_likelihood_a_draw(growing, base):
    after = growing.target(DAYS + 1)
    update = updated(base, after, SETTINGS, silent)
    assert update.how == "reweighted"
    assert update.gradients == after.evaluations == 0
    assert update.base is base
    assert "k-hat" in update.why


def test_a_warm_refit_takes_fewer_gradients_and_agrees(growing, base):
    after = growing.target(DAYS + 20)
    told = []
    update = updated(base, after, SETTINGS, told.append, Rule(share=1.0))
    assert update.how == "refitted warm"
    assert update.gradients == after.evaluations
    exact_target = growing.target(DAYS + 20)
    exact, _ = sample(exact_target, SETTINGS._replace(seed=1), silent)
    assert update.gradients < exact_target.evaluations
    assert rhat(update.base.x).max() <= SETTINGS.rhat
    assert any("sampling on" in line for line in told)
    agrees(update, exact)


def test_a_break_that_makes_the_weights_useless_is_sampled_again():
    growing = Growing(shift=3.0)
    update = updated(growing.base(DAYS), growing.target(DAYS + 40), SETTINGS, silent)
    assert update.how == "refitted in full"
    assert "weights worth 0% of the draws" in update.why
    exact, _ = sample(growing.target(DAYS + 40), SETTINGS._replace(seed=3), silent)
    agrees(update, exact)


def test_a_warm_refit_that_does_not_converge_is_done_in_full(growing, base):
    """No sample of this length can have so many effective draws."""
    update = updated(base, growing.target(DAYS + 3), SETTINGS._replace(most=60, ess=1e9), silent, Rule(share=1.0))
    assert update.how == "refitted in full"
    assert "sampled on, but the largest R-hat is" in update.why
    assert update.base.draws.theta.shape[:2] == (SETTINGS.chains, 60)


def test_resampled_draws_have_the_weighted_moments(growing, base):
    update = updated(base, growing.target(DAYS + 10), SETTINGS, silent, Rule(share=0.2))
    assert update.how == "reweighted"
    draws = update.equally_weighted(np.random.default_rng(1))
    flat = base.draws.theta.reshape(-1, base.draws.theta.shape[2])
    mean = update.weights.plain @ flat
    np.testing.assert_allclose(draws.theta.mean(axis=(0, 1)), mean, atol=0.02 * flat.std(axis=0).max())
    assert draws.theta.shape == base.draws.theta.shape
    assert draws.steps.shape == base.draws.steps.shape
    again = update.equally_weighted(np.random.default_rng(1))
    np.testing.assert_array_equal(draws.theta, again.theta)


def test_weights_do_not_depend_on_the_standardisation(growing, base):
    spread = {**growing.standard.spread, "y": 2.0}
    centre = {**growing.standard.centre, "y": 1.0}
    one = reweighted(base, growing.target(DAYS + 3))
    two = reweighted(base, growing.target(DAYS + 3, growing.standard._replace(spread=spread, centre=centre)))
    np.testing.assert_allclose(one.log, two.log, atol=1e-6)


def test_another_spec_is_refused(growing, base):
    with pytest.raises(OtherModelError, match="got another spec"):
        reweighted(base, Growing(regression("other", memory=True)).target(DAYS + 1))


def test_models_with_auxiliary_variables_are_sampled_on():
    model = spec([p("mean", "y", "intercept", prior=BELIEF), p("measurement_sd", "y", prior=NOISE)], states=("z",),
                 series=(Series(name="y", family="student_t", options={"df": 4.0}),),
                 constants=(c("loading", "y", "z"), c("process_sd", "z", value=0.2)))  # fmt: skip
    growing = Growing(model)
    settings = SETTINGS._replace(ess=200, rhat=1.05)
    base = growing.base(DAYS, settings)
    assert base.log_likelihood is None
    update = updated(base, growing.target(DAYS + 1), settings, silent)
    assert update.how == "refitted warm"
    assert "auxiliary variables" in update.why
