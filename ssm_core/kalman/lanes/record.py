"""Sparse cells to and from the dense arrays of the JAX recursion, in NumPy, so that no sparsity is compiled in."""

import numpy as np
from jaxtyping import Float

from ssm_core.kalman.lanes.model import Model, Record
from ssm_core.model.cells import DATA, FREE, UNIT, Cells, Layout

BLOCK = 64
"""Records are padded to a multiple of this many steps, so that a few new rows need no new compilation."""


def padded(values: np.ndarray, fill: float = 0.0) -> np.ndarray:
    """More rows along time up to a multiple of `BLOCK`."""
    rows = -len(values) % BLOCK
    return np.concatenate([values, np.full((rows, *values.shape[1:]), fill, values.dtype)])


def dense_record(layout: Layout) -> Record:
    """The record of a layout; what belongs to a missing cell is zero, so that a NaN there has no effect."""
    observed = ~np.isnan(layout.y)
    now = layout.regime[:, None] == np.arange(layout.regimes)[None]
    u = (now[:, :, None] * layout.u[:, None, :]).reshape(len(layout.u), -1)
    u[0] = 0.0
    known = None if layout.known is None else padded(np.where(observed, layout.known, 0.0))[:, :, None]
    return Record(
        steps=np.int32(len(layout.y)),
        u=padded(u),
        x=padded(np.where(observed.any(1)[:, None], layout.x, 0.0)),
        z=_data_loadings(layout, observed),
        y=padded(layout.y, np.nan)[:, :, None],
        scored=padded(layout.scored)[:, None, None],
        known=known,
        stretch=None,
        regime=padded(layout.regime.astype(np.int32)),
        noise=padded(layout.noise.astype(np.int32)),
        m0=layout.m0[:, None],
        P0=layout.P0[:, :, None],
    )


def _data_loadings(layout: Layout, observed: np.ndarray) -> Float[np.ndarray, "time series state 1"] | None:
    series, state, kind, index = layout.loadings
    cells = np.flatnonzero(kind == DATA)
    if not cells.size:
        return None
    z = np.zeros((*layout.y.shape, layout.m0.size))
    for e in cells:
        z[:, series[e], state[e]] += np.where(observed[:, series[e]], layout.z[:, index[e]], 0.0)
    return padded(z)[..., None]


def dense_model(layout: Layout, cells: Cells) -> Model:
    """Values of the cells at their places in dense matrices."""
    n, series, chains = layout.m0.size, layout.y.shape[1], cells.chains
    inputs, regressors = layout.u.shape[1], layout.x.shape[1]
    F, Q = (np.zeros((len(bank), n, n, chains)) for bank in (cells.F, cells.Q))
    B, D = np.zeros((len(cells.B), inputs, n, chains)), np.zeros((regressors, series, chains))
    F[:, layout.F.row, layout.F.column] = cells.F
    Q[:, layout.Q.row, layout.Q.column] = cells.Q
    Q[:, layout.Q.column, layout.Q.row] = cells.Q
    B[:, layout.B.column, layout.B.row] = cells.B
    D[layout.D.column, layout.D.row] = cells.D
    H = np.zeros((series, n, chains))
    row, state, kind, index = layout.loadings
    unit, free = kind == UNIT, kind == FREE
    np.add.at(H, (row[unit], state[unit]), 1.0)
    np.add.at(H, (row[free], state[free]), cells.C[index[free]])
    return Model(F=F, Q=Q, B=B.reshape(-1, n, chains), H=H, D=D, R=cells.R)


def sparse_slopes(layout: Layout, slopes: Model) -> Cells:
    """Derivatives by the cells from those by the dense matrices."""
    F, Q, B, H, D, R = (np.asarray(part) for part in slopes)
    twice = np.where(layout.Q.row == layout.Q.column, 1.0, 2.0)
    row, state, kind, index = layout.loadings
    free = kind == FREE
    C = np.zeros((layout.free_loadings, R.shape[1]))
    np.add.at(C, index[free], H[row[free], state[free]])
    return Cells(
        F=F[:, layout.F.row, layout.F.column],
        Q=Q[:, layout.Q.row, layout.Q.column] * twice[:, None],
        B=B.reshape(len(F), layout.u.shape[1], *B.shape[1:])[:, layout.B.column, layout.B.row],
        C=C,
        D=D[layout.D.column, layout.D.row],
        R=R,
    )
