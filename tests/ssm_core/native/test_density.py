"""The compiled density is that of NumPy, family by family and model by model, and its gradient is exact."""

import numpy as np
import pytest

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, StudentT, TruncatedNormal
from ssm_core.inference.density import LogPosterior
from ssm_core.model.cells import SHARED
from ssm_core.native.build import NoCompilerError, library
from tests.ssm_core.inference.problems import record, target_of
from tests.ssm_core.zoo import PLAIN, SPECS, case, p, spec

PRIORS = [
    Normal(mean=1, sd=2), LogNormal(median=0.5, log_sd=0.7), HalfNormal(sd=0.3), Gamma(shape=2, rate=3),
    Gamma(shape=0.5, rate=1), Beta(a=3, b=2), TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99),
    TruncatedNormal(mean=0.0, sd=1.0, low=9.0, high=12.0), StudentT(df=4, mean=1, scale=2),
]  # fmt: skip
CHAINS = 11


@pytest.fixture(autouse=True)
def _compiler():
    try:
        library()
    except NoCompilerError as error:
        pytest.skip(str(error))


def with_priors(priors):
    """A model with one regressor for each prior: its likelihood does not matter here."""
    names = tuple(f"x{i}" for i in range(len(priors)))
    terms = [p("inputs", "y", name, 0, prior) for name, prior in zip(names, priors, strict=True)]
    columns = record(30) | {name: np.random.default_rng(i).normal(size=30) for i, name in enumerate(names)}
    return target_of(spec([*PLAIN, *terms], inputs=("x", *names)), columns, "native")


def posterior(name):
    of = case(name)
    return LogPosterior(of.spec, of.scale, of.design, "native")


@pytest.mark.parametrize("spread", [0.5, 3.0, 20.0])
def test_priors_of_every_family_are_those_of_numpy(spread):
    target = with_priors(PRIORS)
    x = spread * np.random.default_rng(1).normal(size=(target.dimension, CHAINS))
    for got, expected in zip(target._prior(x), target._prior_in_numpy(x), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12 * max(1.0, spread))


@pytest.mark.parametrize("name", SPECS)
def test_every_model_has_the_density_of_numpy(name):
    target = posterior(name)
    x = 0.4 * np.random.default_rng(2).normal(size=(target.dimension, CHAINS))
    got, expected = target(x, SHARED), witness(target, x)
    np.testing.assert_allclose(got.log_likelihood, expected.log_likelihood, rtol=1e-12)
    np.testing.assert_allclose(got.log_prior, expected.log_prior, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(got.gradient, expected.gradient, rtol=1e-11, atol=1e-12 * np.abs(got.gradient).max())


def witness(target, x):
    """The density step by step, priors in NumPy, whatever the compiled library offers."""
    compiled, target._compiled = target._compiled, None
    try:
        return target(x)
    finally:
        target._compiled = compiled


@pytest.mark.parametrize("name", ["plain", "latent states with indicators", "level and slope", "shared noise"])
def test_the_gradient_equals_finite_differences(name):
    target, h = posterior(name), 1e-4  # of the fourth order: at 1e-3 it is off by 2e-5
    x = 0.3 * np.random.default_rng(3).normal(size=(target.dimension, 3))
    gradient = target(x).gradient
    for i, row in enumerate(gradient):
        shift = np.zeros((target.dimension, 1))
        shift[i] = h
        near, far = (target(x + k * shift).value - target(x - k * shift).value for k in (1, 2))
        np.testing.assert_allclose(row, (8 * near - far) / (12 * h), rtol=1e-6, atol=1e-6)


def test_an_impossible_chain_has_no_gradient_and_does_not_touch_its_neighbours():
    target = posterior("plain")
    x = 0.4 * np.random.default_rng(4).normal(size=(target.dimension, CHAINS))
    wild = x.copy()
    wild[:, 3], wild[0, 8] = np.nan, np.inf
    got, expected = target(wild), target(x)
    fine = np.setdiff1d(np.arange(CHAINS), [3, 8])
    assert np.all(got.log_likelihood[[3, 8]] == -np.inf)
    assert np.all(got.gradient[:, [3, 8]] == 0.0)
    np.testing.assert_array_equal(got.value[fine], expected.value[fine])
    np.testing.assert_array_equal(got.gradient[:, fine], expected.gradient[:, fine])


def test_a_chain_has_the_same_bits_among_any_number_of_others():
    target = posterior("latent states with indicators")
    x = 0.4 * np.random.default_rng(5).normal(size=(target.dimension, 40))
    together = target(x)
    for chains in (1, 8, 17):
        alone = target(x[:, :chains])
        np.testing.assert_array_equal(alone.value, together.value[:chains])
        np.testing.assert_array_equal(alone.gradient, together.gradient[:, :chains])


def test_results_of_a_call_outlive_the_next_one():
    target = posterior("plain")
    x = 0.4 * np.random.default_rng(6).normal(size=(target.dimension, CHAINS))
    first = target(x)
    kept = first.value.copy(), first.gradient.copy()
    target(x + 0.1)
    np.testing.assert_array_equal(first.value, kept[0])
    np.testing.assert_array_equal(first.gradient, kept[1])
