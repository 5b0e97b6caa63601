"""Answers of linear-Gaussian models by dense linear algebra over the whole record, in plain NumPy and SciPy."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import expm, null_space, solve_continuous_lyapunov


def root(P):
    """A square root of a positive semi-definite matrix by its eigenvalues."""
    values, vectors = np.linalg.eigh(P)
    return vectors * np.sqrt(np.clip(values, 0.0, None))


class Record(NamedTuple):
    """Every state and observation as an affine map of unknown directions `delta` and standard normal shocks `e`."""

    state: np.ndarray  # time state
    state_delta: np.ndarray  # time state direction
    state_shock: np.ndarray  # time state shock
    seen: np.ndarray  # time series
    seen_delta: np.ndarray
    seen_shock: np.ndarray
    noise_shock: np.ndarray  # time state shock: the process noise itself


def record(model):
    """Write the model's equations out, one step after the other."""
    F, b, Q, d = (np.asarray(x) for x in (model.F, model.b, model.Q, model.d))
    (steps, n), p = b.shape, d.shape[1]
    H, R = np.broadcast_to(model.H, (steps, p, n)), np.broadcast_to(model.R, (steps, p))
    A = np.zeros((n, 0)) if model.Pinf is None else root(np.asarray(model.Pinf))
    A = A[:, np.abs(A).max(0, initial=0.0) > 1e-6]
    shocks = n + steps * n + steps * p
    s, sd, se = np.zeros((steps, n)), np.zeros((steps, n, A.shape[1])), np.zeros((steps, n, shocks))
    y, yd, ye = np.zeros((steps, p)), np.zeros((steps, p, A.shape[1])), np.zeros((steps, p, shocks))
    w = np.zeros((steps, n, shocks))
    for t in range(steps):
        if t == 0:
            s[t], sd[t] = model.m, A
            se[t, :, :n] = root(np.asarray(model.P))
        else:
            w[t, :, n + t * n : n + (t + 1) * n] = root(Q[t])
            s[t], sd[t], se[t] = F[t] @ s[t - 1] + b[t], F[t] @ sd[t - 1], F[t] @ se[t - 1] + w[t]
        y[t], yd[t], ye[t] = H[t] @ s[t] + d[t], H[t] @ sd[t], H[t] @ se[t]
        at = n + steps * n + t * p
        ye[t, :, at : at + p] = np.diag(np.sqrt(R[t]))
    return Record(s, sd, se, y, yd, ye, w)


class Answer(NamedTuple):
    """What the data say: log-likelihood, and mean and factor (of the covariance) of all states and process noises."""

    log_likelihood: float
    mean: np.ndarray  # time state
    factor: np.ndarray  # time state shock
    noise_mean: np.ndarray
    noise_factor: np.ndarray

    def covariance(self, t, s=None):
        return self.factor[t] @ self.factor[t if s is None else s].T


def answer(model, y):
    """Least `|e|^2` subject to the observed cells, `delta` being free.

    With `y = c + B delta + D e` and the columns of N spanning what B leaves, `N'D e = N'(y - c)`. The log-likelihood is
    that of `N'y` minus `log|B'B| / 2` (Durbin & Koopman's diffuse likelihood, without constants of the diffuse part).
    """
    everything = record(model)
    cells = ~np.isnan(np.asarray(y))
    rest = np.asarray(y)[cells] - everything.seen[cells]
    B, D = everything.seen_delta[cells], everything.seen_shock[cells]
    N = null_space(B.T) if B.size else np.eye(len(rest))
    ND, Nr = N.T @ D, N.T @ rest
    V = ND @ ND.T
    sign, logdet = np.linalg.slogdet(V) if len(V) else (1.0, 0.0)
    assert sign > 0
    log_likelihood = -0.5 * (len(V) * np.log(2 * np.pi) + logdet + (Nr @ np.linalg.solve(V, Nr) if len(V) else 0.0))
    if B.shape[1]:
        log_likelihood -= 0.5 * np.linalg.slogdet(B.T @ B)[1]
    inverse = np.linalg.pinv(ND)
    e = inverse @ Nr
    left = np.eye(D.shape[1]) - inverse @ ND
    back = np.linalg.pinv(B)
    delta, delta_shock = back @ (rest - D @ e), -back @ D @ left
    return Answer(
        log_likelihood,
        everything.state + everything.state_delta @ delta + everything.state_shock @ e,
        everything.state_delta @ delta_shock + everything.state_shock @ left,
        everything.noise_shock @ e,
        everything.noise_shock @ left,
    )


def ornstein_uhlenbeck(A, GG, H, R, times, m0=None, P0=None, c=None):
    """Mean and covariance of the observations of `dx = (A x + c) dt + G dW` at any times, as a Gaussian process.

    `Cov(x(t), x(s)) = expm(A (t - s)) Var x(s)` for `t >= s`, `Var x(t) = V + expm(A t) (P0 - V) expm(A t)'` with
    `A V + V A' + GG' = 0`: no filter, no discretised noise. Without `m0`, `P0` the process is stationary.

    Args:
        A: drift matrix, stable.
        GG: `G G'`.
        H: observation matrix (series, state).
        R: variances of the measurement noise (series).
        times: increasing; the start `m0`, `P0` holds at `times[0]`.
        c: constant drift.

    Returns:
        mean (time, series) and covariance (time * series, time * series).
    """
    n, p, steps = len(A), len(H), len(times)
    V = solve_continuous_lyapunov(A, -np.asarray(GG))
    level = np.zeros(n) if c is None else -np.linalg.solve(A, c)
    start = level if m0 is None else np.asarray(m0)
    spread = np.zeros((n, n)) if P0 is None else np.asarray(P0) - V
    since = [expm(np.asarray(A) * (t - times[0])) for t in times]
    mean = np.stack([H @ (level + E @ (start - level)) for E in since])
    covariance = np.zeros((steps, p, steps, p))
    for s in range(steps):
        Vs = V + since[s] @ spread @ since[s].T
        for t in range(s, steps):
            block = H @ expm(np.asarray(A) * (times[t] - times[s])) @ Vs @ H.T
            covariance[t, :, s, :], covariance[s, :, t, :] = block, block.T
        covariance[s, :, s, :] += np.diag(R)
    return mean, covariance.reshape(steps * p, steps * p)
