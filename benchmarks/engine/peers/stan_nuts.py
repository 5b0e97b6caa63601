"""PyStan: the program `marginal.stan`, sampled by Stan's NUTS in worker processes."""

import asyncio
import re
from pathlib import Path

import httpstan.cache
import httpstan.models
import numpy as np
import stan

from benchmarks.engine.job import Callbacks, Gradient, Posterior, Timing, age, best_of, main
from benchmarks.engine.problem import INITIAL_VARIANCE, Matrix, Problem, Vector
from benchmarks.engine.settings import STAN

PROGRAM = Path(__file__).with_name("marginal.stan").read_text()
ELAPSED = re.compile(rb"info:\s+(?:Elapsed Time: )?([\d.]+) seconds \((Warm-up|Sampling)\)")


def data_of(problem: Problem) -> dict[str, object]:
    """What the program reads; cells are counted from one."""
    shape, seen = problem.spec, ~np.isnan(problem.y)
    order = np.argsort(~seen, axis=1, kind="stable") + 1
    cell = np.where(np.arange(shape.m) < seen.sum(axis=1, keepdims=True), order, 0)
    named = {"off": shape.off, "b": shape.b, "lam": shape.lam}
    sizes = {f"n_{name}": len(cells) for name, cells in named.items()}
    rows = {"T": len(problem.y), "n": shape.n, "m": shape.m, "k": shape.k, "initial_variance": INITIAL_VARIANCE}
    arrays = {"y": np.where(seen, problem.y, 0.0), "seen": seen.sum(axis=1), "cell": cell, "u": problem.u.T}
    arrays |= {f"{name}_cell": np.array(cells) + 1 for name, cells in named.items()}
    return rows | sizes | {name: array.tolist() for name, array in arrays.items()}


def build() -> None:
    """Compile the program into the library's cache; `stan.build` itself gives up after five minutes."""
    name = httpstan.models.calculate_model_name(PROGRAM)
    words = asyncio.run(httpstan.models.build_services_extension_module(PROGRAM))
    httpstan.cache.dump_services_extension_module_compiler_output(words, name)
    httpstan.cache.dump_stanc_warnings("", name)


def gradient(problem: Problem) -> Gradient:
    """Through the compiled program; what it takes to hand over the data is measured alone and taken off."""
    services = httpstan.models.import_services_extension_module(httpstan.models.calculate_model_name(PROGRAM))
    data, last = data_of(problem), {}

    def evaluate(theta: Matrix) -> tuple[Vector, Matrix]:
        last["theta"] = theta
        values = [services.log_prob(data, point.tolist(), True) for point in theta]
        return np.array(values), np.array([services.log_prob_grad(data, point.tolist(), True) for point in theta])

    def seconds() -> Timing:
        chains, point = len(last["theta"]), last["theta"][0].tolist()
        whole = best_of(lambda: services.log_prob_grad(data, point, True))
        handing = best_of(lambda: services.get_dims(data))
        return Timing(chains * (whole.wall - handing.wall), chains * (whole.cpu - handing.cpu))

    return Gradient(evaluate, "one scalar observation at a time, Stan's reverse mode", seconds)


def posterior(problem: Problem, seed: int) -> Posterior:
    """Stan's defaults but for the number of draws."""
    model = stan.build(PROGRAM, data=data_of(problem), random_seed=seed + 1)
    fit = model.sample(
        num_chains=STAN.chains, num_warmup=STAN.warmup, num_samples=STAN.draws, save_warmup=True, refresh=STAN.draws
    )
    whole = STAN.warmup + STAN.draws
    values = [fit[name].reshape(-1, whole, STAN.chains) for name in problem.spec.blocks]
    draws = np.concatenate(values).transpose(2, 1, 0)[:, STAN.warmup :]
    times = [float(time) for time, phase in ELAPSED.findall(b"\n".join(fit.stan_outputs)) if phase == b"Sampling"]
    return Posterior(draws, int(fit["n_leapfrog__"].sum()), age() - max(times))


if __name__ == "__main__":
    main(Callbacks(gradient=gradient, posterior=posterior, build=build))
