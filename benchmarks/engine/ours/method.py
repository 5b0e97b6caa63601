"""Our sampler with one of its kernels as a method of the table."""

from functools import partial

from benchmarks.engine import job
from benchmarks.engine import problem as reference
from benchmarks.engine.ours.model import on_the_problems_scale, posterior
from benchmarks.engine.problem import Matrix, Problem, Vector
from benchmarks.engine.settings import GRADIENTS
from ssm_core.inference.kernels import Choice
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings
from ssm_core.native.build import library

FIRST_SEED = 1000


def callbacks(kernel: Choice) -> job.Callbacks:
    """Everything the engine offers."""
    return job.Callbacks(gradient=partial(gradient, kernel=kernel), posterior=partial(draw, kernel=kernel), build=build)


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


def draw(problem: Problem, seed: int, kernel: Choice) -> job.Posterior:
    """Draws with the default settings."""
    target, warm = posterior(problem, kernel), []

    def tell(text: str) -> None:
        if "warm-up done" in text:
            warm.append(job.age())

    draws, _ = sample(target, Settings(seed=FIRST_SEED + seed), tell)
    return job.Posterior(draws.theta, target.evaluations, warm[0])


def build() -> None:
    """Compile the kernels of the sizes that are measured."""
    for states in sorted({n for _, n, _ in GRADIENTS}):
        library(states)
