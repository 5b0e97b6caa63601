"""Cells by expansion are those by products of matrices; what is too long to expand is computed by them."""

import numpy as np
import pytest

from schemas.spec import ContinuousTime
from ssm_core.model import polynomial
from ssm_core.model.assembly import assembly_of
from ssm_core.model.cells import Cells
from ssm_core.model.discrete import DiscreteDynamics
from ssm_core.model.polynomial import MOST_TERMS, Polynomial, TooManyTermsError
from tests.ssm_core.zoo import SPECS, case

DISCRETE = [name for name in SPECS if not isinstance(case(name).spec.time, ContinuousTime)]


def both(name, monkeypatch):
    of = case(name)
    expanded = assembly_of(of.spec, of.scale, of.design)

    def refuse(*_):
        raise TooManyTermsError

    monkeypatch.setattr(DiscreteDynamics, "describe", refuse)
    return expanded, assembly_of(of.spec, of.scale, of.design), len(of.spec.parameters)


@pytest.mark.parametrize("name", DISCRETE)
def test_the_expansion_is_the_product_of_matrices_and_so_are_its_derivatives(name, monkeypatch):
    expanded, products, size = both(name, monkeypatch)
    assert not expanded.general
    assert products.general
    rng = np.random.default_rng(1)
    theta = rng.normal(size=(size, 5))
    (got, none), (expected, pullback) = expanded.cells(theta), products.cells(theta)
    assert none is None
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    adjoint = Cells(*(rng.normal(size=part.shape) for part in got))
    adjoint.F[:, expanded.layout.F.fixed] = 0.0  # nobody asks for them
    slopes = expanded.collect(theta, None, adjoint), products.collect(theta, pullback, adjoint)
    np.testing.assert_allclose(*slopes, rtol=1e-10, atol=1e-10)


def test_a_product_of_polynomials_is_that_of_their_values():
    one, two = Polynomial({(0,): 2.0, (): 1.0}), Polynomial({(0,): -1.0, (1, 1): 3.0})
    assert (one * two).terms == {(0, 0): -2.0, (0, 1, 1): 6.0, (0,): -1.0, (1, 1): 3.0}
    assert (one + two).terms == {(0,): 1.0, (): 1.0, (1, 1): 3.0}


def test_an_expansion_without_end_is_refused():
    long = Polynomial({(k,): 1.0 for k in range(2000)})
    with pytest.raises(TooManyTermsError):
        long * long


def test_a_model_too_long_to_expand_is_computed_by_products(monkeypatch):
    of = case("instant effects and long lags")
    monkeypatch.setattr(polynomial, "MOST_TERMS", 12)
    cut = assembly_of(of.spec, of.scale, of.design)
    monkeypatch.setattr(polynomial, "MOST_TERMS", MOST_TERMS)
    whole = assembly_of(of.spec, of.scale, of.design)
    assert cut.general
    theta = 0.3 * np.random.default_rng(2).normal(size=(len(of.spec.parameters), 4))
    for one, other in zip(cut.cells(theta)[0], whole.cells(theta)[0], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
