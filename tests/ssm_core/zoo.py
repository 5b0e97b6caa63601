"""One small model with its record for every term that a spec may hold, alone and together."""

from typing import NamedTuple

import numpy as np

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, StudentT, TruncatedNormal
from schemas.spec import Cause, Constant, ContinuousTime, ModelSpec, Parameter, Series
from ssm_core.model.design import Design, design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import standard_of
from ssm_core.model.structure import Scale, scale_of, structure_of

STEPS = 30
MEMORY = TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99)
EFFECT = Normal(mean=0.0, sd=1.0)
SD = LogNormal(median=0.8, log_sd=0.5)


class Case(NamedTuple):
    """A model ready to be evaluated."""

    spec: ModelSpec
    scale: Scale
    design: Design


def p(matrix, row, column="", lag=0, prior=EFFECT):
    return Parameter(
        name=f"{matrix} {row} {column} {lag}", matrix=matrix, row=row, column=column, lag=lag, prior=prior, unit="",
        asserted_by="rule", reason="test",
    )  # fmt: skip


def c(matrix, row, column="", lag=0, value=1.0):
    return Constant(matrix=matrix, row=row, column=column, lag=lag, value=value)


def spec(parameters, states=("y",), inputs=("x",), regressors=("intercept",), **more):
    return ModelSpec(
        graph="graph", weight=1.0, treatment="x", outcome="y", lag=0, states=states, inputs=inputs,
        regressors=regressors, parameters=tuple(parameters), **more,
    )  # fmt: skip


PLAIN = [
    p("inputs", "y", "x", 0), p("inputs", "y", "x", 1, StudentT(df=4, mean=0, scale=0.3)),
    p("dynamics", "y", "y", 1, MEMORY), p("mean", "y", "intercept"), p("process_sd", "y", prior=SD),
]  # fmt: skip
MEDIATED = [
    *PLAIN[:3], p("mean", "y", "intercept"), p("process_sd", "y", prior=SD), p("instant", "y", "m"),
    p("dynamics", "y", "m", 2), p("dynamics", "m", "m", 1, MEMORY), p("dynamics", "y", "y", 3, Normal(mean=0, sd=0.2)),
    p("inputs", "m", "x", 0), p("mean", "m", "intercept"), p("process_sd", "m", prior=HalfNormal(sd=1.0)),
]  # fmt: skip
LATENT = [
    p("dynamics", "a", "a", 1, Beta(a=3, b=2)), p("dynamics", "b", "b", 1, Beta(a=3, b=2)), p("dynamics", "b", "a", 1),
    p("inputs", "a", "x", 0), p("process_sd", "a", prior=SD), p("process_sd", "b", prior=Gamma(shape=2, rate=2)),
    p("loading", "y2", "a"), p("loading", "y2", "b"), *(p("mean", y, "intercept") for y in ("y", "y1", "y2")),
    *(p("measurement_sd", y, prior=SD) for y in ("y", "y1", "y2")),
]  # fmt: skip
LATENT_SERIES = (Series(name="y", error="e"), Series(name="y1"), Series(name="y2"))
ANCHORS = (c("loading", "y", "a"), c("loading", "y1", "b", value=2.0))
DRIFT = TruncatedNormal(mean=-0.7, sd=0.5, low=-4.0, high=-0.02)

