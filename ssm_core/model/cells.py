"""The linear-Gaussian model of many parameter vectors at once: which cells are not zero, and their values per chain."""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Bool, Float, Int

UNIT, FREE, DATA = 0, 1, 2
"""Kinds of a loading: exactly one, a cell of `C`, a column of `z`."""


class Sparse(NamedTuple):
    """Cells of a matrix in row-major order; `fixed` ones hold constants, whose derivative nobody asks for."""

    row: Int[np.ndarray, " cell"]
    column: Int[np.ndarray, " cell"]
    fixed: Bool[np.ndarray, " cell"]


class Loadings(NamedTuple):
    """Cells of the observation matrix, sorted by series; `index` counts cells of `C` or columns of `z`."""

    series: Int[np.ndarray, " cell"]
    state: Int[np.ndarray, " cell"]
    kind: Int[np.ndarray, " cell"]
    index: Int[np.ndarray, " cell"]


class Layout(NamedTuple):
    """A record and the sparsity of a model; the numbers that differ between parameter vectors are `Cells`.

    `s_0 ~ N(m0, P0)`, `s_t = F_t s_{t-1} + B_t u_t + N(0, Q_t)`, `y_ti = h_ti' s_t + D_i x_t + N(0, R_i + known_ti)`.
    `F_t` and `B_t` are those of `regime[t]`, `Q_t` that of `noise[t]`; entry 0 is not used. A NaN in `y` means "not
    observed". Steps that are not `scored` condition on their observations without counting in the likelihood.

    Attributes:
        F, Q, B, D: cells that are not zero (of `Q` the lower triangle).
        loadings: cells of the rows `h`.
        free_loadings: length of `C`.
        u, x, z: inputs of the states, regressors of the mean, regressors with a coefficient that is a state.
        y: observations.
        known: variance of measurement that is known, or None.
        scored: whether a step counts.
        regime, noise: which transition and which process noise holds at a step.
        m0, P0: the first state.
    """

    F: Sparse
    Q: Sparse
    B: Sparse
    D: Sparse
    loadings: Loadings
    free_loadings: int
    u: Float[np.ndarray, "time input"]
    x: Float[np.ndarray, "time regressor"]
    z: Float[np.ndarray, "time column"]
    y: Float[np.ndarray, "time series"]
    known: Float[np.ndarray, "time series"] | None
    scored: Bool[np.ndarray, " time"]
    regime: Int[np.ndarray, " time"]
    noise: Int[np.ndarray, " time"]
    m0: Float[np.ndarray, " state"]
    P0: Float[np.ndarray, "state state"]

    @property
    def regimes(self) -> int:
        """Number of distinct transitions."""
        return int(self.regime.max(initial=0)) + 1

    @property
    def noises(self) -> int:
        """Number of distinct process noises."""
        return int(self.noise.max(initial=0)) + 1


class Cells(NamedTuple):
    """Values of a layout's cells (or derivatives by them), one column per chain."""

    F: Float[np.ndarray, "regime cell chain"]
    Q: Float[np.ndarray, "noise cell chain"]
    B: Float[np.ndarray, "regime cell chain"]
    C: Float[np.ndarray, "cell chain"]
    D: Float[np.ndarray, "cell chain"]
    R: Float[np.ndarray, "series chain"]

    @property
    def chains(self) -> int:
        """Parameter vectors side by side."""
        return self.R.shape[-1]

    @property
    def flat(self) -> Float[np.ndarray, "cell chain"]:
        """All cells below one another, `F` first."""
        return np.concatenate([part.reshape(-1, self.chains) for part in self])


Pullback = Callable[[Cells, Float[np.ndarray, "parameter chain"]], None]
"""Adds derivatives by the parameters to its second argument, given those by the cells: the chain rule of a map."""


def cells_of(layout: Layout, flat: Float[np.ndarray, "cell chain"]) -> Cells:
    """Views of the parts of `Cells.flat`."""
    parts, at = [], 0
    for shape in shapes_of(layout):
        size = math.prod(shape)
        parts.append(flat[at : at + size].reshape(*shape, flat.shape[-1]))
        at += size
    return Cells(*parts)


def shapes_of(layout: Layout) -> tuple[tuple[int, ...], ...]:
    """Shapes of `F`, `Q`, `B`, `C`, `D`, `R` without the chains."""
    return (
        (layout.regimes, layout.F.row.size),
        (layout.noises, layout.Q.row.size),
        (layout.regimes, layout.B.row.size),
        (layout.free_loadings,),
        (layout.D.row.size,),
        (layout.y.shape[1],),
    )


def empty_cells(layout: Layout, chains: int) -> Cells:
    """Cells of the right shapes, all zero."""
    return cells_of(layout, np.zeros((sum(map(math.prod, shapes_of(layout))), chains)))


class Predicted(NamedTuple):
    """One-step predictions cell by cell: observed minus predicted (NaN where not observed) and its variance."""

    innovation: Float[np.ndarray, "time series chain"]
    variance: Float[np.ndarray, "time series chain"]


class Smoothed(NamedTuple):
    """Given all observations: `state` means, and `residual` such that `R * residual` is the mean of the noise."""

    state: Float[np.ndarray, "time state chain"]
    residual: Float[np.ndarray, "time series chain"]


class Mixture(NamedTuple):
    """What differs between chains beyond the cells: observations, and factors of the measurement variance."""

    y: Float[np.ndarray, "time series chain"] | None = None
    stretch: Float[np.ndarray, "time series chain"] | None = None


SHARED = Mixture()
"""Nothing differs but the cells."""


class Kernel(Protocol):
    """The Kalman recursion of one layout for many chains side by side.

    A chain whose parameters are impossible (a predictive variance that is not positive, overflow) has value -inf.
    """

    layout: Layout

    def value(self, cells: Cells, mixture: Mixture = SHARED) -> Float[np.ndarray, " chain"]:
        """Log-likelihood of the scored cells."""
        ...

    def value_and_adjoint(self, cells: Cells, mixture: Mixture = SHARED) -> tuple[Float[np.ndarray, " chain"], Cells]:
        """The log-likelihood and its derivative by every cell; the derivatives are valid until the next call."""
        ...

    def predict(self, cells: Cells, mixture: Mixture = SHARED) -> Predicted:
        """Every cell given all before it, scored or not."""
        ...

    def smooth(self, cells: Cells, mixture: Mixture = SHARED) -> Smoothed:
        """States and measurement noise given all cells, scored or not."""
        ...
