"""Two implementations of one recursion: they agree with each other, with textbooks, and with differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ssm_core.kalman.filter import kalman_filter
from ssm_core.kalman.lanes import JaxKernel
from ssm_core.kalman.lanes.recursion import value_and_slopes
from ssm_core.model.cells import Cells, Mixture
from ssm_core.native.bindings import NativeKernel
from ssm_core.native.build import NoCompilerError, library
from tests.ssm_core.native.layouts import joint_normal, linear_gaussian, random_cells, random_layout


def native(layout):
    try:
        library()
    except NoCompilerError as why:
        pytest.skip(f"the compiled kernel is not here: {why}")
    return NativeKernel(layout)


KERNELS = pytest.mark.parametrize("kernel", [native, JaxKernel], ids=["native", "jax"])
SHAPES = pytest.mark.parametrize(
    ("states", "series", "steps", "chains", "features"),
    [
        (1, 1, 7, 16, {"regimes": 1, "noises": 1, "known": False}),
        (3, 3, 40, 3, {}),
        (4, 6, 65, 1, {"regimes": 3, "noises": 2}),
        (9, 5, 30, 3, {"regimes": 1, "noises": 2, "known": False}),
    ],
)
STATES, SERIES, STEPS, CHAINS = 3, 3, 40, 3


@pytest.fixture
def rng():
    return np.random.default_rng(20261125)


@pytest.fixture
def problem(rng):
    layout = random_layout(rng, STATES, SERIES, STEPS)
    return layout, random_cells(rng, layout, CHAINS), random_mixture(rng, layout, CHAINS)


def random_mixture(rng, layout, chains):
    shape = (*layout.y.shape, chains)
    return Mixture(y=layout.y[:, :, None] + rng.normal(size=shape), stretch=rng.uniform(0.3, 3.0, size=shape))


def one_chain(cells, chain):
    return Cells(*(part[..., chain] for part in cells))


def one_record(mixture, chain):
    return mixture.y[:, :, chain], mixture.stretch[:, :, chain]


def asked_for(layout, adjoint):
    """The derivatives that a kernel owes: those by cells that are not fixed."""
    free = {name: ~getattr(layout, name).fixed for name in ("F", "Q", "B")}
    return adjoint._replace(
        D=adjoint.D[~layout.D.fixed], **{name: getattr(adjoint, name)[:, which] for name, which in free.items()}
    )


def copied(result):
    return result[0], Cells(*(part.copy() for part in result[1]))


def largest(array):
    return float(np.abs(array).max(initial=1e-300))


def assert_same_answers(layout, found, expected, tolerance=1e-9):
    np.testing.assert_allclose(found[0], expected[0], rtol=tolerance)
    for name, a, b in zip(Cells._fields, asked_for(layout, found[1]), asked_for(layout, expected[1]), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * largest(b), err_msg=name)


@SHAPES
def test_the_two_kernels_agree_on_the_value_and_every_derivative(rng, states, series, steps, chains, features):
    for _ in range(4):
        layout = random_layout(rng, states, series, steps, **features)
        cells = random_cells(rng, layout, chains)
        compiled, plain = native(layout), JaxKernel(layout)
        expected = compiled.value_and_adjoint(cells)
        assert np.isfinite(expected[0]).all()
        assert_same_answers(layout, plain.value_and_adjoint(cells), expected)


def test_the_two_kernels_agree_on_observations_and_variances_of_each_chain(problem):
    layout, cells, mixture = problem
    compiled, plain = native(layout), JaxKernel(layout)
    assert_same_answers(
        layout, plain.value_and_adjoint(cells, mixture), copied(compiled.value_and_adjoint(cells, mixture))
    )
    for name in ("predict", "smooth"):
        for a, b in zip(getattr(plain, name)(cells, mixture), getattr(compiled, name)(cells, mixture), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11, err_msg=name)


@KERNELS
def test_the_value_alone_is_the_value_beside_the_derivatives(problem, kernel):
    layout, cells, mixture = problem
    kernel = kernel(layout)
    np.testing.assert_allclose(kernel.value(cells, mixture), kernel.value_and_adjoint(cells, mixture)[0], rtol=1e-12)


@KERNELS
def test_the_adjoint_equals_finite_differences(problem, kernel):
    layout, cells, mixture = problem
    kernel = kernel(layout)
    _, adjoint = copied(kernel.value_and_adjoint(cells, mixture))
    step = 1e-5
    for name, part, slopes in zip(Cells._fields, cells, adjoint, strict=True):
        fixed = getattr(getattr(layout, name, None), "fixed", np.zeros(part.shape[-2], dtype=bool))
        for place in np.ndindex(part.shape[:-1]):
            if fixed[place[-1]]:
                continue
            moved = np.zeros_like(part)
            moved[place] = step
            up, down = (kernel.value(cells._replace(**{name: part + sign * moved}), mixture) for sign in (1, -1))
            assert slopes[place] == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-6 * largest(slopes)), (
                name,
                place,
            )


def scored_log_likelihood(layout, cells, y, stretch):
    """The sum of the scored cells' log densities, by the textbook filter."""
    filtered = kalman_filter(linear_gaussian(layout, cells, stretch), y)
    counted = jnp.array(~np.isnan(layout.y) & layout.scored[:, None])
    v, S = (jnp.where(counted, part, 1.0) for part in (filtered.innovations, filtered.variances))
    return jnp.where(counted, -0.5 * (jnp.log(2 * jnp.pi * S) + v * v / S), 0.0).sum()


