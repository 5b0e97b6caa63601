"""The reference problem as a spec of this project, and its posterior."""

import numpy as np

from benchmarks.engine.problem import Matrix, Problem, Spec, Vector, natural
from schemas.prior import Beta, LogNormal, Normal, Prior
from schemas.spec import Constant, ModelSpec, Parameter, Series
from schemas.spec import Matrix as Place
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.kernels import Choice
from ssm_core.model.design import Design, design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import Standard
from ssm_core.model.structure import Scale, scale_of, structure_of

PRIORS: dict[str, Prior] = {
    "a": Beta(a=3, b=2), "off": Normal(mean=0, sd=0.5), "b": Normal(mean=0, sd=1), "lam": Normal(mean=0, sd=1),
    "d": Normal(mean=0, sd=1), "q": LogNormal(median=0.5, log_sd=0.7), "r": LogNormal(median=0.5, log_sd=0.7),
}  # fmt: skip


def model_spec(shape: Spec) -> ModelSpec:
    """Parameters in the order of `problem.py`; the first state has the variance 4 of the problem."""
    states, series = [f"z{i}" for i in range(shape.n)], [f"y{i}" for i in range(shape.m)]
    parameters = [
        *(_parameter("a", "dynamics", z, z, 1) for z in states),
        *(_parameter("off", "dynamics", states[to], states[source], 1) for to, source in shape.off),
        *(_parameter("b", "inputs", states[state], f"u{k}") for state, k in shape.b),
        *(_parameter("q", "process_sd", z) for z in states),
        *(_parameter("lam", "loading", series[row], states[state]) for row, state in shape.lam),
        *(_parameter("d", "mean", y, "intercept") for y in series),
        *(_parameter("r", "measurement_sd", y) for y in series),
    ]
    return ModelSpec(
        graph="reference", weight=1.0, treatment="u0", outcome="z1", lag=0, states=tuple(states),
        inputs=tuple(f"u{k}" for k in range(shape.k)), regressors=("intercept",), parameters=tuple(parameters),
        series=tuple(Series(name=y) for y in series), start_sd=2.0,
        constants=tuple(Constant(matrix="loading", row=series[i], column=states[i], value=1.0) for i in range(shape.n)),
    )  # fmt: skip


def _parameter(block: str, matrix: Place, row: str, column: str = "", lag: int = 0) -> Parameter:
    return Parameter(
        name=f"{block} {row} {column}".strip(), matrix=matrix, row=row, column=column, lag=lag, prior=PRIORS[block],
        unit="", asserted_by="design", reason="reference problem",
    )  # fmt: skip


def prepared(spec: ModelSpec, problem: Problem) -> tuple[Scale, Design]:
    """The record as it is: nothing is centred or scaled."""
    names = (*spec.states, *(s.name for s in spec.series), *spec.inputs)
    plain = Standard(dict.fromkeys(names, 0.0), dict.fromkeys(names, 1.0))
    columns = {f"y{i}": column for i, column in enumerate(problem.y.T)}
    columns |= {f"u{k}": column for k, column in enumerate(problem.u.T)}
    design = design_of(spec, columns, plain, Calendar(), structure_of(spec).input_lags)
    return scale_of(spec, plain.spread, plain.centre, len(problem.y)), design


def posterior(problem: Problem, kernel: Choice, shape: Spec | None = None) -> LogPosterior:
    """The posterior of one graph on one data set."""
    spec = model_spec(shape or problem.spec)
    return LogPosterior(spec, *prepared(spec, problem), kernel)


def on_the_problems_scale(target: LogPosterior, shape: Spec, theta: Matrix) -> tuple[Vector, Matrix]:
    """Value and gradient of the density of `problem.py`, whose transforms of positive parameters are logarithms."""
    u = np.asarray(theta).T
    values = natural(shape, theta).T
    x = target.unconstrain(values)
    at, (slope, bend) = target(x), _slopes(target, x)
    slope_u, bend_u = _problem_slopes(shape, u)
    value = at.value - np.log(slope).sum(axis=0) + np.log(slope_u).sum(axis=0)
    return value, ((at.gradient - bend) * slope_u / slope + bend_u).T


def _slopes(target: LogPosterior, x: Matrix, h: float = 1e-4) -> tuple[Matrix, Matrix]:
    """`d theta / dx`, exactly, and `d log|d theta / dx| / dx`, by differences."""
    up, down = (np.log(target.slope(x + shift)) for shift in (h, -h))
    return target.slope(x), (up - down) / (2 * h)


def _problem_slopes(shape: Spec, u: Matrix) -> tuple[Matrix, Matrix]:
    slope, bend = np.ones_like(u), np.zeros_like(u)
    a = shape.blocks["a"]
    s = 1.0 / (1.0 + np.exp(-u[a]))
    slope[a], bend[a] = s * (1 - s), 1 - 2 * s
    for name in ("q", "r"):
        slope[shape.blocks[name]], bend[shape.blocks[name]] = np.exp(u[shape.blocks[name]]), 1.0
    return slope, bend
