"""The engine's density is that of the NumPyro model, term by term, and its gradient is exact."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.infer.util import log_density

from ssm_core.inference.density import LogPosterior
from ssm_core.model.design import design_of
from ssm_core.model.priors import standardised
from ssm_core.model.standard import standard_of
from ssm_core.model.structure import scale_of, structure_of
from ssm_core.native.build import NoCompilerError, library
from ssm_core.reference.assembly import state_space
from ssm_core.reference.density import numpyro_model, partial_log_likelihood
from ssm_core.reference.distributions import distribution
from tests.ssm_core.zoo import SPECS, STEPS, Case, case, record

CHAINS = 3


def points(target, rng):
    """Somewhere near the prior's middle; stationary."""
    x = 0.4 * rng.normal(size=(target.dimension, 200))
    fine = target.assembly.stationary(target.constrain(x))
    return x[:, fine][:, :CHAINS]


def posterior(of, kernel="native"):
    if kernel == "native":
        try:
            library()
        except NoCompilerError as error:
            pytest.skip(str(error))
    return LogPosterior(of.spec, of.scale, of.design, kernel)


@pytest.mark.parametrize("name", SPECS)
def test_density_and_gradient_are_those_of_the_reference(name):
    """The likelihood and its derivatives by the textbook filter under autodiff, the density by NumPyro."""
    of = case(name)
    target = posterior(of)
    theta = target.constrain(points(target, np.random.default_rng(2)))
    cells, pullback = target.assembly.cells(theta)
    value, adjoint = target.kernel.value_and_adjoint(cells)
    gradient = target.assembly.collect(theta, pullback, adjoint)

    def likelihood(one):
        return partial_log_likelihood(state_space(of.spec, of.scale, of.design, one), of.design)

    expected, slope = jax.jit(jax.vmap(jax.value_and_grad(likelihood)))(jnp.array(theta.T))
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(gradient.T, slope, rtol=1e-8, atol=1e-9 * np.abs(slope).max())


@pytest.mark.parametrize("name", ["latent states with indicators", "instant effects and long lags"])
def test_the_numpyro_model_is_priors_plus_the_likelihood_of_the_engine(name):
    of = case(name)
    target = posterior(of)
    theta = target.constrain(points(target, np.random.default_rng(3)))[:, :1]
    sites = {parameter.name: jnp.array(theta[i, 0]) for i, parameter in enumerate(of.spec.parameters)}
    got, _ = log_density(numpyro_model(of.spec, of.scale, of.design), (), {}, sites)
    priors = sum(float(distribution(p).log_prob(value)) for p, value in zip(target.priors, theta[:, 0], strict=True))
    x = target.unconstrain(theta)
    assert float(got) == pytest.approx(priors + float(target.log_likelihood(x)[0]), abs=1e-8)


@pytest.mark.parametrize("name", ["everything", "continuous, everything"])
def test_the_gradient_equals_finite_differences(name):
    target = posterior(case(name))
    x = points(target, np.random.default_rng(4))
    got, h = target(x), 1e-3
    for i in range(target.dimension):
        shift = np.zeros((target.dimension, 1))
        shift[i] = h
        near, far = (target.value(x + k * shift) - target.value(x - k * shift) for k in (1, 2))
        slope = (8 * near - far) / (12 * h)  # the error is of the fourth order in h
        np.testing.assert_allclose(got.gradient[i], slope, rtol=1e-6, atol=1e-6)


def test_a_process_that_is_not_stationary_is_impossible():
    of = case("instant effects and long lags")
    target = posterior(of)
    theta = target.constrain(points(target, np.random.default_rng(5)))
    theta[[p.name for p in of.spec.parameters].index("dynamics y y 3")] = 1.5
    at = target(target.unconstrain(theta))
    assert np.all(at.value == -np.inf)
    assert np.all(at.gradient == 0.0)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_units_of_the_data_do_not_change_the_sampled_posterior(size):
    of = case("plain", unknown_inputs=False)
    columns, calendar = record(np.random.default_rng(1))
    columns["y"] = columns["y"] * size
    units = {"mean": size, "inputs": size, "process_sd": size, "dynamics": 1.0}
    parameters = tuple(p.model_copy(update={"prior": scaled(p.prior, units[p.matrix])}) for p in of.spec.parameters)
    spec = of.spec.model_copy(update={"parameters": parameters})
    standard = standard_of(spec, columns)
    design = design_of(spec, columns, standard, calendar._replace(gaps=None), structure_of(spec).input_lags)
    stretched = Case(spec, scale_of(spec, standard.spread, standard.centre, STEPS), design)
    one, two = posterior(of), posterior(stretched)
    x = points(one, np.random.default_rng(6))
    np.testing.assert_allclose(one(x).gradient, two(x).gradient, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(two.natural(x)[0], size * one.natural(x)[0], rtol=1e-9)


def scaled(prior, factor):
    """The law of `factor * theta`."""
    return standardised(prior, 0.0, 1.0 / factor)
