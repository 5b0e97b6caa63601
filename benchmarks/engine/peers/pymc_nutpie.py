"""PyMC-extras' state-space model, sampled by nutpie over the graph that Numba compiles."""

import ctypes
import warnings

import numpy as np
import nutpie
import pymc as pm
import pytensor.tensor as pt
from pymc_extras.statespace.core import PyMCStateSpace
from pymc_extras.statespace.core.properties import Parameter

from benchmarks.engine.job import Callbacks, Gradient, Posterior, age, main
from benchmarks.engine.problem import (
    INITIAL_VARIANCE,
    OFF_SPREAD,
    SCALE_LOCATION,
    SCALE_SPREAD,
    Matrix,
    Problem,
    Vector,
    generate,
)
from benchmarks.engine.settings import NUTPIE

FILTER = "standard"
DOUBLES = ctypes.POINTER(ctypes.c_double)
KERNEL = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, DOUBLES, DOUBLES, DOUBLES, ctypes.c_void_p)

warnings.filterwarnings("ignore", message="Provided data contains missing values")


class Reference(PyMCStateSpace):
    """The reference problem in the library's own terms; its intercept at row `t` moves the state to `t + 1`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        shape = problem.spec
        sizes = {"k_endog": shape.m, "k_states": shape.n, "k_posdef": shape.n}
        super().__init__(**sizes, filter_type=FILTER, measurement_error=True, verbose=False, cov_jitter=0.0)

    def set_parameters(self) -> tuple[Parameter, ...]:
        """One vector for each block."""
        blocks = self.problem.spec.blocks.items()
        return tuple(Parameter(name=name, shape=(block.stop - block.start,), dims=None) for name, block in blocks)

    def make_symbolic_graph(self) -> None:
        """Put the blocks into the matrices."""
        shape = self.problem.spec
        part = {
            name: self.make_and_register_variable(name, shape=(block.stop - block.start,))
            for name, block in shape.blocks.items()
        }
        B = _filled(pt.zeros((shape.n, shape.k)), shape.b, part["b"])
        ahead = np.roll(self.problem.u, -1, axis=0)
        self.ssm["initial_state", :] = np.zeros(shape.n)
        self.ssm["initial_state_cov", :, :] = INITIAL_VARIANCE * np.eye(shape.n)
        self.ssm["transition", :, :] = _filled(pt.diag(part["a"]), shape.off, part["off"])
        self.ssm["selection", :, :] = np.eye(shape.n)
        self.ssm["state_cov", :, :] = pt.diag(part["q"] ** 2)
        self.ssm["design", :, :] = _filled(pt.as_tensor(np.eye(shape.m, shape.n)), shape.lam, part["lam"])
        self.ssm["obs_intercept", :] = part["d"]
        self.ssm["obs_cov", :, :] = pt.diag(part["r"] ** 2)
        self.ssm.declare_time_varying("state_intercept")
        self.ssm["state_intercept"] = pt.specify_shape(pt.as_tensor(ahead) @ B.T, (len(ahead), shape.n))


def _filled(
    matrix: pt.TensorVariable, cells: tuple[tuple[int, int], ...], values: pt.TensorVariable
) -> pt.TensorVariable:
    rows, columns = zip(*cells, strict=True)
    return pt.set_subtensor(matrix[list(rows), list(columns)], values)


def compiled(problem: Problem) -> nutpie.compile_pymc.CompiledPyMCModel:
    """Priors as stated, in the order of the reference vector, the likelihood by the library's filter, compiled."""
    sizes = {name: block.stop - block.start for name, block in problem.spec.blocks.items()}
    with pm.Model(check_bounds=False) as model:
        for name, size in sizes.items():
            if name == "a":
                pm.Beta(name, 3.0, 2.0, shape=size)
            elif name in {"q", "r"}:
                pm.LogNormal(name, SCALE_LOCATION, SCALE_SPREAD, shape=size)
            else:
                pm.Normal(name, 0.0, OFF_SPREAD if name == "off" else 1.0, shape=size)
        Reference(problem).build_statespace_graph(problem.y)
    return nutpie.compile_pymc_model(model)


def build() -> None:
    """Fill the caches of PyTensor and Numba."""
    compiled(generate())


def gradient(problem: Problem) -> Gradient:
    """The very function that nutpie calls, one chain after the other."""
    model = compiled(problem)
    kernel = KERNEL(model.compiled_logp_func.address)

    def one(theta: Vector) -> tuple[float, Vector]:
        theta, slope, value = np.ascontiguousarray(theta), np.empty_like(theta), np.empty(1)
        pointers = (array.ctypes.data_as(DOUBLES) for array in (theta, slope, value))
        if kernel(theta.size, *pointers, model.user_data.ctypes.data) != 0:
            raise FloatingPointError("the compiled density has no finite value here")
        return value[0], slope

    def evaluate(theta: Matrix) -> tuple[Vector, Matrix]:
        values, slopes = zip(*map(one, theta), strict=True)
        return np.array(values), np.array(slopes)

    return Gradient(evaluate, f"statespace {FILTER} filter, Numba, the function that nutpie calls")


def posterior(problem: Problem, seed: int) -> Posterior:
    """Nutpie with its own adaptation."""
    model = compiled(problem)
    begun = age()
    trace = nutpie.sample(
        model,
        draws=NUTPIE.draws,
        tune=NUTPIE.warmup,
        chains=NUTPIE.chains,
        cores=NUTPIE.cores,
        seed=seed,
        progress_bar=False,
    )
    drawn = age() - begun
    draws = np.concatenate([trace.posterior[name].values for name in problem.spec.blocks], axis=2)
    kept, warm = (int(trace[group]["n_steps"].sum()) for group in ("sample_stats", "warmup_sample_stats"))
    return Posterior(draws, kept + warm, begun + drawn * warm / (kept + warm))


if __name__ == "__main__":
    main(Callbacks(gradient=gradient, posterior=posterior, build=build))
