"""Published likelihoods (Nile, airline model) and statsmodels' exact-diffuse filter and smoother as second library."""

import csv

import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm

from ssm_core.kalman.linear_gaussian import LinearGaussian
from tests.ssm_core.kalman.models import constant, local_level, means, root_run, root_smooth, run, smooth

# Box & Jenkins (1970), series G: international airline passengers, thousands per month, 1949 to 1960
AIRLINE = np.array([
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
    115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
    284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
    315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
    340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
    360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
    417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
], dtype=float)  # fmt: skip
LOG_2PI = np.log(2 * np.pi)


def of_statsmodels(witness, initial):
    """The same state space; statsmodels moves from step t to t + 1 with the noise of step t."""
    ssm, steps = witness.ssm, witness.nobs
    noise = ssm["selection"] @ ssm["state_cov"] @ ssm["selection"].T
    model = constant(ssm["transition"], noise, ssm["design"], np.diag(ssm["obs_cov"]), steps)
    mean, P, Pinf = initial
    return model._replace(m=jnp.array(mean), P=jnp.array(P), Pinf=jnp.array(Pinf))


def diffuse(n):
    return np.zeros(n), np.zeros((n, n)), np.eye(n)


def test_nile_likelihood_with_a_diffuse_start_is_the_published_one(shared_data):
    with (shared_data / "classic_interventions" / "Nile.csv").open() as stream:
        y = np.array([float(row["value"]) for row in csv.DictReader(stream)])
    model = local_level(len(y), 15098.5, 1469.2)
    for likelihood in (f(model, jnp.array(y)[:, None]).log_likelihood for f in (run, root_run)):
        assert float(likelihood) == pytest.approx(-632.5456, abs=1e-3)  # Durbin & Koopman (2012), section 2.10


@pytest.fixture(scope="module")
def seasonal():
    """The basic structural model of the logarithms, with missing months (13 diffuse directions)."""
    y = np.log(AIRLINE[:60])
    y[[0, 3, 20, 21, 22, 59]] = np.nan
    witness = sm.tsa.UnobservedComponents(y, "local linear trend", seasonal=12, use_exact_diffuse=True)
    result = witness.smooth([3e-4, 7e-4, 1e-5, 6e-5])
    return of_statsmodels(witness, diffuse(13)), jnp.array(y)[:, None], result


def test_basic_structural_model_has_the_likelihood_of_statsmodels(seasonal):
    model, y, result = seasonal
    # statsmodels counts the constant of a diffuse step, Durbin and Koopman's published figures do not
    expected = result.llf + 0.5 * LOG_2PI * 13
    assert float(run(model, y).log_likelihood) == pytest.approx(expected, abs=1e-7)
    assert float(root_run(model, y).log_likelihood) == pytest.approx(expected, abs=1e-7)


def test_basic_structural_model_is_smoothed_as_by_statsmodels(seasonal):
    model, y, result = seasonal
    found, roots, quick = smooth(model, y), root_smooth(model, y), means(model, y)
    noise = result.model.ssm["selection"] @ result.smoothed_state_disturbance
    for m, P in ((found.m, found.P), (roots.m, roots.L @ roots.L.mT)):
        np.testing.assert_allclose(m, result.smoothed_state.T, atol=1e-8)
        np.testing.assert_allclose(P, result.smoothed_state_cov.transpose(2, 0, 1), atol=1e-10)
    for w in (found.w, roots.w, quick.w):
        np.testing.assert_allclose(w[1:], noise.T[:-1], atol=1e-8)
    np.testing.assert_allclose(quick.m, found.m, atol=1e-8)
    seen = ~np.isnan(np.asarray(y))
    np.testing.assert_allclose(quick.v[seen], result.smoothed_measurement_disturbance.T[seen], atol=1e-8)
    selection = result.model.ssm["selection"]
    W = np.einsum("ij,jkt,lk->til", selection, result.smoothed_state_disturbance_cov, selection)
    np.testing.assert_allclose(found.W[1:], W[:-1], atol=1e-10)


