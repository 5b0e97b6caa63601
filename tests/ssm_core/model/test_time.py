"""Continuous time: the likelihood of a Gaussian process at uneven times, and discrete time on an even grid."""

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import multivariate_normal

from schemas.prior import Normal
from schemas.spec import ContinuousTime
from ssm_core.inference.density import LogPosterior
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import Standard
from ssm_core.model.structure import scale_of, structure_of
from tests.ssm_core.witnesses import ornstein_uhlenbeck
from tests.ssm_core.zoo import ANCHORS, DRIFT, LATENT_SERIES, SD, c, p, spec

SERIES = (LATENT_SERIES[0].model_copy(update={"error": None}), *LATENT_SERIES[1:])
WIDE = Normal(mean=0.0, sd=1.0)


def target(model, columns, gaps=None):
    names = (*model.states, *(s.name for s in model.recorded), *model.inputs)
    plain = Standard(dict.fromkeys(names, 0.0), dict.fromkeys(names, 1.0))
    steps = len(columns["y"])
    design = design_of(model, columns, plain, Calendar(gaps=gaps), structure_of(model).input_lags)
    return LogPosterior(model, scale_of(model, plain.spread, plain.centre, steps), design)


def latent(time):
    """Two latent processes, the first drives the second; three indicators."""
    own = DRIFT if isinstance(time, ContinuousTime) else WIDE
    return spec(
        [p("dynamics", "a", "a", 1, own), p("dynamics", "b", "b", 1, own), p("dynamics", "b", "a", 1),
         p("process_sd", "a", prior=SD), p("process_sd", "b", prior=SD), p("loading", "y2", "a"),
         p("loading", "y2", "b"), *(p("measurement_sd", y, prior=SD) for y in ("y", "y1", "y2")),
         p("shared", "a", "u"), p("shared", "b", "u")],
        states=("a", "b"), series=SERIES, constants=ANCHORS, inputs=("x",), time=time, start_sd=1.5,
    )  # fmt: skip


def likelihood(posterior, theta):
    return float(posterior.log_likelihood(posterior.unconstrain(np.asarray(theta, dtype=float)[:, None]))[0])


def test_the_likelihood_is_that_of_a_dense_gaussian_process():
    rng = np.random.default_rng(1)
    gaps = np.concatenate([[0.0], rng.choice([0.1, 0.5, 1.0, 4.0, 30.0], 24)])
    A, sd, shared = np.array([[-0.6, 0.0], [0.8, -1.5]]), np.array([0.7, 0.4]), np.array([0.5, -0.3])
    H, R = np.array([[1.0, 0.0], [0.0, 2.0], [0.9, -0.4]]), np.array([0.3, 0.5, 0.2]) ** 2
    mean, covariance = ornstein_uhlenbeck(
        A, np.diag(sd**2) + np.outer(shared, shared), H, R, np.cumsum(gaps), m0=np.zeros(2), P0=1.5**2 * np.eye(2)
    )
    y = rng.multivariate_normal(mean.ravel(), covariance).reshape(-1, 3)
    y[rng.random(y.shape) < 0.2] = np.nan
    columns = {"y": y[:, 0], "y1": y[:, 1], "y2": y[:, 2], "x": np.zeros(25)}
    seen = ~np.isnan(y.ravel())
    expected = multivariate_normal(mean.ravel()[seen], covariance[np.ix_(seen, seen)]).logpdf(y.ravel()[seen])
    theta = [A[0, 0], A[1, 1], A[1, 0], *sd, 0.9, -0.4, 0.3, 0.5, np.sqrt(0.04), *shared]
    assert likelihood(target(latent(ContinuousTime()), columns, gaps), theta) == pytest.approx(expected, rel=1e-9)


def test_discrete_and_continuous_time_agree_on_an_even_grid():
    """One step of an autoregression is one day of the Ornstein-Uhlenbeck process, inputs held within the day."""
    rng, drift, rate, diffusion = np.random.default_rng(2), -0.6, 0.8, 0.7
    columns = {"x": rng.integers(0, 2, 40).astype(float), "y": rng.normal(size=40)}
    columns["y"][[3, 17]] = np.nan
    both = [p("inputs", "y", "x"), p("process_sd", "y", prior=SD)]
    one = target(spec([p("dynamics", "y", "y", 1, WIDE), *both]), columns)
    two = target(spec([p("dynamics", "y", "y", 1, DRIFT), *both], time=ContinuousTime()), columns, np.ones(40))
    memory = np.exp(drift)
    sd = diffusion * np.sqrt((1 - memory**2) / (-2 * drift))
    in_steps = likelihood(one, [memory, rate * (1 - memory) / -drift, sd])
    assert likelihood(two, [drift, rate, diffusion]) == pytest.approx(in_steps, rel=1e-10)


def test_half_days_twice_are_one_day_when_nothing_is_seen_between():
    rng = np.random.default_rng(3)
    whole = {"y": rng.normal(size=20), "x": np.zeros(20)}
    halves = {name: np.full(39, np.nan) for name in whole}
    halves["x"] = np.zeros(39)
    halves["y"][::2] = whole["y"]
    model = spec([p("dynamics", "y", "y", 1, DRIFT), p("process_sd", "y", prior=SD)], inputs=("x",),
                 time=ContinuousTime())  # fmt: skip
    one, two = target(model, whole, np.ones(20)), target(model, halves, np.full(39, 0.5))
    assert likelihood(one, [-0.4, 0.9]) == pytest.approx(likelihood(two, [-0.4, 0.9]), rel=1e-11)


def test_an_integrated_process_needs_no_inverse_of_its_drift():
    """A drift with a zero row: level and slope in continuous time, a state nobody sees among them."""
    rng = np.random.default_rng(4)
    columns = {"y": np.cumsum(rng.normal(size=15)), "x": np.zeros(15)}
    model = spec([p("process_sd", "v", prior=SD), p("measurement_sd", "y", prior=SD)], states=("z", "v"), inputs=("x",),
                 series=(SERIES[0],), constants=(c("loading", "y", "z"), c("dynamics", "z", "v", 1)),
                 time=ContinuousTime())  # fmt: skip
    gaps = np.concatenate([[0.0], np.full(14, 2.0)])
    F = expm(np.array([[0.0, 2.0], [0.0, 0.0]]))
    Q = 0.5**2 * np.array([[8 / 3, 2.0], [2.0, 2.0]])
    mean, covariance = np.zeros(15), np.zeros((15, 15))
    state = [100.0 * np.eye(2)]
    for _ in range(14):
        state.append(F @ state[-1] @ F.T + Q)
    for s in range(15):
        for t in range(s, 15):
            covariance[s, t] = covariance[t, s] = (np.linalg.matrix_power(F, t - s) @ state[s])[0, 0]
    covariance += 0.3**2 * np.eye(15)
    expected = multivariate_normal(mean, covariance).logpdf(columns["y"])
    assert likelihood(target(model, columns, gaps), [0.5, 0.3]) == pytest.approx(expected, rel=1e-9)
