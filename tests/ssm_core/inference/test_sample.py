"""The fast sampler: exact against quadrature, in agreement with NUTS, the same bits twice, honest about modes."""

import numpy as np
import pytest
from scipy import stats

from schemas.params import Nuts
from schemas.prior import LogNormal, Normal
from schemas.spec import Series
from ssm_core.checks.convergence import convergence_of, lowest_bfmi
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.hmc import MOST_STEPS, Position, metric_of, transition
from ssm_core.inference.jumps import jump
from ssm_core.inference.modes import Mode, NoModeError, find_modes, starting_points
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import Standard
from ssm_core.model.structure import scale_of, structure_of
from ssm_core.reference.nuts import sample as reference
from tests.ssm_core.models import simple_spec
from tests.ssm_core.zoo import c, p, spec

pytestmark = pytest.mark.mcmc
QUIET = Settings(seed=3)


def simulated(steps=300, effect=0.8, persistence=0.5):
    rng = np.random.default_rng(8)
    x, y = rng.integers(0, 2, steps).astype(float), np.zeros(steps)
    for t in range(1, steps):
        y[t] = persistence * y[t - 1] + effect * x[t] + rng.normal()
    return {"x": x, "y": y}


def problem(model, columns, kernel="auto"):
    steps = len(columns["y"])
    names = (*model.states, *(s.name for s in model.recorded), *model.inputs)
    plain = Standard(dict.fromkeys(names, 0.0), dict.fromkeys(names, 1.0))
    design = design_of(model, columns, plain, Calendar(), structure_of(model).input_lags)
    return LogPosterior(model, scale_of(model, plain.spread, plain.centre, steps), design, kernel)


def silent(_text):
    """Progress nobody reads."""


def test_the_same_seed_gives_the_same_draws_and_tells_of_progress():
    target, told = problem(simple_spec(), simulated(60)), []
    first, _ = sample(target, QUIET, told.append)
    second, _ = sample(target, QUIET, silent)
    other, _ = sample(target, QUIET._replace(seed=4), silent)
    np.testing.assert_array_equal(first.theta, second.theta)
    assert not np.array_equal(first.theta, other.theta[:, : first.theta.shape[1]])
    assert "one mode" in told[0]
    assert any("R-hat" in line for line in told)