@KERNELS
def test_the_adjoint_equals_automatic_differentiation_of_the_textbook_filter(problem, kernel):
    layout, cells, mixture = problem
    found = kernel(layout).value_and_adjoint(cells, mixture)
    y, stretch = one_record(mixture, 1)
    textbook = jax.jit(jax.value_and_grad(lambda c: scored_log_likelihood(layout, c, jnp.array(y), stretch)))
    value, slopes = textbook(Cells(*(jnp.array(part) for part in one_chain(cells, 1))))
    expected = np.array([value]), Cells(*(np.asarray(part)[..., None] for part in slopes))
    found = found[0][1:2], Cells(*(part[..., 1:2] for part in found[1]))
    assert_same_answers(layout, found, expected)


@KERNELS
def test_predictions_are_those_of_the_textbook_filter(problem, kernel):
    layout, cells, mixture = problem
    found = kernel(layout).predict(cells, mixture)
    y, stretch = one_record(mixture, 1)
    textbook = jax.jit(lambda c: kalman_filter(linear_gaussian(layout, c, stretch), jnp.array(y)))
    expected = textbook(one_chain(cells, 1))
    variance = np.where(np.isnan(layout.y), np.nan, expected.variances)
    np.testing.assert_allclose(found.innovation[..., 1], expected.innovations, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found.variance[..., 1], variance, rtol=1e-9)


@KERNELS
def test_smoothing_conditions_the_joint_normal_of_the_whole_record(problem, kernel):
    layout, cells, mixture = problem
    found = kernel(layout).smooth(cells, mixture)
    model = jax.jit(lambda c, stretch: linear_gaussian(layout, c, stretch))
    for chain in range(CHAINS):
        y, stretch = one_record(mixture, chain)
        state, residual = joint_normal(model(one_chain(cells, chain), stretch), y)
        np.testing.assert_allclose(found.state[..., chain], state, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.residual[..., chain], residual, rtol=1e-9, atol=1e-9)


@KERNELS
def test_impossible_chains_are_ruled_out_and_leave_the_others_alone(problem, kernel):
    layout, cells, _ = problem
    kernel = kernel(layout)
    alone = copied(kernel.value_and_adjoint(cells))
    R, F = cells.R.copy(), cells.F.copy()
    R[:, 0] = -20.0  # predictive variances are negative
    F[..., 2] = 1e200  # overflows
    value, adjoint = kernel.value_and_adjoint(cells._replace(R=R, F=F))
    np.testing.assert_array_equal(value[[0, 2]], -np.inf)
    np.testing.assert_array_equal(kernel.value(cells._replace(R=R, F=F)), value)
    others = value[1:2], Cells(*(part[..., 1:2] for part in adjoint))
    assert_same_answers(layout, others, (alone[0][1:2], Cells(*(part[..., 1:2] for part in alone[1]))), 1e-12)


@KERNELS
def test_missing_rows_at_the_end_change_nothing(problem, kernel):
    layout, cells, _ = problem
    expected = copied(kernel(layout).value_and_adjoint(cells))
    more = 5

    def longer(values, fill):
        return np.concatenate([values, np.full((more, *values.shape[1:]), fill, values.dtype)])

    changes = {name: longer(getattr(layout, name), 1.0) for name in ("u", "x", "z", "scored", "regime", "noise")}
    extended = layout._replace(y=longer(layout.y, np.nan), known=longer(layout.known, np.nan), **changes)
    assert_same_answers(layout, kernel(extended).value_and_adjoint(cells), expected, 1e-12)


@KERNELS
def test_what_stands_beside_a_missing_cell_has_no_effect(problem, kernel):
    layout, cells, mixture = problem
    expected = copied(kernel(layout).value_and_adjoint(cells, mixture))
    row = STEPS // 2  # nothing is observed here
    x, z, y, stretch = layout.x.copy(), layout.z.copy(), mixture.y.copy(), mixture.stretch.copy()
    x[row], z[row], y[row], stretch[row] = np.nan, np.nan, 5.0, np.nan
    changed = kernel(layout._replace(x=x, z=z)).value_and_adjoint(cells, Mixture(y=y, stretch=stretch))
    assert_same_answers(layout, changed, expected, 1e-12)


def test_new_rows_and_another_sparsity_need_no_compilation(rng, problem):
    layout, cells, mixture = problem
    JaxKernel(layout).value_and_adjoint(cells, mixture)
    compiled = value_and_slopes._cache_size()
    for steps in (STEPS + 1, STEPS + 20):
        other = random_layout(rng, STATES, SERIES, steps)
        JaxKernel(other).value_and_adjoint(random_cells(rng, other, CHAINS), random_mixture(rng, other, CHAINS))
    assert value_and_slopes._cache_size() == compiled
