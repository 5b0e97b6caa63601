"""The whole log posterior in one call of the compiled library, beside the kernel that it calls."""

import ctypes
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.model.cells import Mixture
from ssm_core.model.polynomial import Polynomials
from ssm_core.model.unconstrained import Table
from ssm_core.native.bindings import NativeKernel
from ssm_core.native.records import POINTER, address

Points = Float[np.ndarray, "parameter chain"]
Values = Float[np.ndarray, " chain"]


class DensityStruct(ctypes.Structure):
    """Mirrors `Density` of `density.hpp`, its `Priors` first."""

    _fields_ = [
        *(("parameters", ctypes.c_int32), ("family", POINTER), ("constants", POINTER)),
        *(("cells", ctypes.c_int32), ("terms", ctypes.c_int32)),
        *((name, POINTER) for name in ("base", "term_cell", "term_first", "factors", "coefficient")),
    ]  # fmt: skip


class _Room(NamedTuple):
    """Arrays to work in for one number of chains, and where they lie."""

    arrays: tuple[np.ndarray, ...]
    slope: int
    cells: int
    adjoint: int


class NativeDensity:
    """`log p(y | theta(x))`, `log p(theta(x)) + log |d theta / dx|` and the gradient of their sum.

    As the kernel, not to be shared between threads.
    """

    def __init__(self, kernel: NativeKernel, priors: Table, cells: Polynomials) -> None:
        """Lay the tables out once."""
        self._kernel, self._cells = kernel, cells.base.size
        self._shape = len(priors.family)
        real = cells.factors < cells.parameters
        first = np.concatenate([[0], np.cumsum(real.sum(axis=1))])
        tables = [part.astype(np.int32) for part in (cells.cell, first, cells.factors[real])]
        parts = (priors.family, priors.constants, cells.base, *tables, cells.coefficient)
        self._kept = [np.ascontiguousarray(part) for part in parts]  # alive as long as their addresses are used
        family, constants, *rest = map(address, self._kept)
        self._density = DensityStruct(self._shape, family, constants, self._cells, cells.cell.size, *rest)
        self._at = ctypes.addressof(self._density)
        self._rooms: dict[int, _Room] = {}

    def priors(self, x: Points) -> tuple[Points, Points, Values, Points]:
        """`theta`, `d theta / dx`, log prior of x (Jacobian included) and its gradient."""
        x = np.ascontiguousarray(x, dtype=np.float64)
        theta, slope, gradient, log_prior = (*(np.empty(x.shape) for _ in range(3)), np.empty(x.shape[1]))
        places = map(address, (x, theta, slope, log_prior, gradient))
        self._kernel.library.ssm_priors(self._at, x.shape[1], *places)
        return theta, slope, log_prior, gradient

    def __call__(self, x: Points, mixture: Mixture) -> tuple[Points, Values, Values, Points]:
        """`theta`, log-likelihood, log prior, gradient of their sum; -inf and 0 where a chain is impossible."""
        x = np.ascontiguousarray(x, dtype=np.float64)
        chains = x.shape[1]
        room, (problem, traces, workspace) = self._room(chains), self._kernel.prepared(mixture, chains)
        theta, gradient, value, log_prior = np.empty(x.shape), np.empty(x.shape), np.empty(chains), np.empty(chains)
        self._kernel.library.ssm_density(
            problem, self._at, traces, chains, address(x), address(theta), room.slope, room.cells, room.adjoint,
            address(value), address(log_prior), address(gradient), workspace,
        )  # fmt: skip
        return theta, value, log_prior, gradient

    def _room(self, chains: int) -> _Room:
        if chains not in self._rooms:
            arrays = tuple(np.empty((rows, chains)) for rows in (self._shape, self._cells, self._cells))
            self._rooms[chains] = _Room(arrays, *map(address, arrays))
        return self._rooms[chains]