def test_draws_agree_with_nuts_and_with_least_squares():
    model, columns = simple_spec(), simulated()
    target = problem(model, columns)
    fast, _ = sample(target, QUIET, silent)
    design = design_of(
        model, columns, Standard({"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}), Calendar(), structure_of(model).input_lags
    )
    nuts = reference(model, target.scale, design, Nuts(chains=2, warmup=300, draws=700), 1, silent)
    for i, parameter in enumerate(model.parameters):
        one, two = convergence_of(fast.theta[..., i]), convergence_of(nuts.theta[..., i])
        assert one.rhat < 1.02
        sd = fast.theta[..., i].std()
        error = np.hypot(one.mcse, two.mcse)
        assert abs(fast.theta[..., i].mean() - nuts.theta[..., i].mean()) < 4 * error, parameter.name
        assert nuts.theta[..., i].std() == pytest.approx(sd, rel=0.12), parameter.name
        for q in (0.05, 0.95):
            assert abs(np.quantile(fast.theta[..., i], q) - np.quantile(nuts.theta[..., i], q)) < 0.25 * sd
    # least squares on the same regression is the witness of mean and spread (weak priors, 300 steps)
    x, y = columns["x"], columns["y"]
    regressors = np.column_stack([x[1:], x[:-1], y[:-1], np.ones(299)])
    beta, rss, *_ = np.linalg.lstsq(regressors, y[1:], rcond=None)
    se = np.sqrt(rss[0] / 295 * np.linalg.inv(regressors.T @ regressors)[0, 0])
    assert fast.theta[..., 0].mean() == pytest.approx(beta[0], abs=0.3 * se)
    assert fast.theta[..., 0].std() == pytest.approx(se, rel=0.15)
    assert lowest_bfmi(fast.energy) > 0.3
    assert fast.diverging.mean() < 0.001


def test_a_skewed_posterior_equals_quadrature():
    """Level and noise of eight white observations: two parameters, so that the posterior can be summed on a grid."""
    y = np.array([0.3, -1.2, 0.8, 2.0, 0.1, -0.4, 1.1, np.nan])
    model = spec([p("mean", "y", "intercept", prior=Normal(mean=0, sd=1)),
                  p("measurement_sd", "y", prior=LogNormal(median=0.5, log_sd=1.0))],
                 inputs=("x",), states=("z",), series=(Series(name="y"),),
                 constants=(c("loading", "y", "z"), c("process_sd", "z", value=0.5)))  # fmt: skip
    target = problem(model.model_copy(update={"start_sd": 0.5}), {"x": np.zeros(8), "y": y})
    draws, _ = sample(target, QUIET._replace(ess=3000), silent)
    levels, sds = np.linspace(-3, 3, 400), np.linspace(0.003, 6, 1200)
    seen = y[~np.isnan(y)]
    total = np.hypot(sds, 0.5)
    log = stats.lognorm(1.0, scale=0.5).logpdf(sds)[None] + stats.norm(0, 1).logpdf(levels)[:, None]
    log = log + stats.norm(levels[:, None, None], total[None, :, None]).logpdf(seen).sum(-1)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    for index, (values, axis) in enumerate(((levels, 1), (sds, 0))):
        marginal = weight.sum(axis=axis)
        mean = (marginal * values).sum()
        sd = np.sqrt((marginal * (values - mean) ** 2).sum())
        got = draws.theta[..., index]
        assert got.mean() == pytest.approx(mean, abs=0.06 * sd)
        assert got.std() == pytest.approx(sd, rel=0.06)
        grid = values[np.searchsorted(np.cumsum(marginal), [0.05, 0.5, 0.95])]
        np.testing.assert_allclose(np.quantile(got, [0.05, 0.5, 0.95]), grid, atol=0.12 * sd)


def two_humps(x):
    """Mixture 0.8 N(-3, 0.5^2) + 0.2 N(3, 1)."""
    parts = np.stack([np.log(0.8) + stats.norm(-3, 0.5).logpdf(x[0]), np.log(0.2) + stats.norm(3, 1).logpdf(x[0])])
    value = np.logaddexp.reduce(parts)
    share = np.exp(parts - value)
    return value, (share[0] * -(x[0] + 3) / 0.25 + share[1] * -(x[0] - 3))[None]


def test_jumps_between_modes_sample_their_masses():
    rng = np.random.default_rng(1)
    modes = [Mode(np.array([-3.0]), 0.0, np.array([[0.25]]), 0.0, 1), Mode(np.array([3.0]), 0.0, np.eye(1), 0.0, 1)]
    x = np.full((1, 64), -3.0)
    now, right = Position(x, *two_humps(x)), []
    for _ in range(400):
        now = jump(two_humps, now, modes, rng)
        right.append((now.x > 0).mean())
    assert np.mean(right[50:]) == pytest.approx(0.2, abs=0.01)


def test_every_start_that_is_impossible_is_said():
    target = problem(simple_spec(), simulated(30))
    starts = np.full((target.dimension, 2), np.nan)
    with pytest.raises(NoModeError, match="no parameter vector that was tried is possible"):
        find_modes(target, starts)


def test_the_mode_is_a_maximum_and_its_covariance_the_curvature():
    target = problem(simple_spec(), simulated(100))
    mode, *others = find_modes(target, starting_points(target, np.random.default_rng(1), 8))
    assert not others
    assert mode.starts == 8
    assert np.abs(metric_of(mode.x, mode.covariance).factor.T @ target(mode.x[:, None]).gradient[:, 0]).max() < 1e-3
    around = mode.x[:, None] + 0.3 * metric_of(mode.x, mode.covariance).factor @ np.random.default_rng(2).normal(
        size=(target.dimension, 50)
    )
    assert np.all(target.value(around) < mode.value)


def test_kernels_give_the_same_posterior():
    columns = simulated(60)
    native, jax = (problem(simple_spec(), columns, kernel) for kernel in ("auto", "jax"))
    x = starting_points(native, np.random.default_rng(1), 5)
    np.testing.assert_allclose(native(x).value, jax(x).value, rtol=1e-10)
    np.testing.assert_allclose(native(x).gradient, jax(x).gradient, rtol=1e-8, atol=1e-8)


def test_a_step_that_has_shrunk_to_nothing_does_not_make_a_trajectory_endless():
    now = Position(np.zeros((2, 3)), np.zeros(3), np.zeros((2, 3)))
    move = transition(
        lambda x: (-0.5 * np.square(x).sum(axis=0), -x), now, metric_of(np.zeros(2), np.eye(2)), 1e-12, 2.0,
        np.random.default_rng(1),
    )  # fmt: skip
    assert move.steps == MOST_STEPS
