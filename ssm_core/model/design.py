"""The record as arrays: standardised series, lagged inputs, the mean's regressors, and what is unknown about inputs."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from schemas.spec import ModelSpec

DIFFUSE_SPREADS = 10.0
"""Standard deviation, in spreads of the outcome, given to what nothing is known about."""


class Design(NamedTuple):
    """A record ready for the model; NaN and missing inputs have already become statements of ignorance.

    Attributes:
        y: standardised series, NaN where not observed.
        u: inputs minus their mean by lag (entry [t, k] is step t - k), zero where not observed.
        u_variance: variance of those inputs that were not observed, zero elsewhere.
        ignorance: variance added to a state's noise where its exposure of interest was not recorded.
        scored: steps whose observations count in the likelihood; the others only tell later steps where they start.
        regressors: columns of the mean function.
    """

    y: Float[np.ndarray, "time state"]
    u: Float[np.ndarray, "time lag input"]
    u_variance: Float[np.ndarray, "time lag input"]
    ignorance: Float[np.ndarray, "time state"]
    scored: Bool[np.ndarray, " time"]
    regressors: Float[np.ndarray, "time regressor"]


class Standard(NamedTuple):
    """Centre and spread of every state and input, in its unit."""

    centre: dict[str, float]
    spread: dict[str, float]


def standard_of(spec: ModelSpec, columns: dict[str, Float[np.ndarray, " time"]]) -> Standard:
    """Mean and standard deviation over observed steps; a two-valued input keeps its own unit (spread one)."""
    centre, spread = {}, {}
    for name in (*spec.states, *spec.inputs):
        values = columns[name][~np.isnan(columns[name])]
        two_valued = name in spec.inputs and np.unique(values).size <= 2
        centre[name] = float(values.mean()) if values.size else 0.0
        deviation = float(values.std()) if values.size else 0.0
        spread[name] = 1.0 if two_valued or deviation == 0.0 else deviation
    return Standard(centre, spread)


def design_of(
    spec: ModelSpec,
    columns: dict[str, Float[np.ndarray, " time"]],
    standard: Standard,
    weekday: Int[np.ndarray, " time"] | None,
    input_lags: int,
) -> Design:
    """Arrange a record for a model.

    Where the exposure of interest, or a direct cause of it, was not recorded, the step says nothing about the effect:
    the states it acts on directly get a noise of `DIFFUSE_SPREADS` there and the step is not scored, while the observed
    outcome goes on as the next step's past. Any other input that was not observed is a random variable with its mean
    and variance over the record (exact for a Gaussian input that is independent of the rest, moment-matched otherwise).

    Args:
        spec: the model.
        columns: one array per state, input and cause of the exposure, NaN where not observed.
        standard: centres and spreads.
        weekday: 0 = Monday .. 6 = Sunday per step; needed when the spec has weekday regressors.
        input_lags: number of input lags, present included.
    """
    y = np.column_stack([(columns[s] - standard.centre[s]) / standard.spread[s] for s in spec.states])
    lagged = [_lagged(columns[name], input_lags) for name in spec.inputs]
    raw = np.stack(lagged, axis=-1) if lagged else np.zeros((len(y), input_lags, 0))
    unknown = np.isnan(raw)
    centre = np.array([standard.centre[name] for name in spec.inputs])
    spread = np.array([standard.spread[name] for name in spec.inputs])
    variance = np.array([np.nanvar(columns[name]) for name in spec.inputs]) / spread**2
    ignorance = _ignorance(spec, columns)
    return Design(
        y=y,
        u=np.where(unknown, 0.0, (raw - centre) / spread),
        u_variance=np.where(unknown, variance, 0.0),
        ignorance=ignorance,
        scored=_scored(y, ignorance),
        regressors=regressors_of(spec.regressors, len(y), weekday),
    )


def _lagged(values: Float[np.ndarray, " time"], lags: int) -> Float[np.ndarray, "time lag"]:
    padded = np.concatenate([np.full(lags - 1, np.nan), values])
    return np.column_stack([padded[lags - 1 - k : lags - 1 - k + len(values)] for k in range(lags)])


def _ignorance(spec: ModelSpec, columns: dict[str, Float[np.ndarray, " time"]]) -> Float[np.ndarray, "time state"]:
    """Steps on which the exposure, or something that decides it, is not known cannot be compared with others."""
    out = np.zeros((len(columns[spec.outcome]), len(spec.states)))
    direct = [p for p in spec.parameters if p.matrix == "inputs" and p.column == spec.treatment]
    if not direct:
        return out
    first = min(p.lag for p in direct)
    needed = [(spec.treatment, 0), *((cause.name, cause.lag) for cause in spec.exposure_causes)]
    missing = np.zeros(len(out), dtype=bool)
    for name, lag in needed:
        missing |= np.isnan(_lagged(columns[name], first + lag + 1)[:, first + lag])
    for parameter in direct:
        if parameter.lag == first:
            state = spec.states.index(parameter.row)
            # where the outcome is missing as well there is nothing to be misled by: the state just goes on
            out[missing & ~np.isnan(columns[parameter.row]), state] = DIFFUSE_SPREADS**2
    return out


def _scored(
    y: Float[np.ndarray, "time state"], ignorance: Float[np.ndarray, "time state"]
) -> Bool[np.ndarray, " time"]:
    """Steps that can be predicted: no ignorance on them, and every state was seen since the start.

    The product of `p(y_t | past)` over these steps is a partial likelihood. Scoring the other steps too, with a wide
    variance that grows with the memory, would tell the memory to be small.
    """
    seen_before = np.vstack([np.zeros((1, y.shape[1]), dtype=bool), np.logical_or.accumulate(~np.isnan(y))[:-1]])
    return seen_before.all(axis=1) & ~(ignorance > 0).any(axis=1)


def regressors_of(
    names: tuple[str, ...], steps: int, weekday: Int[np.ndarray, " time"] | None
) -> Float[np.ndarray, "time regressor"]:
    """`intercept` = 1, `trend` = share of the record after its middle, `weekday_1..6` = orthonormal weekday contrasts.

    A trend of one standardised unit is one spread over the whole record (see `scale_of`).
    The contrasts treat all seven days alike and sum to zero over the week (Helmert basis).
    """
    basis = _helmert(7)
    columns = []
    for name in names:
        match name.split("_"):
            case ["intercept"]:
                columns.append(np.ones(steps))
            case ["trend"]:
                columns.append((np.arange(steps) - (steps - 1) / 2) / max(steps, 1))
            case ["weekday", index] if weekday is not None:
                columns.append(basis[weekday, int(index) - 1])
            case _:
                raise ValueError(f"no regressor '{name}' for this record; known: intercept, trend, weekday_1..6")
    return np.column_stack(columns) if columns else np.zeros((steps, 0))


def _helmert(n: int) -> Float[np.ndarray, "n n_minus_1"]:
    columns = []
    for k in range(1, n):
        column = np.zeros(n)
        column[:k], column[k] = 1.0, -k
        columns.append(column / np.sqrt(k * (k + 1)))
    return np.column_stack(columns)
