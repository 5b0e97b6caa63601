"""The contract of a method: a script with the sub-commands `gradient`, `posterior` and what else it offers.

A method hands its callbacks to `main`; arguments, timing, comparison with the reference and writing are done here.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.engine import problem as reference
from benchmarks.engine.problem import Matrix, Problem, Spec, Vector

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
REPEAT_SECONDS, REPEAT_CALLS, REPEAT_LEAST = 3.0, 200, 4
AGREEMENT = 1e-6
"""Largest distance of a log density to the reference, per 365 rows."""
CHECKED = 3


class Timing(NamedTuple):
    """Shortest time of one call, seconds, on the wall and of CPU over all threads."""

    wall: float
    cpu: float


class Gradient(NamedTuple):
    """Value and gradient of the log posterior density on the unconstrained scale.

    Attributes:
        evaluate: `(chains, P) -> (chains,), (chains, P)`.
        how: what exactly is timed, for the reader.
        seconds: time of one evaluation over all chains, measured by the method itself where a call from outside would
            mostly time the transport.
    """

    evaluate: Callable[[Matrix], tuple[Vector, Matrix]]
    how: str
    seconds: Callable[[], Timing] | None = None


class Posterior(NamedTuple):
    """Draws after warm-up.

    Attributes:
        draws: natural parameters, `(chain, draw, P)`.
        gradients: evaluations over all chains, warm-up included.
        warm_s: seconds from the start of the process to the first draw that counts.
    """

    draws: np.ndarray
    gradients: int
    warm_s: float


class Callbacks(NamedTuple):
    """What a method offers; absent ones are refused by name.

    Attributes:
        gradient: builds the evaluation for a data set.
        posterior: draws, from data set and seed.
        build: makes what is made once at set-up (a compiled kernel) and is not counted.
        screen: fits every candidate graph to one data set, `(problem, specs) -> figures`.
        row: one more row after a posterior, `(problem with the row, posterior without it, seed) -> figures`.
        stage: the same posterior through the normal path, `(seed) -> figures`.
    """

    gradient: Callable[[Problem], Gradient] | None = None
    posterior: Callable[[Problem, int], Posterior] | None = None
    build: Callable[[], None] | None = None
    screen: Callable[[Problem, list[Spec]], dict[str, object]] | None = None
    row: Callable[[Problem, Posterior, int], dict[str, object]] | None = None
    stage: Callable[[int], dict[str, object]] | None = None


def age() -> float:
    """Seconds since this process was started."""
    started = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / CLOCK_TICKS
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def cpu() -> float:
    """CPU seconds of this process and of its finished children."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in spent)


