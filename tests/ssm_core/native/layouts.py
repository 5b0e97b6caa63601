"""Random layouts with every feature, and what textbooks say about them."""

import jax.numpy as jnp
import numpy as np

from ssm_core.kalman.linear_gaussian import LinearGaussian
from ssm_core.model.cells import DATA, FREE, UNIT, Cells, Layout, Loadings, Sparse

INPUTS, REGRESSORS, COLUMNS = 2, 2, 3


def sparse(rng, pattern):
    row, column = np.nonzero(pattern)
    return Sparse(row, column, rng.random(row.size) < 0.2)


def random_loadings(rng, states, series):
    """Per series a unit loading, and a free one and one that is data where the states suffice; two are the same."""
    cells, free = [], 0
    for i in range(series):
        places = rng.permutation(states)[:3]
        for state, kind in zip(places, (UNIT, FREE, DATA), strict=False):
            cells.append((i, state, kind, free if kind == FREE else rng.integers(COLUMNS) if kind == DATA else 0))
            free += kind == FREE
    table = np.array(cells)
    if free > 1:
        table[(table[:, 2] == FREE) & (table[:, 3] == free - 1), 3] = free - 2
    return Loadings(*table.T), max(free - 1, 0)


def random_layout(rng, states, series, steps, *, regimes=2, noises=3, known=True):
    """A record with missing cells and a missing row, steps that are not scored, several regimes and noises."""
    y = rng.normal(size=(steps, series))
    y[rng.random(y.shape) < 0.2] = np.nan
    y[steps // 2] = np.nan
    eye, loadings = np.eye(states, dtype=bool), random_loadings(rng, states, series)
    root = rng.normal(size=(states, states))
    return Layout(
        F=sparse(rng, eye | (rng.random((states, states)) < 0.3)),
        Q=sparse(rng, np.tril(eye | (rng.random((states, states)) < 0.3))),
        B=sparse(rng, rng.random((states, INPUTS)) < 0.7),
        D=sparse(rng, rng.random((series, REGRESSORS)) < 0.7),
        loadings=loadings[0],
        free_loadings=loadings[1],
        u=rng.integers(0, 2, size=(steps, INPUTS)).astype(float),
        x=rng.normal(size=(steps, REGRESSORS)),
        z=rng.normal(size=(steps, COLUMNS)),
        y=y,
        known=np.where(np.isnan(y), np.nan, rng.uniform(0.0, 0.3, size=y.shape)) if known else None,
        scored=rng.random(steps) < 0.8,
        regime=np.arange(steps) % regimes,
        noise=rng.permutation(np.arange(steps) % noises),
        m0=rng.normal(size=states),
        P0=root @ root.T + 0.1 * np.eye(states),
    )


def random_cells(rng, layout, chains):
    """A stable transition, a positive definite process noise."""
    states, series = layout.m0.size, layout.y.shape[1]
    off_diagonal = layout.Q.row != layout.Q.column
    Q = rng.uniform(0.2, 1.0, size=(layout.noises, layout.Q.row.size, chains))
    Q[:, off_diagonal] = rng.uniform(-0.2, 0.2, size=Q[:, off_diagonal].shape) / states
    return Cells(
        F=rng.uniform(-0.7, 0.7, size=(layout.regimes, layout.F.row.size, chains)) / np.sqrt(1 + 0.3 * states),
        Q=Q,
        B=rng.normal(size=(layout.regimes, layout.B.row.size, chains)),
        C=rng.normal(size=(layout.free_loadings, chains)),
        D=rng.normal(size=(layout.D.row.size, chains)),
        R=rng.uniform(0.1, 1.0, size=(series, chains)),
    )


def linear_gaussian(layout, cells, stretch=1.0):
    """The same model of one chain (cells without a chain axis) as dense matrices of each step, differentiable."""
    states, (steps, series) = layout.m0.size, layout.y.shape
    F = jnp.zeros((layout.regimes, states, states)).at[:, layout.F.row, layout.F.column].set(cells.F)
    Q = jnp.zeros((layout.noises, states, states)).at[:, layout.Q.row, layout.Q.column].set(cells.Q)
    Q = Q.at[:, layout.Q.column, layout.Q.row].set(cells.Q)
    B = jnp.zeros((layout.regimes, states, INPUTS)).at[:, layout.B.row, layout.B.column].set(cells.B)
    D = jnp.zeros((series, REGRESSORS)).at[layout.D.row, layout.D.column].set(cells.D)
    H = jnp.zeros((steps, series, states))
    for i, state, kind, index in zip(*layout.loadings, strict=True):
        value = {UNIT: lambda _: 1.0, FREE: lambda k: cells.C[k], DATA: lambda k: jnp.array(layout.z[:, k])}[kind](
            index
        )
        H = H.at[:, i, state].add(value)
    known = 0.0 if layout.known is None else np.nan_to_num(layout.known)
    return LinearGaussian(
        m=jnp.array(layout.m0),
        P=jnp.array(layout.P0),
        Pinf=None,
        F=F[layout.regime],
        b=jnp.einsum("tij,tj->ti", B[layout.regime], layout.u),
        Q=Q[layout.noise],
        H=H,
        d=jnp.array(layout.x) @ D.T,
        R=jnp.broadcast_to(cells.R[None] * stretch + known, (steps, series)),
    )


def joint_normal(model, y):
    """Given all observed cells: mean of the states and of `noise / R`, from the joint distribution of the record."""
    F, b, Q, H, d, R = (np.asarray(part) for part in (model.F, model.b, model.Q, model.H, model.d, model.R))
    (steps, n), series = b.shape, d.shape[1]
    mean, cov = np.zeros((steps, n)), np.zeros((steps, n, steps, n))
    mean[0], cov[0, :, 0] = np.asarray(model.m), np.asarray(model.P)
    for t in range(1, steps):
        mean[t] = F[t] @ mean[t - 1] + b[t]
        for s in range(t):
            cov[t, :, s] = F[t] @ cov[t - 1, :, s]
            cov[s, :, t] = cov[t, :, s].T
        cov[t, :, t] = F[t] @ cov[t - 1, :, t - 1] @ F[t].T + Q[t]
    big = np.zeros((steps, series, steps, n))
    big[np.arange(steps), :, np.arange(steps)] = H
    big, cov = big.reshape(steps * series, steps * n), cov.reshape(steps * n, steps * n)
    seen = ~np.isnan(y.ravel())
    surprise = (y.ravel() - big @ mean.ravel() - d.ravel())[seen]
    weights = np.linalg.solve((big @ cov @ big.T + np.diag(R.ravel()))[np.ix_(seen, seen)], surprise)
    residual = np.zeros(steps * series)
    residual[seen] = weights
    return mean + (cov @ big[seen].T @ weights).reshape(steps, n), residual.reshape(steps, series)
