"""The compiled kernel behind the `Kernel` protocol: NumPy arrays in, NumPy arrays out, nothing copied on the way."""

import ctypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.model.cells import SHARED, Cells, Layout, Mixture, Predicted, Smoothed, empty_cells
from ssm_core.native.build import SIZES, NoCompilerError, compile_to, library
from ssm_core.native.records import POINTER, CellsStruct, ProblemStruct, Record, TracesStruct, address

MAX_STATES = 40


_NOTHING = TracesStruct()


class TooLargeError(ValueError):
    """The model has more states than the compiled kernel takes."""


@cache
def _loaded(states: int) -> ctypes.CDLL:
    lib = _opened(library(states), states)
    lib.ssm_workspace.argtypes = [ctypes.POINTER(ProblemStruct), ctypes.c_int]
    lib.ssm_workspace.restype = ctypes.c_int64
    lib.ssm_run.argtypes = [
        *(ctypes.POINTER(kind) for kind in (ProblemStruct, CellsStruct, CellsStruct, TracesStruct)),
        *(ctypes.c_int, POINTER, POINTER),
    ]
    lib.ssm_run.restype = None
    lib.ssm_priors.argtypes = [POINTER, ctypes.c_int, *[POINTER] * 5]
    lib.ssm_density.argtypes = [POINTER, POINTER, POINTER, ctypes.c_int, *[POINTER] * 9]
    lib.ssm_priors.restype = lib.ssm_density.restype = None
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
    adjoint_pointers: CellsStruct
    memory: Float[np.ndarray, " cell"]
    value_address: int
    memory_address: int


class NativeKernel:
    """See `ssm_core.model.cells.Kernel`. Not to be shared between threads: buffers are reused.

    Raises:
        TooLargeError: more than `MAX_STATES` states.
        NoCompilerError: the kernel could not be built.
        ValueError: a cell of `F` or of the loadings is listed twice.
    """

    def __init__(self, layout: Layout) -> None:
        """Lay the record out for the kernel once."""
        if layout.m0.size > MAX_STATES:
            raise TooLargeError(f"expected at most {MAX_STATES} states, got {layout.m0.size}")
        self.layout = layout
        self.library = _loaded(layout.m0.size if layout.m0.size in SIZES else 0)
        self._record = Record(layout)
        self._problem = self._record.problem
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
        scored, self._problem.scored = self._problem.scored, address(every_step)
        try:
            self._run(cells, space.adjoint_pointers, traces, space)
        finally:
            self._problem.scored = scored
        return out

    def _run(self, cells: Cells, adjoint: CellsStruct | None, traces: TracesStruct, space: _Workspace) -> None:
        inputs = [np.ascontiguousarray(part, dtype=np.float64) for part in cells]
        given = CellsStruct(*map(address, inputs))
        addresses = space.value_address, space.memory_address
        self.library.ssm_run(self._problem, given, adjoint, traces, cells.chains, *addresses)

    def prepared(self, mixture: Mixture, chains: int) -> tuple[int, int, int]:
        """Addresses of the record, of what differs between chains, and of memory to work in, for one call."""
        self._shown = self._traces(mixture)  # alive until the call is over
        return (
            ctypes.addressof(self._problem), ctypes.addressof(self._shown), self._space(chains).memory_address,
        )  # fmt: skip

    def _traces(self, mixture: Mixture, **wanted: np.ndarray) -> TracesStruct:
        if mixture is SHARED and not wanted:
            return _NOTHING
        given = {
            name: np.ascontiguousarray(part, dtype=np.float64)
            for name, part in mixture._asdict().items()
            if part is not None
        }
        self._mixed = given  # alive until the call is over
        return TracesStruct(**{name: address(part) for name, part in (given | wanted).items()})

    def _space(self, chains: int) -> _Workspace:
        if chains not in self._spaces:
            adjoint = empty_cells(self.layout, chains)
            pointers = CellsStruct(*map(address, adjoint))
            value, memory = np.zeros(chains), np.zeros(self.library.ssm_workspace(self._problem, chains))
            self._spaces[chains] = _Workspace(value, adjoint, pointers, memory, address(value), address(memory))
        return self._spaces[chains]
