"""The model classes that are calibrated, the most used ones first."""

from typing import NamedTuple

from benchmarks.calibration.terms import (
    CENTRE,
    EFFECT,
    MEMORY,
    PERSISTENCE,
    POSITIVE,
    SPREAD,
    WEAK,
    fixed,
    free,
    model,
)
from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, StudentT, TruncatedNormal
from schemas.spec import ContinuousTime, ModelSpec, Series


class ModelClass(NamedTuple):
    """One class.

    Attributes:
        words: what is special about it, for the page.
        spec: the model.
        steps: length of every record.
        responds: state whose steady-state response to the exposure is ranked as well.
        uneven: whether time passes unevenly between steps.
        unknown_inputs: inputs that are not recorded on every step.
    """

    words: str
    spec: ModelSpec
    steps: int = 80
    responds: str = "y"
    uneven: bool = False
    unknown_inputs: tuple[str, ...] = ()


PLAIN = [
    free("inputs", "y", "x"),
    free("inputs", "y", "x", 1, StudentT(df=4, mean=0, scale=0.3)),
    free("dynamics", "y", "y", 1, MEMORY),
    free("mean", "y", "intercept", prior=CENTRE),
    free("process_sd", "y", prior=SPREAD),
]
MEDIATOR = [
    free("inputs", "m", "x"),
    free("dynamics", "m", "m", 1, MEMORY),
    free("mean", "m", "intercept", prior=CENTRE),
    free("process_sd", "m", prior=POSITIVE),
]
LEVEL = [free("level_sd", "y", prior=HalfNormal(sd=0.2)), free("slope_sd", "y", prior=HalfNormal(sd=0.02))]
LATENT = [
    free("dynamics", "a", "a", 1, PERSISTENCE),
    free("dynamics", "b", "b", 1, PERSISTENCE),
    free("dynamics", "b", "a", 1, Normal(mean=0.0, sd=0.5)),
    free("inputs", "a", "x"),
    free("process_sd", "a", prior=SPREAD),
    free("process_sd", "b", prior=Gamma(shape=3, rate=4)),
    free("loading", "y3", "a"),
    free("loading", "y3", "b"),
    *(free("mean", y, "intercept", prior=CENTRE) for y in ("y1", "y2", "y3")),
    *(free("measurement_sd", y, prior=LogNormal(median=0.5, log_sd=0.5)) for y in ("y1", "y2", "y3")),
]
DRIFT = TruncatedNormal(mean=-0.7, sd=0.5, low=-4.0, high=-0.05)
CONTINUOUS = [
    free("dynamics", "y", "y", 1, DRIFT),
    free("dynamics", "m", "m", 1, DRIFT),
    free("dynamics", "y", "m", 1, Normal(mean=0.0, sd=0.5)),
    free("inputs", "m", "x"),
    free("inputs", "y", "x"),
    *(free("mean", s, "intercept", prior=CENTRE) for s in ("y", "m")),
    *(free("process_sd", s, prior=SPREAD) for s in ("y", "m")),
]
NOISY = free("measurement_sd", "y", prior=LogNormal(median=0.5, log_sd=0.5))
HIDDEN = free("dynamics", "u", "u", 1, PERSISTENCE)


def _hidden(name: str, prior: HalfNormal | Normal) -> ModelSpec:
    return model(name, [*PLAIN, HIDDEN, free("dynamics", "y", "u", 1, prior)], states=("y", "u"),
                 series=(Series(name="y"),), constants=(fixed("process_sd", "u"),))  # fmt: skip


CLASSES = {
    "plain": ModelClass("autoregression with an exposure, now and one step later", model("plain", PLAIN)),
    "mediated": ModelClass(
        "instant effect of a mediator, lags up to three",
        model("mediated", [*PLAIN, *MEDIATOR, free("instant", "y", "m", prior=Normal(mean=0.0, sd=0.7)),
                           free("dynamics", "y", "m", 2, WEAK), free("dynamics", "y", "y", 3, WEAK)],
              states=("y", "m")),
    ),
    "latent": ModelClass(
        "two latent states, three indicators, one with known error",
        model("latent", LATENT, states=("a", "b"), constants=(fixed("loading", "y1", "a"), fixed("loading", "y2", "b")),
              series=(Series(name="y1", error="e"), Series(name="y2"), Series(name="y3"))),
        responds="b",
    ),
    "student_t": ModelClass(
        "latent state seen through heavy tails (4 degrees of freedom)",
        model("student_t", [free("inputs", "y", "x"), free("dynamics", "y", "y", 1, PERSISTENCE), *PLAIN[3:], NOISY],
              series=(Series(name="y", family="student_t", options={"df": 4.0}),)),
    ),
    "continuous": ModelClass(
        "continuous time, two states, gaps of half a day and two days",
        model("continuous", CONTINUOUS, states=("y", "m"), time=ContinuousTime()),
        uneven=True,
    ),
    "level": ModelClass("a level and a slope that wander", model("level", [*PLAIN, *LEVEL])),
    "shared": ModelClass(
        "outcome and mediator share noise",
        model("shared", [*PLAIN, *MEDIATOR, free("shared", "y", "u", prior=POSITIVE), free("shared", "m", "u")],
              states=("y", "m")),
    ),
    "hidden": ModelClass("a hidden cause with memory, sign anchored", _hidden("hidden", HalfNormal(sd=1.0))),
    "adstock": ModelClass(
        "an exposure that builds up and fades",
        model("adstock", [*PLAIN[2:], free("dynamics", "s", "s", 1, Beta(a=2, b=2)), free("instant", "y", "s")],
              states=("y", "s"), series=(Series(name="y"),), constants=(fixed("inputs", "s", "x"),)),
    ),
    "drifting": ModelClass(
        "a coefficient that drifts, measurement noise",
        model("drifting", [*PLAIN, free("mean", "y", "z"), NOISY,
                           free("coefficient_sd", "y", "z", prior=HalfNormal(sd=0.2))],
              regressors=("intercept", "z")),
    ),
    "calendar": ModelClass(
        "weekday and trend; exposure and another input partly missing",
        model("calendar", [*PLAIN, free("inputs", "y", "z"), free("mean", "y", "trend", prior=Normal(mean=0, sd=0.02)),
                           *(free("mean", "y", f"weekday_{k}", prior=WEAK) for k in range(1, 7))],
              inputs=("x", "z"), regressors=("intercept", "trend", *(f"weekday_{k}" for k in range(1, 7)))),
        unknown_inputs=("x", "z"),
    ),
    "coded": ModelClass(
        "a hidden cause with memory, seen through the outcome and a code (probit)",
        model("coded", [*PLAIN, HIDDEN, free("dynamics", "y", "u", 1, HalfNormal(sd=1.0)),
                        free("instant", "b (index)", "u"), free("inputs", "b (index)", "x"),
                        free("mean", "b", "intercept", prior=EFFECT)],
              states=("y", "u", "b (index)"), series=(Series(name="y"), Series(name="b", family="probit")),
              constants=(fixed("process_sd", "u"), fixed("loading", "b", "b (index)"), fixed("measurement_sd", "b"))),
    ),
    "mirrored": ModelClass("a hidden cause with memory whose sign is free: two mirrored modes",
                           _hidden("mirrored", EFFECT)),
}  # fmt: skip
"""In the order in which they are run."""
