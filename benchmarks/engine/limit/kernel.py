"""`limit.cpp` compiled into the cache of the compiled kernel and called through NumPy arrays."""

import ctypes
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from benchmarks.engine.problem import Matrix, Problem, Vector, spec
from ssm_core.native import build

SOURCE = Path(__file__).with_name("limit.cpp")
HEADERS = Path(build.__file__).parent
_pointer = ctypes.c_void_p


def library() -> Path:
    """The compiled yardstick, with the flags of the engine's own kernel, built now if it is not there yet."""
    flags = [*build.FLAGS, *build.instruction_set(), f"-I{HEADERS}"]
    made_of = SOURCE.read_bytes() + (HEADERS / "lanes.hpp").read_bytes() + " ".join(flags).encode()
    target = build.cache_folder() / f"limit-{hashlib.sha256(made_of).hexdigest()[:20]}.so"
    if not target.is_file():
        compiler = os.environ.get("CXX") or next(name for name in build.COMPILERS if shutil.which(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        made = target.with_suffix(f".{os.getpid()}")
        subprocess.run([compiler, *flags, str(SOURCE), "-o", str(made)], check=True)
        made.replace(target)
    return target


class Limit:
    """Log-likelihood of the reference problem and its gradient by the unconstrained parameters."""

    def __init__(self, problem: Problem, chains: int) -> None:
        """Lay out the data and buffers for a number of chains; refuses any other structure than the published one."""
        if problem.spec != spec():
            raise ValueError(f"the yardstick knows the published structure only, got {problem.spec}")
        self._lib = ctypes.CDLL(str(library()))
        self._lib.limit_workspace.restype = ctypes.c_int64
        self._lib.limit.argtypes = [ctypes.c_int, ctypes.c_int, *[_pointer] * 6]
        self._y, self._u = np.ascontiguousarray(problem.y), np.ascontiguousarray(problem.u)
        self._value, self._gradient = np.zeros(chains), np.zeros((problem.spec.size, chains))
        self._theta = np.zeros_like(self._gradient)
        self._workspace = np.zeros(self._lib.limit_workspace(len(self._y)))
        arrays = (self._y, self._u, self._theta, self._value, self._gradient, self._workspace)
        self._arguments = (len(self._y), chains, *(array.ctypes.data for array in arrays))

    def run(self) -> None:
        """Value and gradient at the parameters set last."""
        self._lib.limit(*self._arguments)

    def evaluate(self, theta: Matrix) -> tuple[Vector, Matrix]:
        """`(chains, P) -> (chains,), (chains, P)`."""
        self._theta[:] = theta.T
        self.run()
        return self._value.copy(), self._gradient.T.copy()