# `arima(log(AirPassengers), c(0,1,1), seasonal = c(0,1,1))` in R: ma1 -0.4018, sma1 -0.5569, sigma^2 0.001348,
# log likelihood 244.7, AIC -483.3991
THETA, SEASONAL_THETA, VARIANCE, PUBLISHED = -0.4018, -0.5569, 0.001348, (483.3991 + 2 * 3) / 2


def moving_average(theta, variance, steps):
    """`x_t = e_t + theta_1 e_{t-1} + ...` with the shocks as states, started in its stationary law."""
    n = len(theta) + 1
    F, Q = np.eye(n, k=-1), np.zeros((n, n))
    Q[0, 0] = variance
    return constant(F, Q, [np.append(1.0, theta)], [0.0], steps, P=variance * np.eye(n))


def airline_polynomial():
    theta = np.zeros(13)
    theta[[0, 11, 12]] = THETA, SEASONAL_THETA, THETA * SEASONAL_THETA
    return theta


def test_airline_model_of_the_differences_has_the_published_likelihood():
    y = np.log(AIRLINE)
    once = y[1:] - y[:-1]
    twice = once[12:] - once[:-12]
    model = moving_average(airline_polynomial(), VARIANCE, len(twice))
    assert float(run(model, jnp.array(twice)[:, None]).log_likelihood) == pytest.approx(PUBLISHED, abs=0.005)


def airline_levels(steps):
    """The same in levels: the last 13 values of the series are states, wholly unknown at the start."""
    memory = moving_average(airline_polynomial(), VARIANCE, steps)
    n, lags = 14, 13
    recursion = np.zeros(lags)
    recursion[[0, 11, 12]] = 1.0, 1.0, -1.0
    F = np.zeros((n + lags, n + lags))
    F[:n, :n] = memory.F[0]
    # a level state holds y_{t-1}: it is formed from the shocks and levels of the step before
    F[n, :n], F[n, n:] = memory.H[0], recursion
    F[n + 1 :, n:-1] = np.eye(lags - 1)
    Q, P, Pinf = (np.zeros((n + lags, n + lags)) for _ in range(3))
    Q[:n, :n], P[:n, :n], Pinf[n:, n:] = memory.Q[0], memory.P, np.eye(lags)
    H = np.concatenate([memory.H[0], recursion])[None]
    return constant(F, Q, H, [0.0], steps, P=P, Pinf=Pinf)


def test_airline_model_in_levels_with_a_diffuse_start_has_the_published_likelihood():
    y = np.log(AIRLINE)
    model: LinearGaussian = airline_levels(len(y))
    out = run(model, jnp.array(y)[:, None])
    assert np.isinf(np.asarray(out.variances)).sum() == 13
    assert float(out.log_likelihood) == pytest.approx(PUBLISHED, abs=0.005)
    once = y[1:] - y[:-1]
    differences = run(moving_average(airline_polynomial(), VARIANCE, 131), jnp.array(once[12:] - once[:-12])[:, None])
    assert float(out.log_likelihood) == pytest.approx(float(differences.log_likelihood), abs=1e-7)


def test_diffuse_local_level_agrees_with_statsmodels_with_missing_cells():
    rng = np.random.default_rng(3)
    y = np.cumsum(rng.normal(size=80)) + rng.normal(size=80)
    y[[0, 1, 20, 21, 22, 79]] = np.nan
    witness = sm.tsa.UnobservedComponents(y, "local level", use_exact_diffuse=True)
    expected = witness.loglike([1.3, 0.7]) + 0.5 * LOG_2PI
    assert float(run(local_level(80, 1.3, 0.7), jnp.array(y)[:, None]).log_likelihood) == pytest.approx(
        expected, abs=1e-8
    )
