"""Our sampler with one of its kernels as a method of the table."""

from functools import partial
from typing import NamedTuple

from benchmarks.engine import job
from benchmarks.engine import problem as reference
from benchmarks.engine.ours.model import on_the_problems_scale, posterior
from benchmarks.engine.problem import Matrix, Problem, Spec, Vector
from benchmarks.engine.settings import GRADIENTS
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.draws import Draws
from ssm_core.inference.kernels import Choice
from ssm_core.inference.sample import Warm, sample
from ssm_core.inference.screening import screened
from ssm_core.inference.settings import Settings
from ssm_core.inference.update import base_of, updated
from ssm_core.native.build import library

FIRST_SEED = 1000


def callbacks(kernel: Choice) -> job.Callbacks:
    """Everything the engine offers."""
    sampled: list[Sampled] = []
    return job.Callbacks(
        gradient=partial(gradient, kernel=kernel),
        posterior=partial(draw, kernel=kernel, sampled=sampled),
        build=build,
        screen=partial(screen, kernel=kernel),
        row=partial(row, kernel=kernel, sampled=sampled),
        stage=through_the_stage,
    )


def gradient(problem: Problem, kernel: Choice) -> job.Gradient:
    """Value and gradient of the log posterior as the sampler asks for it: transforms, priors, assembly, recursion.

    Timed on the sampler's own scale of positive parameters; getting to the scale of `problem.py` is not its cost.
    """
    target, chains = posterior(problem, kernel), [1]

    def evaluate(theta: Matrix) -> tuple[Vector, Matrix]:
        chains[0] = len(theta)
        return on_the_problems_scale(target, problem.spec, theta)

    def seconds() -> job.Timing:
        points = reference.points(problem.spec, max(chains[0], job.CHECKED))
        x = target.unconstrain(reference.natural(problem.spec, points).T)[:, : chains[0]]
        return job.best_of(lambda: target(x))

    return job.Gradient(evaluate, "log posterior as the sampler evaluates it", seconds)


class Sampled(NamedTuple):
    """What a later update starts from."""

    target: LogPosterior
    draws: Draws
    warm: Warm


def draw(problem: Problem, seed: int, kernel: Choice, sampled: list[Sampled]) -> job.Posterior:
    """Draws with the default settings; the last ones are kept in `sampled`."""
    target, ages = posterior(problem, kernel), []

    def tell(text: str) -> None:
        if "warm-up done" in text:
            ages.append(job.age())

    draws, warm = sample(target, Settings(seed=FIRST_SEED + seed), tell)
    sampled[:] = [Sampled(target, draws, warm)]
    return job.Posterior(draws.theta, target.evaluations, ages[0])


def screen(problem: Problem, specs: list[Spec], kernel: Choice) -> dict[str, object]:
    """Every candidate graph: modes from many starts, Laplace preview with k-hat, evidence, weight."""
    targets = [posterior(problem, kernel, shape) for shape in specs]
    found = screened(targets, [1.0 / len(specs)] * len(specs))
    return {"graphs": len(specs), "gradients": sum(target.evaluations for target in targets), "kept": len(found.kept)}


def row(
    problem: Problem, _before: job.Posterior, seed: int, kernel: Choice, sampled: list[Sampled]
) -> dict[str, object]:
    """The posterior with one more row, from the one without it."""
    last = sampled[0]
    changed = updated(
        base_of(last.target, last.draws, last.warm),
        posterior(problem, kernel),
        Settings(seed=FIRST_SEED + seed),
        silent,
    )
    return {"how": changed.how, "row_gradients": changed.gradients, "cold_gradients": last.target.evaluations}


def through_the_stage(seed: int) -> dict[str, object]:
    """See `benchmarks.engine.ours.stage`."""
    from benchmarks.engine.ours.stage import stage  # noqa: PLC0415 - its imports must not count for the engine alone

    return stage(seed)


def silent(_text: str) -> None:
    """Progress nobody reads."""


def build() -> None:
    """Compile the kernels of the sizes that are measured."""
    for states in sorted({n for _, n, _ in GRADIENTS}):
        library(states)
