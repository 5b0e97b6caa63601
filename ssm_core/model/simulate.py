"""A model run forward in time: states and observations drawn for many parameter vectors side by side."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.model.cells import DATA, FREE, Cells, Layout, Mixture, Sparse

States = Float[np.ndarray, "time state chain"]
Observations = Float[np.ndarray, "time series chain"]


class Simulated(NamedTuple):
    """One draw per chain: states, observations, and the measurement noise in them."""

    states: States
    y: Observations
    noise: Observations


def simulate(
    layout: Layout,
    cells: Cells,
    mixture: Mixture,
    rng: np.random.Generator,
    *,
    known_part: bool = True,
    first: Float[np.ndarray, "state chain"] | None = None,
) -> Simulated:
    """Draw `s_0`, then `s_t = F s_{t-1} + B u_t + w_t`, `y_t = h's_t + D x_t + v_t`.

    Args:
        layout: the record; only its inputs, regressors and sizes matter.
        cells: parameters.
        mixture: factors of the measurement variance; its observations are not used.
        rng: source of the shocks.
        known_part: False leaves inputs and mean out (what a simulation smoother wants).
        first: the first state; drawn from `N(m0, P0)` unless given.
    """
    steps, chains, n = len(layout.y), cells.chains, layout.m0.size
    noise = np.sqrt(variances(layout, cells, mixture)) * rng.standard_normal((*layout.y.shape, chains))
    F, root = _dense(layout.F, cells.F, n), _roots(layout, cells, n)
    shocks = rng.standard_normal((steps, n, chains))
    state = np.sqrt(np.diag(layout.P0))[:, None] * shocks[0] if first is None else first
    drift = drift_of(layout, cells, n) if known_part else np.zeros((steps, 1, 1))
    states = np.empty((steps, n, chains))
    states[0] = state
    for t in range(1, steps):
        moved = (F[layout.regime[t]] * state).sum(axis=1) + (root[layout.noise[t]] * shocks[t]).sum(axis=1)
        state = moved + drift[t]
        states[t] = state
    y = signal_of(layout, cells, states) + noise
    return Simulated(states, y + mean_of(layout, cells) if known_part else y, noise)


def variances(layout: Layout, cells: Cells, mixture: Mixture) -> Observations:
    """Measurement variance of every cell."""
    R = np.broadcast_to(cells.R, (*layout.y.shape, cells.chains))
    R = R if mixture.stretch is None else R * mixture.stretch
    return R if layout.known is None else R + layout.known[..., None]


def mean_of(layout: Layout, cells: Cells) -> Observations:
    """`D x_t` of every cell."""
    out = np.zeros((*layout.y.shape, cells.chains))
    for cell, (series, regressor) in enumerate(zip(layout.D.row, layout.D.column, strict=True)):
        out[:, series] += layout.x[:, regressor, None] * cells.D[cell]
    return out


def signal_of(layout: Layout, cells: Cells, states: States) -> Observations:
    """`h_ti' s_t` of every cell."""
    out = np.zeros((*layout.y.shape, cells.chains))
    for series, state, kind, index in zip(*layout.loadings, strict=True):
        if kind == FREE:
            out[:, series] += cells.C[index] * states[:, state]
        elif kind == DATA:
            out[:, series] += layout.z[:, index, None] * states[:, state]
        else:
            out[:, series] += states[:, state]
    return out


def drift_of(layout: Layout, cells: Cells, n: int) -> States:
    """`B u_t` of every state."""
    out = np.zeros((len(layout.y), n, cells.chains))
    for cell, (row, column) in enumerate(zip(layout.B.row, layout.B.column, strict=True)):
        out[:, row] += layout.u[:, column, None] * cells.B[layout.regime, cell]
    return out


def _dense(
    sparse: Sparse, values: Float[np.ndarray, "bank cell chain"], n: int
) -> Float[np.ndarray, "bank state state chain"]:
    out = np.zeros((values.shape[0], n, n, values.shape[-1]))
    out[:, sparse.row, sparse.column] = values
    return out


def _roots(layout: Layout, cells: Cells, n: int) -> Float[np.ndarray, "noise state state chain"]:
    """Square roots of the process covariances, which may be singular."""
    Q = _dense(layout.Q, cells.Q, n)
    at = np.arange(n)
    diagonal = Q[:, at, at]
    if np.count_nonzero(layout.Q.row != layout.Q.column) == 0:
        out = np.zeros_like(Q)
        out[:, at, at] = np.sqrt(diagonal)
        return out
    Q = Q + Q.swapaxes(1, 2)
    Q[:, at, at] = diagonal
    values, vectors = np.linalg.eigh(np.moveaxis(Q, -1, 1))
    return np.moveaxis(vectors * np.sqrt(np.clip(values, 0.0, None))[..., None, :], 1, -1)
