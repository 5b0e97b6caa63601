"""`python -m benchmarks.engine.limit` prints the time of one gradient; with a job's arguments, a line of the table."""

import json
import sys
import time
from math import log

import numpy as np

from benchmarks.engine import job
from benchmarks.engine import problem as reference
from benchmarks.engine.limit.kernel import Limit, library
from benchmarks.engine.problem import Matrix, Problem, Spec, Vector

CHAINS, CALLS = 16, 400
HOW = "log-likelihood and gradient in C++ for this structure only, parameters and results in place"


def prior(spec: Spec, theta: Matrix) -> tuple[Vector, Matrix]:
    """Log prior density of the reference and its gradient, `(chains, P) -> (chains,), (chains, P)`."""
    value, gradient = np.array([reference.log_prior(spec, one) for one in theta]), -theta
    blocks = spec.blocks
    gradient[:, blocks["a"]] = 3.0 - 5.0 / (1.0 + np.exp(-theta[:, blocks["a"]]))
    gradient[:, blocks["off"]] /= reference.OFF_SPREAD**2
    for name in ("q", "r"):
        gradient[:, blocks[name]] = (log(0.5) - theta[:, blocks[name]]) / reference.SCALE_SPREAD**2
    return value, gradient


def gradient(problem: Problem) -> job.Gradient:
    """The yardstick as a method of the table; the prior is added outside of what is timed."""
    kernels: dict[int, Limit] = {}

    def evaluate(theta: Matrix) -> tuple[Vector, Matrix]:
        kernel = kernels.setdefault(len(theta), Limit(problem, len(theta)))
        return tuple(one + other for one, other in zip(kernel.evaluate(theta), prior(problem.spec, theta), strict=True))

    return job.Gradient(evaluate, HOW, lambda: shortest(next(iter(kernels.values()))))


def shortest(kernel: Limit) -> job.Timing:
    """Shortest time of one call over all chains, seconds."""
    wall, cpu = [], []
    for _ in range(CALLS):
        before = time.perf_counter(), time.process_time()
        kernel.run()
        wall.append(time.perf_counter() - before[0])
        cpu.append(time.process_time() - before[1])
    return job.Timing(min(wall), min(cpu))


def report() -> dict[str, float]:
    """Microseconds of CPU per chain, and the distance to the reference log-likelihood at the truth."""
    problem = reference.generate()
    kernel = Limit(problem, CHAINS)
    value, _ = kernel.evaluate(reference.points(problem.spec, CHAINS))
    expected = reference.log_likelihood(problem, reference.truth(problem.spec))
    return {"gradient_us": 1e6 * shortest(kernel).cpu / CHAINS, "log_likelihood_gap": abs(float(value[0]) - expected)}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        job.main(job.Callbacks(gradient=gradient, build=library))
    else:
        print(json.dumps(report()))
