"""The compiled kernel behind the `Kernel` protocol: NumPy arrays in, NumPy arrays out, nothing copied on the way."""

import ctypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ssm_core.model.cells import (
    DATA,
    FREE,
    SHARED,
    UNIT,
    Cells,
    Layout,
    Mixture,
    Predicted,
    Smoothed,
    Sparse,
    empty_cells,
)
from ssm_core.native.build import SIZES, NoCompilerError, compile_to, library

MAX_STATES, MAX_FREE = 40, 8
_pointer = ctypes.c_void_p


class _Sparse(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int32), *((name, _pointer) for name in
                ("row", "column", "start", "by_column", "column_start", "fixed"))]  # fmt: skip


class _Problem(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int32) for name in
          ("steps", "states", "series", "inputs", "regressors", "columns", "regimes", "noises", "free_loadings",
           "data_count")),
        *((name, _Sparse) for name in ("F", "Q", "B", "D")),
        *((name, _pointer) for name in
          ("h_start", "h", "single", "data", "measured", "steady", "seen", "seen_start", "u", "x", "z", "y",
           "known", "scored", "regime", "noise", "m0", "P0")),
    ]  # fmt: skip


class _Cells(ctypes.Structure):
    _fields_ = [(name, _pointer) for name in ("F", "Q", "B", "C", "D", "R")]


class _Traces(ctypes.Structure):
    _fields_ = [(name, _pointer) for name in ("y", "stretch", "innovation", "variance", "residual", "state")]


_NOTHING = _Traces()


def _address(array: np.ndarray) -> int:
    """Where the numbers lie. `array.ctypes.data` takes four times as long, and this stands in every evaluation."""
    if array.size and array.flags.writeable:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    return array.ctypes.data


class TooLargeError(ValueError):
    """The model has more states or more free loadings in one series than the compiled kernel takes."""


@cache
def _loaded(states: int) -> ctypes.CDLL:
    lib = _opened(library(states), states)
    lib.ssm_workspace.argtypes = [ctypes.POINTER(_Problem), ctypes.c_int]
    lib.ssm_workspace.restype = ctypes.c_int64
    lib.ssm_run.argtypes = [
        *(ctypes.POINTER(kind) for kind in (_Problem, _Cells, _Cells, _Traces)), ctypes.c_int, _pointer, _pointer
    ]  # fmt: skip
    lib.ssm_run.restype = None
    return lib


def _opened(path: Path, states: int = 0) -> ctypes.CDLL:
    """The library; built once more where it cannot be opened, as after a change of the system's C library."""
    try:
        return ctypes.CDLL(str(path))
    except OSError:
        compile_to(path, states)
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise NoCompilerError(f"the compiled kernel cannot be opened: {error}") from error


class _Workspace(NamedTuple):
    """Buffers for one number of chains, reused from call to call."""

    value: Float[np.ndarray, " chain"]
    adjoint: Cells
    adjoint_pointers: _Cells
    memory: Float[np.ndarray, " cell"]
    value_address: int
    memory_address: int


