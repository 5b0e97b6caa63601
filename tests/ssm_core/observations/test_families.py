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
from ssm_core.model.standard import standard_of
from ssm_core.model.structure import scale_of, structure_of
from ssm_core.observations.family import Family
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
    with pytest.raises(ValueError, match="no observation family 'poisson'; known: gaussian, student_t, probit"):
        family_of("poisson", {})


def test_degrees_of_freedom_need_a_variance():
    with pytest.raises(ValueError, match="above 2"):
        family_of("student_t", {"df": 2.0})


def test_a_family_that_stretches_noise_needs_some():
    of = case("plain")
    bare = of.spec.model_copy(update={"series": (Series(name="y", family="student_t"),)})
    with pytest.raises(ValueError, match="series 'y' is student_t: expected a measurement_sd"):
        sample(LogPosterior(bare, of.scale, of.design), Settings(), lambda _text: None)


GRID = np.linspace(-3, 4, 2001)


def _twice_as_many_ones():
    """An intercept behind 30 codes, as a model and as its posterior on a grid (index: process sd 0.5, noise sd 1)."""
    y = np.array([1.0] * 21 + [0.0] * 9)
    np.random.default_rng(1).shuffle(y)
    model = spec([p("mean", "y", "intercept", prior=Normal(mean=0, sd=1))], inputs=("x",), states=("z",),
                 series=(Series(name="y", family="probit"),), start_sd=0.5,
                 constants=(c("loading", "y", "z"), c("process_sd", "z", value=0.5), c("measurement_sd", "y"))
                 )  # fmt: skip
    share = stats.norm.cdf(GRID / np.sqrt(1.25))
    log = stats.norm.logpdf(GRID) + 21 * np.log(share) + 9 * np.log1p(-share)
    weight = np.exp(log - log.max())
    return model, y, weight / weight.sum()


def _posterior(model, y):
    """As the program arranges a record: centred codes, of which the upper one counts as one."""
    columns = {"y": y, "x": np.zeros(y.size)}
    standard = standard_of(model, columns)
    design = design_of(model, columns, standard, Calendar(), structure_of(model).input_lags)
    return LogPosterior(model, scale_of(model, standard.spread, standard.centre, y.size), design)


@pytest.mark.mcmc
@pytest.mark.parametrize("codes", [(0.0, 1.0), (1.0, 2.0)], ids=["0/1", "1/2"])
def test_a_probit_intercept_has_its_posterior_on_a_grid(codes):
    model, y, weight = _twice_as_many_ones()
    draws, _ = sample(_posterior(model, np.where(y > 0, codes[1], codes[0])), Settings(seed=2, ess=10_000), _quiet)
    mean = (weight * GRID).sum()
    sd = np.sqrt((weight * (GRID - mean) ** 2).sum())
    assert draws.theta.mean() == pytest.approx(mean, abs=0.1 * sd)
    assert draws.theta.std() == pytest.approx(sd, rel=0.1)


def _quiet(_text):
    pass


def test_an_index_is_drawn_from_a_normal_cut_off_at_zero():
    y, signal = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.3, 0.3, -9.0, 2.0])
    index = family_of("probit", {}).auxiliary
    drawn = index.draw(np.random.default_rng(1), y, np.repeat(signal[:, None], 20_000, axis=1), np.full(20_000, 0.64)).y
    for t in range(4):
        bounds = (-signal[t] / 0.8, np.inf) if y[t] else (-np.inf, -signal[t] / 0.8)
        assert stats.kstest(drawn[t], stats.truncnorm(*bounds, loc=signal[t], scale=0.8).cdf).pvalue > 1e-3


@pytest.mark.mcmc
def test_a_further_family_takes_a_definition_and_a_registry_line(monkeypatch):
    index = family_of("probit", {}).auxiliary
    monkeypatch.setitem(FAMILIES, "sign", lambda _options: Family("sign", index, None, 1.0, is_index=True))
    model, y, weight = _twice_as_many_ones()
    model = model.model_copy(update={"series": (Series(name="y", family="sign"),)})
    draws, _ = sample(_posterior(model, y), Settings(seed=3, ess=3000), _quiet)
    mean = (weight * GRID).sum()
    assert draws.theta.mean() == pytest.approx(mean, abs=0.06)
