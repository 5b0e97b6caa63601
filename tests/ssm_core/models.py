"""Random models and textbook re-implementations that the tests compare with."""

import jax.numpy as jnp
import numpy as np

from schemas.prior import LogNormal, Normal, TruncatedNormal
from schemas.spec import ModelSpec, Parameter
from ssm_core.kalman.linear_gaussian import LinearGaussian


def random_model(rng, states=2, series=2, steps=6):
    """A stable model with time-varying matrices and a proper start."""

    def covariance(n):
        a = rng.normal(size=(n, n))
        return a @ a.T + 0.1 * np.eye(n)

    return LinearGaussian(
        m=jnp.array(rng.normal(size=states)),
        P=jnp.array(covariance(states)),
        Pinf=None,
        F=jnp.array(rng.uniform(-0.6, 0.6, size=(steps, states, states))),
        b=jnp.array(rng.normal(size=(steps, states))),
        Q=jnp.array(np.stack([covariance(states) for _ in range(steps)])),
        H=jnp.array(rng.normal(size=(series, states))),
        d=jnp.array(rng.normal(size=(steps, series))),
        R=jnp.array(rng.uniform(0.1, 1.0, size=series)),
    )


def joint_normal(model):
    """Mean and covariance of all observations stacked in time, by plain algebra over the whole record."""
    F, Q, b = (np.asarray(x) for x in (model.F, model.Q, model.b))
    steps, n = b.shape
    mean, cov = np.zeros((steps, n)), np.zeros((steps, n, steps, n))
    mean[0], cov[0, :, 0, :] = np.asarray(model.m), np.asarray(model.P)
    for t in range(1, steps):
        mean[t] = F[t] @ mean[t - 1] + b[t]
        for s in range(t):
            cov[t, :, s, :] = F[t] @ cov[t - 1, :, s, :]
            cov[s, :, t, :] = cov[t, :, s, :].T
        cov[t, :, t, :] = F[t] @ cov[t - 1, :, t - 1, :] @ F[t].T + Q[t]
    H, d, R = np.asarray(model.H), np.asarray(model.d), np.asarray(model.R)
    series = H.shape[0]
    big = np.kron(np.eye(steps), H)
    observed_mean = big @ mean.ravel() + d.ravel()
    observed_cov = big @ cov.reshape(steps * n, steps * n) @ big.T + np.diag(np.tile(R, steps))
    return observed_mean.reshape(steps, series), observed_cov


def parameter(name, matrix, row, column="", lag=0, prior=None):
    return Parameter(
        name=name,
        matrix=matrix,
        row=row,
        column=column,
        lag=lag,
        prior=prior or Normal(mean=0.0, sd=1.0),
        unit="",
        asserted_by="rule",
        reason="test",
    )


def simple_spec(regressors=("intercept",), carry_over=True):
    """Outcome `y` with memory, exposure `x` acting now and one step later."""
    persistence = TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99)
    parameters = [
        parameter("y <- x, lag 0", "inputs", "y", "x", 0),
        parameter("y <- y, lag 1", "dynamics", "y", "y", 1, persistence),
        *(parameter(f"y: {name}", "mean", "y", name) for name in regressors),
        parameter("y: noise sd", "process_sd", "y", prior=LogNormal(median=0.8, log_sd=0.5)),
    ]
    if carry_over:
        parameters.insert(1, parameter("y <- x, lag 1", "inputs", "y", "x", 1, Normal(mean=0.0, sd=0.3)))
    return ModelSpec(
        graph="primary",
        weight=1.0,
        treatment="x",
        outcome="y",
        lag=0,
        states=("y",),
        inputs=("x",),
        regressors=regressors,
        parameters=tuple(parameters),
    )


def mediated_spec():
    """`x -> m` now, `m -> y` one step later and now, `y -> m` one step later; all with memory."""
    rows = [
        parameter("m <- x, lag 0", "inputs", "m", "x", 0),
        parameter("y <- x, lag 2", "inputs", "y", "x", 2),
        parameter("y <- m, lag 0", "instant", "y", "m", 0),
        parameter("y <- m, lag 1", "dynamics", "y", "m", 1),
        parameter("m <- y, lag 1", "dynamics", "m", "y", 1),
        parameter("y <- y, lag 1", "dynamics", "y", "y", 1),
        parameter("m <- m, lag 2", "dynamics", "m", "m", 2),
        parameter("y: intercept", "mean", "y", "intercept"),
        parameter("m: intercept", "mean", "m", "intercept"),
        parameter("y: noise sd", "process_sd", "y", prior=LogNormal(median=0.8, log_sd=0.5)),
        parameter("m: noise sd", "process_sd", "m", prior=LogNormal(median=0.8, log_sd=0.5)),
    ]
    return ModelSpec(
        graph="mediated",
        weight=1.0,
        treatment="x",
        outcome="y",
        lag=0,
        states=("y", "m"),
        inputs=("x",),
        regressors=("intercept",),
        parameters=tuple(rows),
    )


MEDIATED_THETA = np.array([0.7, 0.2, 0.5, 0.3, -0.2, 0.4, 0.15, 1.0, -2.0, 0.8, 0.6])


def step_by_step(theta, x, shocks, centre_x=0.0):
    """`mediated_spec` written out as the equations a textbook would print; returns y and m."""
    y_x0, y_x2, y_m0, y_m1, m_y1, y_y1, m_m2, mean_y, mean_m, sd_y, sd_m = theta[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]
    steps = len(x)
    u = x - centre_x
    y, m = np.zeros(steps), np.zeros(steps)

    def at(series, t):
        return series[t] if t >= 0 else 0.0

    for t in range(steps):
        m[t] = y_x0 * u[t] + m_y1 * at(y, t - 1) + m_m2 * at(m, t - 2) + sd_m * shocks[t, 1]
        y[t] = y_x2 * at(u, t - 2) + y_m0 * m[t] + y_m1 * at(m, t - 1) + y_y1 * at(y, t - 1) + sd_y * shocks[t, 0]
    return y + mean_y, m + mean_m