SPECS = {
    "plain": spec(PLAIN),
    "trend and calendar": spec(
        [*PLAIN, p("mean", "y", "trend"), p("mean", "y", "weekday_3"), p("mean", "y", "annual_sin_1"),
         p("mean", "y", "step@12"), p("mean", "y", "ramp@5:20"), p("mean", "y", "z")],
        regressors=("intercept", "trend", "weekday_3", "annual_sin_1", "step@12", "ramp@5:20", "z"),
    ),
    "intervention as an input": spec([*PLAIN, p("inputs", "y", "step@15", 0)], inputs=("x", "step@15")),
    "missing cause": spec(PLAIN, exposure_causes=(Cause(name="z", lag=1),)),
    "instant effects and long lags": spec(MEDIATED, states=("y", "m")),
    "level": spec([*PLAIN, p("level_sd", "y", prior=HalfNormal(sd=0.1))]),
    "level and slope": spec([*PLAIN, p("level_sd", "y", prior=HalfNormal(sd=0.1)),
                             p("slope_sd", "y", prior=HalfNormal(sd=0.02))]),
    "slope alone": spec([*PLAIN, p("slope_sd", "y", prior=HalfNormal(sd=0.02))]),
    "drifting coefficient": spec(
        [*PLAIN, p("mean", "y", "z"), p("coefficient_sd", "y", "z", prior=HalfNormal(sd=0.2)),
         p("measurement_sd", "y", prior=SD)], regressors=("intercept", "z")),
    "shared noise": spec([*MEDIATED[:5], *MEDIATED[7:8], *MEDIATED[9:], p("shared", "y", "u", prior=HalfNormal(sd=1)),
                          p("shared", "m", "u")], states=("y", "m")),
    "shared noise and instant effects": spec([*MEDIATED, p("shared", "y", "u", prior=HalfNormal(sd=1)),
                                              p("shared", "m", "u")], states=("y", "m")),
    "hidden cause with memory": spec(
        [*PLAIN, p("dynamics", "u", "u", 1, MEMORY), p("dynamics", "y", "u", 1)], states=("y", "u"),
        series=(Series(name="y"),), constants=(c("process_sd", "u"),)),
    "adstock": spec(
        [*PLAIN[2:], p("dynamics", "s", "s", 1, Beta(a=2, b=2)), p("instant", "y", "s")], states=("y", "s"),
        series=(Series(name="y"),), constants=(c("inputs", "s", "x"),)),
    "latent states with indicators": spec(LATENT, states=("a", "b"), series=LATENT_SERIES, constants=ANCHORS),
    "several adjusters": spec([*PLAIN, p("inputs", "y", "z", 0), p("inputs", "y", "w", 2)], inputs=("x", "z", "w")),
    "everything": spec(
        [*LATENT, p("instant", "b", "a"), p("dynamics", "b", "a", 2), p("shared", "a", "u", prior=HalfNormal(sd=1)),
         p("shared", "b", "u"), p("inputs", "b", "z", 1), p("level_sd", "y1", prior=HalfNormal(sd=0.1)),
         p("slope_sd", "y1", prior=HalfNormal(sd=0.02)), p("coefficient_sd", "y2", "w", prior=HalfNormal(sd=0.2))],
        states=("a", "b"), series=LATENT_SERIES, constants=ANCHORS, inputs=("x", "z"), regressors=("intercept", "w")),
    "continuous": spec(
        [p("dynamics", "y", "y", 1, DRIFT), p("inputs", "y", "x"), p("mean", "y", "intercept"),
         p("process_sd", "y", prior=SD)], time=ContinuousTime()),
    "continuous, everything": spec(
        [p("dynamics", "a", "a", 1, DRIFT), p("dynamics", "b", "b", 1, DRIFT), p("dynamics", "b", "a", 1),
         p("dynamics", "a", "b", 1, Normal(mean=0, sd=0.1)),
         p("inputs", "a", "x"), p("inputs", "b", "z"), *LATENT[4:], p("shared", "a", "u", prior=HalfNormal(sd=1)),
         p("shared", "b", "u"), p("level_sd", "y1", prior=HalfNormal(sd=0.1)),
         p("slope_sd", "y1", prior=HalfNormal(sd=0.02)), p("coefficient_sd", "y2", "w", prior=HalfNormal(sd=0.2))],
        states=("a", "b"), series=LATENT_SERIES, constants=ANCHORS, inputs=("x", "z"), regressors=("intercept", "w"),
        time=ContinuousTime()),
}  # fmt: skip
"""Every term at least once; names say what is special."""


def record(rng, steps=STEPS):
    """Columns with gaps, and a calendar with uneven steps."""
    columns = {name: rng.normal(size=steps) for name in ("y", "y1", "y2", "m", "z", "w")}
    columns["x"] = rng.integers(0, 2, steps).astype(float)
    columns["e"] = rng.uniform(0.1, 0.5, steps)
    for name in ("y", "y1", "y2", "m"):
        columns[name][rng.random(steps) < 0.15] = np.nan
    gaps = np.concatenate([[0.0], rng.choice([0.5, 1.0, 3.0, 20.0], steps - 1)])
    return columns, Calendar(weekday=np.arange(steps) % 7, year=np.arange(steps) / 365, gaps=gaps)


def case(name, seed=1, steps=STEPS, unknown_inputs=True):
    """A case of the zoo; inputs that no regressor uses have gaps too."""
    columns, calendar = record(np.random.default_rng(seed), steps)
    model = SPECS[name]
    if unknown_inputs:
        for at, column in ((7, "x"), (11, "z")):
            if column not in model.regressors:
                columns[column][at] = np.nan
    if not isinstance(model.time, ContinuousTime):
        calendar = calendar._replace(gaps=None)
    standard = standard_of(model, columns)
    design = design_of(model, columns, standard, calendar, structure_of(model).input_lags)
    return Case(model, scale_of(model, standard.spread, standard.centre, steps), design)
