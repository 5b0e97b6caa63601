"""The contract of every observation family, and what it takes to add one."""

import numpy as np
import pytest
from scipy import stats

from schemas.prior import Normal
from schemas.spec import Series
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import Standard
from ssm_core.model.structure import scale_of, structure_of
from ssm_core.observations.family import Conditional, Family
from ssm_core.observations.registry import FAMILIES, family_of
from tests.ssm_core.zoo import c, case, p, spec


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_says_its_name_and_draws_what_it_needs(name):
    family = family_of(name, {})
    assert family.name == name
    assert family.spread > 0
    assert (family.auxiliary is None) == (family.reference is None)
    if family.auxiliary is not None:
        y = np.array([0.3, np.nan, -2.0])
        first = family.auxiliary.first(y, 4)
        drawn = family.auxiliary.draw(np.random.default_rng(1), y, np.zeros((3, 4)), np.ones(4))
        for part in (first, drawn):
            assert part.y.shape == part.stretch.shape == (3, 4)
            assert np.all(part.stretch > 0)
            assert np.all(np.isnan(part.y[1])) or np.all(np.isfinite(part.y[1]))


@pytest.mark.parametrize("name", FAMILIES)
def test_options_that_a_family_does_not_take_are_refused(name):
    with pytest.raises(ValueError, match=name):
        family_of(name, {"nonsense": 1.0})


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no observation family 'poisson'; known: gaussian, student_t"):
        family_of("poisson", {})


def test_degrees_of_freedom_need_a_variance():
    with pytest.raises(ValueError, match="above 2"):
        family_of("student_t", {"df": 2.0})


def test_a_family_that_stretches_noise_needs_some():
    of = case("plain")
    bare = of.spec.model_copy(update={"series": (Series(name="y", family="student_t"),)})
    with pytest.raises(ValueError, match="series 'y' is student_t: expected a measurement_sd"):
        sample(LogPosterior(bare, of.scale, of.design), Settings(), lambda _text: None)


class Probit:
    """`y = 1` where `signal + N(0, 1) > 0`: what a third family is made of (Albert & Chib 1993)."""

    def first(self, y, chains):
        return Conditional(np.repeat(np.where(y > 0.5, 0.8, -0.8)[:, None], chains, axis=1), np.ones((y.size, chains)))

    def draw(self, rng, y, signal, variance):
        below = stats.norm.cdf(-signal)
        u = rng.random(signal.shape)
        u = np.where(y[:, None] > 0.5, below + u * (1 - below), u * below)
        return Conditional(signal + stats.norm.ppf(u), np.ones(signal.shape))


@pytest.mark.mcmc
def test_a_third_family_takes_a_definition_and_a_registry_line(monkeypatch):
    monkeypatch.setitem(FAMILIES, "probit", lambda _options: Family("probit", Probit(), None, 1.0))
    y = np.array([1.0] * 21 + [0.0] * 9)
    np.random.default_rng(1).shuffle(y)
    model = spec([p("mean", "y", "intercept", prior=Normal(mean=0, sd=1))], inputs=("x",), states=("z",),
                 series=(Series(name="y", family="probit"),), start_sd=0.5,
                 constants=(c("loading", "y", "z"), c("process_sd", "z", value=0.5), c("measurement_sd", "y"))
                 )  # fmt: skip
    plain = Standard(dict.fromkeys("yzx", 0.0), dict.fromkeys("yzx", 1.0))
    columns = {"y": y, "x": np.zeros(30)}
    design = design_of(model, columns, plain, Calendar(), structure_of(model).input_lags)
    target = LogPosterior(model, scale_of(model, plain.spread, plain.centre, 30), design)
    draws, _ = sample(target, Settings(seed=2, ess=3000), lambda _text: None)
    grid = np.linspace(-3, 4, 2001)
    share = stats.norm.cdf(grid / np.sqrt(1.25))
    log = stats.norm.logpdf(grid) + 21 * np.log(share) + 9 * np.log1p(-share)
    weight = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
    mean = (weight * grid).sum()
    sd = np.sqrt((weight * (grid - mean) ** 2).sum())
    assert draws.theta.mean() == pytest.approx(mean, abs=0.08 * sd)
    assert draws.theta.std() == pytest.approx(sd, rel=0.08)