def peak_mb() -> float:
    """Highest resident size of this process so far, MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024.0


def main(callbacks: Callbacks) -> None:
    """Run one job from the command line and write its JSON (and draws) to `--out`."""
    imported = {"import_s": age(), "import_cpu_s": cpu(), "import_peak_mb": peak_mb()}
    arguments = _parser().parse_args()
    jobs = {"gradient": _gradient, "posterior": _posterior, "second": _second, "build": _build}
    jobs |= {"screen": _screen, "row": _row, "stage": _stage}
    figures = jobs[arguments.job](callbacks, arguments)
    closing = {"wall_s": age(), "cpu_s": cpu(), "peak_mb": peak_mb()}
    arguments.out.write_text(json.dumps(imported | figures | closing, indent=1, sort_keys=True) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=["gradient", "posterior", "second", "build", "screen", "row", "stage"])
    parser.add_argument("--T", type=int, default=365)
    parser.add_argument("--n", type=int, default=4)
    parser.add_argument("--chains", type=int, default=16, help="points evaluated at once (gradient)")
    parser.add_argument("--data-seed", type=int, default=0, help="0 is the published data set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--graphs", type=int, default=40)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def _problem(arguments: argparse.Namespace, later: int = 0) -> Problem:
    return reference.generate(arguments.T, arguments.n, reference.SEED + arguments.data_seed + later)


def _offered[C](callback: C | None, name: str) -> C:
    if callback is None:
        raise SystemExit(f"this method offers no `{name}`")
    return callback


def _gradient(callbacks: Callbacks, arguments: argparse.Namespace) -> dict[str, object]:
    problem = _problem(arguments)
    theta = reference.points(problem.spec, max(arguments.chains, CHECKED))
    begun = time.perf_counter()
    gradient = _offered(callbacks.gradient, "gradient")(problem)
    batch = theta[: arguments.chains]
    first = gradient.evaluate(batch)
    compile_s = time.perf_counter() - begun
    gap = _gap(problem, gradient, theta, arguments.chains)
    best = gradient.seconds() if gradient.seconds else best_of(lambda: gradient.evaluate(batch))
    return {
        "value": float(first[0][0]),
        "gradient": np.asarray(first[1][0]).tolist(),
        "gradient_us": 1e6 * best.wall / arguments.chains,
        "gradient_cpu_us": 1e6 * best.cpu / arguments.chains,
        "compile_s": compile_s,
        "how": gradient.how,
        "value_gap": gap,
    }


def _gap(problem: Problem, gradient: Gradient, theta: Matrix, chains: int) -> float:
    """Largest distance to the reference density over three points; refuses a method that disagrees."""
    gaps = []
    for point in theta[:CHECKED]:
        value = float(gradient.evaluate(np.tile(point, (chains, 1)))[0][0])
        gaps.append(abs(value - reference.log_density(problem, point)))
    allowed = AGREEMENT * max(1.0, len(problem.y) / 365)
    if not max(gaps) <= allowed:
        raise SystemExit(f"log density must agree with the reference to {allowed:.1e}, got distances {gaps}")
    return max(gaps)


def best_of(call: Callable[[], object]) -> Timing:
    """Time `call` over some seconds, after warm-up."""
    walls, cpus, begun = [], [], time.perf_counter()
    for number in range(REPEAT_CALLS):
        before, spent = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - before)
        cpus.append(time.process_time() - spent)
        if time.perf_counter() - begun > REPEAT_SECONDS and number >= REPEAT_LEAST:
            break
    return Timing(min(walls), min(cpus))


def _posterior(callbacks: Callbacks, arguments: argparse.Namespace) -> dict[str, object]:
    sampled = _offered(callbacks.posterior, "posterior")(_problem(arguments), arguments.seed)
    return _kept(sampled, arguments.out)


def _kept(sampled: Posterior, out: Path) -> dict[str, object]:
    np.savez(out.with_suffix(".npz"), draws=sampled.draws)
    chains, draws, _ = sampled.draws.shape
    return {"chains": chains, "draws": draws, "n_gradients": sampled.gradients, "warm_s": sampled.warm_s}


def _second(callbacks: Callbacks, arguments: argparse.Namespace) -> dict[str, object]:
    """A second data set of the same shape in the same process; only the second is counted."""
    draw = _offered(callbacks.posterior, "posterior")
    draw(_problem(arguments, later=1), arguments.seed)
    spent, begun = cpu(), time.perf_counter()
    sampled = draw(_problem(arguments), arguments.seed)
    counted = {"second_cpu_s": cpu() - spent, "second_wall_s": time.perf_counter() - begun}
    return _kept(sampled, arguments.out) | counted


def _build(callbacks: Callbacks, _: argparse.Namespace) -> dict[str, object]:
    spent, begun = cpu(), time.perf_counter()
    _offered(callbacks.build, "build")()
    return {"build_cpu_s": cpu() - spent, "build_wall_s": time.perf_counter() - begun}


def _screen(callbacks: Callbacks, arguments: argparse.Namespace) -> dict[str, object]:
    problem = _problem(arguments)
    return _offered(callbacks.screen, "screen")(problem, reference.candidates(problem.spec, arguments.graphs))


def _row(callbacks: Callbacks, arguments: argparse.Namespace) -> dict[str, object]:
    """One more row: cold on all rows but the last, then warm on all."""
    whole = _problem(arguments)
    before = whole._replace(y=whole.y[:-1], u=whole.u[:-1])
    spent = cpu()
    sampled = _offered(callbacks.posterior, "posterior")(before, arguments.seed)
    cold, spent = cpu() - spent, cpu()
    figures = _offered(callbacks.row, "row")(whole, sampled, arguments.seed)
    return {"cold_cpu_s": cold, "warm_cpu_s": cpu() - spent, "ratio": (cpu() - spent) / cold} | figures


def _stage(callbacks: Callbacks, arguments: argparse.Namespace) -> dict[str, object]:
    return _offered(callbacks.stage, "stage")(arguments.seed)
