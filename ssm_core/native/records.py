"""A layout as the compiled kernel reads it: the structures of `problem.hpp` field by field, over arrays kept alive."""

import ctypes

import numpy as np
from jaxtyping import Bool, Int

from ssm_core.model.cells import DATA, UNIT, Layout, Sparse

POINTER = ctypes.c_void_p


class SparseStruct(ctypes.Structure):
    """Mirrors `Sparse`."""

    _fields_ = [("count", ctypes.c_int32), *((name, POINTER) for name in
                ("row", "column", "start", "by_column", "column_start", "fixed"))]  # fmt: skip


class ProblemStruct(ctypes.Structure):
    """Mirrors `Problem`."""

    _fields_ = [
        *((name, ctypes.c_int32) for name in
          ("steps", "states", "series", "inputs", "regressors", "columns", "regimes", "noises", "free_loadings",
           "data_count")),
        *((name, SparseStruct) for name in ("F", "Q", "B", "D")),
        *((name, POINTER) for name in
          ("h_start", "h", "single", "data", "measured", "steady", "seen", "seen_start", "u", "x", "z", "y",
           "known", "scored", "regime", "noise", "m0", "P0")),
    ]  # fmt: skip


class CellsStruct(ctypes.Structure):
    """Mirrors `Cells`."""

    _fields_ = [(name, POINTER) for name in ("F", "Q", "B", "C", "D", "R")]


class TracesStruct(ctypes.Structure):
    """Mirrors `Traces`."""

    _fields_ = [(name, POINTER) for name in ("y", "stretch", "innovation", "variance", "residual", "state")]


def address(array: np.ndarray) -> int:
    """Where the numbers lie. `array.ctypes.data` takes four times as long, and this stands in every evaluation."""
    if array.size and array.flags.writeable:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    return array.ctypes.data


class Record:
    """A layout laid out for the kernel once.

    Attributes:
        problem: what the kernel is given.

    Raises:
        ValueError: a cell of `F` or of the loadings is listed twice.
    """

    def __init__(self, layout: Layout) -> None:
        """Copy what the kernel needs and does not find in the layout."""
        _refuse_twice(layout.loadings.series, layout.loadings.state, "loadings")
        _refuse_twice(layout.F.row, layout.F.column, "F")
        self._kept: list[np.ndarray] = []
        self.problem = self._describe(layout)

    def _hold(self, values: np.ndarray, dtype: type) -> int:
        """Keep an array alive as long as the kernel and return its address."""
        self._kept.append(np.ascontiguousarray(values, dtype=dtype))
        return address(self._kept[-1])

    def _sparse(self, cells: Sparse, rows: int) -> SparseStruct:
        by_column, columns = np.lexsort((cells.row, cells.column)), max(rows, int(cells.column.max(initial=-1)) + 1)
        return SparseStruct(
            count=cells.row.size,
            row=self._hold(cells.row, np.int32),
            column=self._hold(cells.column, np.int32),
            start=self._hold(_starts(cells.row, rows), np.int32),
            by_column=self._hold(by_column, np.int32),
            column_start=self._hold(_starts(cells.column, columns), np.int32),
            fixed=self._hold(cells.fixed, np.uint8),
        )

    def _describe(self, layout: Layout) -> ProblemStruct:
        hold, (steps, series), states = self._hold, layout.y.shape, layout.m0.size
        cells = layout.loadings
        order = np.lexsort((cells.state, cells.series))
        loadings = np.column_stack([cells.state, cells.kind, cells.index])[order]
        data = np.nonzero(loadings[:, 1] == DATA)[0]
        seen = ~np.isnan(layout.y)
        arrays = {name: hold(getattr(layout, name), np.float64) for name in ("u", "x", "z", "y", "m0", "P0")}
        return ProblemStruct(
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


def _refuse_twice(row: np.ndarray, column: np.ndarray, name: str) -> None:
    cells, times = np.unique_counts(row + 1j * column)
    if (times > 1).any():
        twice = [[int(cell.real), int(cell.imag)] for cell in cells[times > 1]]
        raise ValueError(f"expected each cell of {name} once, got {twice} more often")