class NativeKernel:
    """See `ssm_core.model.cells.Kernel`. Not to be shared between threads: buffers are reused.

    Raises:
        TooLargeError: more than `MAX_STATES` states or `MAX_FREE` free loadings in one series.
        NoCompilerError: the kernel could not be built.
    """

    def __init__(self, layout: Layout) -> None:
        """Lay the record out for the kernel once."""
        free = np.bincount(layout.loadings.series[layout.loadings.kind == FREE], minlength=1).max()
        if layout.m0.size > MAX_STATES or free > MAX_FREE:
            raise TooLargeError(f"expected at most {MAX_STATES} states, {MAX_FREE} free loadings a series; "
                           f"got {layout.m0.size} and {free}")  # fmt: skip
        self.layout = layout
        self._lib = _loaded(layout.m0.size if layout.m0.size in SIZES else 0)
        self._kept: list[np.ndarray] = []
        self._problem = self._describe(layout)
        self._spaces: dict[int, _Workspace] = {}

    def value(self, cells: Cells, mixture: Mixture = SHARED) -> Float[np.ndarray, " chain"]:
        """Log-likelihood of the scored cells."""
        space = self._space(cells.chains)
        self._run(cells, None, self._traces(mixture), space)
        return space.value.copy()

    def value_and_adjoint(self, cells: Cells, mixture: Mixture = SHARED) -> tuple[Float[np.ndarray, " chain"], Cells]:
        """The log-likelihood and its derivative by every cell; the derivatives are valid until the next call."""
        space = self._space(cells.chains)
        for part in space.adjoint:
            part.fill(0.0)
        self._run(cells, space.adjoint_pointers, self._traces(mixture), space)
        return space.value.copy(), space.adjoint

    def predict(self, cells: Cells, mixture: Mixture = SHARED) -> Predicted:
        """Every cell given all before it, scored or not."""
        shape = (*self.layout.y.shape, cells.chains)
        out = Predicted(np.full(shape, np.nan), np.full(shape, np.nan))
        traces = self._traces(mixture, innovation=out.innovation, variance=out.variance)
        self._run(cells, None, traces, self._space(cells.chains))
        return out

    def smooth(self, cells: Cells, mixture: Mixture = SHARED) -> Smoothed:
        """States and measurement noise given all cells, scored or not."""
        steps, series = self.layout.y.shape
        out = Smoothed(np.zeros((steps, self.layout.m0.size, cells.chains)), np.zeros((steps, series, cells.chains)))
        traces = self._traces(mixture, residual=out.residual, state=out.state)
        space = self._space(cells.chains)
        every_step = np.ones(steps, dtype=np.uint8)
        scored, self._problem.scored = self._problem.scored, _address(every_step)
        try:
            self._run(cells, space.adjoint_pointers, traces, space)
        finally:
            self._problem.scored = scored
        return out

    def _run(self, cells: Cells, adjoint: _Cells | None, traces: _Traces, space: _Workspace) -> None:
        inputs = [np.ascontiguousarray(part, dtype=np.float64) for part in cells]
        given = _Cells(*map(_address, inputs))
        addresses = space.value_address, space.memory_address
        self._lib.ssm_run(self._problem, given, adjoint, traces, cells.chains, *addresses)

    def _traces(self, mixture: Mixture, **wanted: np.ndarray) -> _Traces:
        if mixture is SHARED and not wanted:
            return _NOTHING
        given = {
            name: np.ascontiguousarray(part, dtype=np.float64)
            for name, part in mixture._asdict().items()
            if part is not None
        }
        self._mixed = given  # alive until the call is over
        return _Traces(**{name: _address(part) for name, part in (given | wanted).items()})

    def _space(self, chains: int) -> _Workspace:
        if chains not in self._spaces:
            adjoint = empty_cells(self.layout, chains)
            pointers = _Cells(*map(_address, adjoint))
            value, memory = np.zeros(chains), np.zeros(self._lib.ssm_workspace(self._problem, chains))
            self._spaces[chains] = _Workspace(value, adjoint, pointers, memory, _address(value), _address(memory))
        return self._spaces[chains]

    def _hold(self, values: np.ndarray, dtype: type) -> int:
        """Keep an array alive as long as the kernel and return its address."""
        self._kept.append(np.ascontiguousarray(values, dtype=dtype))
        return _address(self._kept[-1])

    def _sparse(self, cells: Sparse, rows: int) -> _Sparse:
        by_column, columns = np.lexsort((cells.row, cells.column)), int(cells.column.max(initial=-1)) + 1
        return _Sparse(
            count=cells.row.size,
            row=self._hold(cells.row, np.int32),
            column=self._hold(cells.column, np.int32),
            start=self._hold(_starts(cells.row, rows), np.int32),
            by_column=self._hold(by_column, np.int32),
            column_start=self._hold(_starts(cells.column, columns), np.int32),
            fixed=self._hold(cells.fixed, np.uint8),
        )

    def _describe(self, layout: Layout) -> _Problem:
        hold, (steps, series), states = self._hold, layout.y.shape, layout.m0.size
        cells = layout.loadings
        order = np.lexsort((cells.state, cells.series))
        loadings = np.column_stack([cells.state, cells.kind, cells.index])[order]
        data = np.nonzero(loadings[:, 1] == DATA)[0]
        seen = ~np.isnan(layout.y)
        arrays = {name: hold(getattr(layout, name), np.float64) for name in ("u", "x", "z", "y", "m0", "P0")}
        return _Problem(
            steps=steps, states=states, series=series, inputs=layout.u.shape[1],
            regressors=layout.x.shape[1], columns=layout.z.shape[1],
            regimes=layout.regimes, noises=layout.noises, free_loadings=layout.free_loadings, data_count=data.size,
            F=self._sparse(layout.F, states), Q=self._sparse(layout.Q, states),
            B=self._sparse(layout.B, states), D=self._sparse(layout.D, series),
            h_start=hold(_starts(cells.series, series), np.int32),
            h=hold(loadings, np.int32),
            single=hold(_single(layout), np.int32),
            data=hold(data, np.int32),
            measured=hold(_measured(layout), np.uint8),
            steady=hold(_steady(layout), np.uint8),
            seen=hold(np.nonzero(seen)[1], np.int32),
            seen_start=hold(np.concatenate([[0], np.cumsum(seen.sum(axis=1))]), np.int32),
            known=None if layout.known is None else hold(layout.known, np.float64),
            scored=hold(layout.scored, np.uint8),
            regime=hold(layout.regime, np.int32),
            noise=hold(layout.noise, np.int32),
            **arrays,
        )  # fmt: skip


def _starts(sorted_or_not: np.ndarray, size: int) -> Int[np.ndarray, " start"]:
    """Where each of `size` rows (columns) begins when its cells are sorted, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(np.bincount(sorted_or_not.astype(int), minlength=size))])


def _single(layout: Layout) -> Int[np.ndarray, " series"]:
    """The state that a series measures with one loading of exactly one and nothing else; -1 elsewhere."""
    series, states, kinds, _ = layout.loadings
    alone = (np.bincount(series, minlength=layout.y.shape[1])[series] == 1) & (kinds == UNIT)
    single = np.full(layout.y.shape[1], -1)
    single[series[alone]] = states[alone]
    return single


def _steady(layout: Layout) -> Bool[np.ndarray, " series"]:
    """Series whose regressors never change, so that their part of the mean is one number per chain."""
    moving = (layout.x != layout.x[:1]).any(axis=0)
    steady = np.ones(layout.y.shape[1], dtype=bool)
    steady[layout.D.row[moving[layout.D.column]]] = False
    return steady


def _measured(layout: Layout) -> Bool[np.ndarray, "series state"]:
    """Whether a series measures a state."""
    measured = np.zeros((layout.y.shape[1], layout.m0.size), dtype=bool)
    measured[layout.loadings.series, layout.loadings.state] = True
    return measured
