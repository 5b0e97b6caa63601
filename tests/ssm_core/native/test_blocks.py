"""Chains are worked on in blocks: no chain notices its company, and every size of model finds its cells."""

import numpy as np
import pytest

from ssm_core.model.cells import Cells
from ssm_core.native import bindings
from ssm_core.native.bindings import NativeKernel, TooLargeError
from ssm_core.native.build import NoCompilerError, library
from tests.ssm_core.native.layouts import random_cells, random_layout


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture(autouse=True)
def _compiler():
    try:
        library()
    except NoCompilerError as why:
        pytest.skip(f"the compiled kernel is not here: {why}")


def evaluated(layout, cells):
    """Values of both ways and adjoints, `chain` last."""
    kernel = NativeKernel(layout)
    value, adjoint = kernel.value_and_adjoint(cells)
    return [kernel.value(cells), value, *(part.copy() for part in adjoint)]


def test_a_chain_does_not_notice_its_company(rng):
    layout = random_layout(rng, 3, 3, 30)
    cells = random_cells(rng, layout, 37)
    together = evaluated(layout, cells)
    for chain in (0, 8, 35, 36):
        alone = evaluated(layout, Cells(*(part[..., chain : chain + 1] for part in cells)))
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one[..., 0], all_of_them[..., chain])


def test_an_impossible_chain_harms_no_other(rng):
    layout = random_layout(rng, 3, 3, 30)._replace(known=None)
    cells = random_cells(rng, layout, 5)
    sound = evaluated(layout, cells)
    cells.R[:, 2] = -50.0
    harmed = evaluated(layout, cells)
    assert harmed[0][2] == harmed[1][2] == -np.inf
    for before, after in zip(sound, harmed, strict=True):
        np.testing.assert_array_equal(np.delete(before, 2, axis=-1), np.delete(after, 2, axis=-1))


@pytest.mark.parametrize("states", [3, 5])
def test_the_kernel_of_one_size_equals_the_kernel_of_any_size(rng, monkeypatch, states):
    layout = random_layout(rng, states, 4, 25)
    cells = random_cells(rng, layout, 3)
    own = evaluated(layout, cells)
    monkeypatch.setattr(bindings, "SIZES", ())
    for one, other in zip(own, evaluated(layout, cells), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def test_more_series_than_states_may_lack_a_mean(rng):
    layout = random_layout(rng, 2, 60, 6)
    few = layout.D.row < 7
    layout = layout._replace(D=type(layout.D)(*(part[few] for part in layout.D)))
    cells = random_cells(rng, layout, 2)
    shifted = cells._replace(D=cells.D + 1.0)
    adjoint = evaluated(layout, cells)[6]
    assert adjoint.shape[0] == few.sum()
    assert (evaluated(layout, shifted)[0] != evaluated(layout, cells)[0]).all()


def test_cells_listed_twice_are_refused(rng):
    layout = random_layout(rng, 3, 3, 5)
    twice = type(layout.F)(*(np.append(part, part[:1]) for part in layout.F))
    with pytest.raises(ValueError, match=r"expected each cell of F once, got \[\[0, 0\]\] more often"):
        NativeKernel(layout._replace(F=twice))


def test_too_many_states_are_refused(rng):
    layout = random_layout(rng, 3, 3, 5)
    with pytest.raises(TooLargeError, match="expected at most 40 states, got 41"):
        NativeKernel(layout._replace(m0=np.zeros(41)))
