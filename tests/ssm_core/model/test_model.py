"""From spec to state space to density: places, scales, what is missing, and what is not in the graph."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.infer.util import log_density
from scipy import stats

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, StudentT, TruncatedNormal
from schemas.spec import Cause
from ssm_core.effects.responses import linear_of
from ssm_core.inference.density import sampled_priors
from ssm_core.kalman.filter import kalman_filter
from ssm_core.model.augmented import augmented_of
from ssm_core.model.design import design_of
from ssm_core.model.priors import standardised
from ssm_core.model.regressors import Calendar, regressors_of, slow_waves
from ssm_core.model.standard import Standard, standard_of
from ssm_core.model.structure import scale_of, structure_of
from ssm_core.reference.assembly import spectral_radius, state_space
from ssm_core.reference.density import natural, numpyro_model, partial_log_likelihood
from ssm_core.reference.distributions import distribution
from tests.ssm_core.models import MEDIATED_THETA, mediated_spec, parameter, simple_spec, step_by_step

NEUTRAL = Standard({"y": 0.0, "x": 0.0, "m": 0.0}, {"y": 1.0, "x": 1.0, "m": 1.0})


def columns(rng, steps=30):
    return {"x": rng.integers(0, 2, steps).astype(float), "y": rng.normal(size=steps)}


def design(spec, data, standard=NEUTRAL):
    return design_of(spec, data, standard, Calendar(), structure_of(spec).input_lags)


def neutral(spec):
    """The scale on which standardised and natural parameters are the same."""
    return scale_of(spec, NEUTRAL.spread, NEUTRAL.centre, 1)


def space(spec, ready, theta):
    return state_space(spec, neutral(spec), ready, jnp.array(theta))


def filtered(spec, ready, theta):
    return kalman_filter(space(spec, ready, theta), jnp.array(ready.y))


def scored(spec, ready, theta):
    return float(partial_log_likelihood(space(spec, ready, theta), ready))


def test_state_space_moves_as_the_equations_written_out_by_hand():
    rng = np.random.default_rng(1)
    spec, x = mediated_spec(), rng.integers(0, 2, 12).astype(float)
    quiet = np.zeros((12, 2))
    y, m = step_by_step(MEDIATED_THETA, x, quiet)
    ready = design(spec, {"x": x, "y": y, "m": m})
    out = jax.jit(kalman_filter)(space(spec, ready, MEDIATED_THETA), jnp.array(np.column_stack([y, m])))
    # a record without shocks is predicted without error once the first steps (unknown past inputs) are over
    assert np.abs(np.asarray(out.innovations)[3:]).max() < 1e-9


def test_spectral_radius_equals_that_of_the_companion_matrix():
    spec = mediated_spec()
    structure = structure_of(spec)
    data = {name: np.zeros(5) for name in "xym"}
    model = space(spec, design(spec, data), MEDIATED_THETA)
    linear = linear_of(spec, np.array(MEDIATED_THETA)[None])
    within = np.linalg.inv(np.eye(2) - linear.instant[0])
    A1, A2 = (within @ block for block in linear.dynamics[0])
    companion = np.block([[A1, A2], [np.eye(2), np.zeros((2, 2))]])
    radius = float(spectral_radius(structure, augmented_of(structure), model.F[-1]))
    assert radius == pytest.approx(np.abs(np.linalg.eigvals(companion)).max(), abs=1e-10)
    assert structure.may_be_unstable
    assert not structure_of(simple_spec()).may_be_unstable


@pytest.mark.parametrize(
    ("prior", "law"),
    [
        (Normal(mean=3.0, sd=2.0), stats.norm(3.0, 2.0)),
        (TruncatedNormal(mean=1.0, sd=2.0, low=-1.0, high=4.0), stats.truncnorm(-1.0, 1.5, 1.0, 2.0)),
        (StudentT(df=4.0, mean=1.0, scale=2.0), stats.t(4.0, 1.0, 2.0)),
    ],
)
def test_a_prior_of_the_whole_line_keeps_its_law_when_moved(prior, law):
    moved = standardised(prior, 0.7, 2.5)
    points = np.array([-0.5, 0.1, 0.9])
    got = jnp.stack([distribution(moved).log_prob(point) for point in points])
    np.testing.assert_allclose(got, law.logpdf(0.7 + 2.5 * points) + np.log(2.5), atol=1e-10)


@pytest.mark.parametrize(
    ("prior", "law"),
    [
        (HalfNormal(sd=2.0), stats.halfnorm(scale=2.0)),
        (LogNormal(median=3.0, log_sd=0.4), stats.lognorm(0.4, scale=3.0)),
        (Gamma(shape=2.0, rate=0.5), stats.gamma(2.0, scale=2.0)),
    ],
)
def test_a_positive_prior_keeps_its_law_when_scaled(prior, law):
    points = np.array([0.2, 0.8, 2.0])
    got = jnp.stack([distribution(standardised(prior, 0.0, 2.5)).log_prob(point) for point in points])
    np.testing.assert_allclose(got, law.logpdf(2.5 * points) + np.log(2.5), atol=1e-10)


def test_a_beta_prior_is_never_rescaled_silently():
    assert standardised(Beta(a=2.0, b=3.0), 0.0, 1.0) == Beta(a=2.0, b=3.0)
    with pytest.raises(ValueError, match="beta prior cannot be moved"):
        standardised(Beta(a=2.0, b=3.0), 0.0, 2.0)


def test_density_is_the_priors_plus_the_marginal_likelihood():
    rng = np.random.default_rng(3)
    spec, data = simple_spec(), columns(rng)
    standard = standard_of(spec, data)
    scale = scale_of(spec, standard.spread, standard.centre, 30)
    ready = design(spec, data, standard)
    theta = np.array([0.4, -0.1, 0.3, 0.2, 0.9])
    sites = {p.name: jnp.array(theta[i]) for i, p in enumerate(spec.parameters)}
    got, _ = log_density(numpyro_model(spec, scale, ready), (), {}, sites)
    out = filtered(spec, ready, theta)
    v, S = np.asarray(out.innovations)[1:, 0], np.asarray(out.variances)[1:, 0]  # the first step has no past
    likelihood = stats.norm(0, np.sqrt(S)).logpdf(v).sum()
    priors = sampled_priors(spec, scale)
    prior = sum(float(distribution(p).log_prob(value)) for p, value in zip(priors, theta, strict=True))
    assert float(got) == pytest.approx(prior + likelihood, abs=1e-10)


def test_units_of_the_data_change_the_density_by_a_constant_only():
    rng = np.random.default_rng(4)
    small = columns(rng)
    spec = simple_spec()

    def residuals(data, theta_natural):
        standard = standard_of(spec, data)
        scale = scale_of(spec, standard.spread, standard.centre, 30)
        theta = jnp.array((theta_natural - scale.shift) / scale.scale)
        ready = design(spec, data, standard)
        out = kalman_filter(state_space(spec, scale, ready, theta), jnp.array(ready.y))
        return np.asarray(out.innovations / jnp.sqrt(out.variances)), natural(scale, theta)

    theta = np.array([0.4, -0.1, 0.3, 0.2, 0.9])
    one, back = residuals(small, theta)
    stretched = theta * np.array([1e6, 1e6, 1.0, 1e6, 1e6])
    two, _ = residuals({**small, "y": 1e6 * small["y"]}, stretched)
    np.testing.assert_allclose(back, theta, atol=1e-12)
    np.testing.assert_allclose(one[1:], two[1:], atol=1e-8)


def test_natural_parameters_predict_as_the_equation_in_natural_units():
    rng = np.random.default_rng(11)
    spec, data = simple_spec(("intercept", "trend", "weekday_1")), columns(rng)
    data["y"] = 40.0 + 5.0 * data["y"]
    standard, weekday = standard_of(spec, data), np.arange(30) % 7
    scale = scale_of(spec, standard.spread, standard.centre, 30)
    theta = np.array(
        [2.0, -0.5, 0.3, 41.0, 0.1, 1.5, 4.0]
    )  # x now, x before, memory, level, drift per step, weekday, sd
    ready = design_of(spec, data, standard, Calendar(weekday), structure_of(spec).input_lags)
    out = filtered(spec, ready, (theta - scale.shift) / scale.scale)
    contrast = np.array([1.0, -1.0, 0, 0, 0, 0, 0])[weekday] / np.sqrt(2)
    mean = 41.0 + 0.1 * (np.arange(30) - 14.5) + 1.5 * contrast
    x = data["x"] - data["x"].mean()
    expected = (data["y"] - mean)[2:] - 0.3 * (data["y"] - mean)[1:-1] - 2.0 * x[2:] + 0.5 * x[1:-1]
    np.testing.assert_allclose(np.asarray(out.innovations)[2:, 0] * standard.spread["y"], expected, atol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.asarray(out.variances)[2:, 0]) * standard.spread["y"], 4.0, atol=1e-9)


def test_a_step_whose_exposure_is_unknown_says_nothing_about_its_effect():
    rng = np.random.default_rng(5)
    spec, data = simple_spec(carry_over=False), columns(rng)
    data["x"][10] = np.nan

    def gain(shift):
        """How much the likelihood prefers an effect of one over none when the outcome of that step is shifted."""
        moved = {**data, "y": data["y"].copy()}
        moved["y"][10] += shift
        moved["y"][11] = np.nan  # the next step's prediction does depend on the outcome of this one
        ready = design(spec, moved)
        values = [scored(spec, ready, [b, 0.0, 0.0, 1.0]) for b in (0.0, 1.0)]
        return values[1] - values[0]

    assert gain(3.0) == pytest.approx(gain(0.0), abs=1e-9)


def test_an_unknown_lagged_input_widens_the_prediction_by_its_variance():
    rng = np.random.default_rng(6)
    spec, data = simple_spec(), columns(rng)
    data["x"][9] = np.nan
    ready = design(spec, data, standard_of(spec, data))
    expected = np.nanvar(data["x"])
    assert ready.u_variance[10, 1, 0] == pytest.approx(expected)
    assert ready.ignorance[9, 0] > 0
    assert ready.ignorance[10, 0] == 0


def test_waves_of_a_smooth_trend_are_orthogonal_and_no_faster_than_one_in_thirty_steps():
    names = slow_waves(180)
    assert names == [f"wave_{k}" for k in range(2, 7)]
    assert slow_waves(59) == []
    assert len(slow_waves(3000)) == 8
    waves = regressors_of(("intercept", *names), 180, Calendar(), {})
    np.testing.assert_allclose(waves.T @ waves, np.diag([180.0, *[90.0] * 5]), atol=1e-10)
    assert np.count_nonzero(np.diff(np.sign(waves[:, -1]))) == 6


def test_weekday_contrasts_sum_to_zero_over_a_week_and_treat_days_alike():
    basis = regressors_of(tuple(f"weekday_{k}" for k in range(1, 7)), 7, Calendar(np.arange(7)), {})
    np.testing.assert_allclose(basis.sum(0), 0.0, atol=1e-12)
    np.testing.assert_allclose((basis**2).sum(1), 6 / 7, atol=1e-12)


def test_two_parameters_in_one_cell_are_refused():
    spec = simple_spec()
    twice = spec.model_copy(update={"parameters": (*spec.parameters, parameter("again", "inputs", "y", "x", 0))})
    with pytest.raises(ValueError, match="same cell"):
        structure_of(twice)


def test_a_random_walk_level_adds_its_variance_step_by_step():
    spec = simple_spec(carry_over=False)
    spec = spec.model_copy(
        update={"parameters": (*spec.parameters, parameter("y: level sd", "level_sd", "y", prior=HalfNormal(sd=1.0)))}
    )
    data = {"x": np.zeros(5), "y": np.array([0.0, np.nan, np.nan, np.nan, 1.0])}
    out = filtered(spec, design(spec, data), [0.0, 0.0, 0.0, 0.5, 2.0])
    # process noise 0.25 without memory, the level has moved four times with variance 4; its start is exactly zero
    assert float(out.variances[-1, 0]) == pytest.approx(4 * 4.0 + 0.25, abs=1e-9)


@pytest.mark.parametrize(("cause", "lag"), [("y", 1), ("c", 0)])
def test_a_step_on_which_a_cause_of_the_exposure_is_missing_says_nothing_about_its_effect(cause, lag):
    rng = np.random.default_rng(12)
    spec = simple_spec(carry_over=False)
    spec = spec.model_copy(update={"exposure_causes": (Cause(name=cause, lag=lag),)})
    data = {**columns(rng), "c": rng.normal(size=30)}
    data[cause][10 - lag] = np.nan
    ready = design(spec, data)
    assert ready.ignorance[10, 0] > 0
    # the steps before the record began have unknown causes too
    assert np.flatnonzero(ready.ignorance[:, 0]).tolist() == sorted({10, *range(lag)})


def test_missing_past_outcomes_under_feedback_do_not_look_like_an_effect():
    rng = np.random.default_rng(2)
    steps, y, x = 20000, np.zeros(20000), np.zeros(20000)
    for t in range(1, steps):
        x[t] = rng.random() < 1 / (1 + np.exp(-1.5 * y[t - 1]))
        y[t] = 0.5 * y[t - 1] + rng.normal()
    y[rng.random(steps) < 0.5] = np.nan
    spec = simple_spec(carry_over=False)

    def likelihood_at(causes):
        told = spec.model_copy(update={"exposure_causes": causes})
        ready = design(told, {"x": x, "y": y})

        @jax.jit
        def value(b, memory):
            theta = jnp.stack([b, memory, jnp.array(0.0), jnp.array(1.0)])
            return partial_log_likelihood(state_space(told, neutral(told), ready, theta), ready)

        return value

    effects, memories = np.linspace(-0.5, 0.5, 21), np.linspace(0.2, 0.8, 13)

    def best(causes):
        value = likelihood_at(causes)
        grid = np.array([[float(value(b, m)) for m in memories] for b in effects])
        at = np.unravel_index(grid.argmax(), grid.shape)
        return effects[at[0]], memories[at[1]]

    assert best(())[0] > 0.08  # without the rule: an untruth that grows surer with the record
    effect, memory = best((Cause(name="y", lag=1),))
    assert abs(effect) <= 0.05 + 1e-9
    assert abs(memory - 0.5) <= 0.05 + 1e-9  # and what is left out does not tell the memory to be small
