"""The record as arrays: standardised series, lagged inputs, the mean's regressors, and what is unknown about inputs."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.spec import ModelSpec
from ssm_core.model.regressors import Calendar, is_recorded, made_column, regressors_of
from ssm_core.model.standard import Standard

DIFFUSE_SPREADS = 10.0
"""Standard deviation, in spreads of the outcome, given to what nothing is known about."""


class Design(NamedTuple):
    """A record ready for the model; NaN and missing inputs have already become statements of ignorance.

    Attributes:
        y: standardised series, NaN where not observed.
        error: known variance of measurement, standardised (zero where none is known), or None.
        u: inputs minus their mean by lag (entry [t, k] is step t - k), zero where not observed.
        u_variance: variance of those inputs that were not observed, zero elsewhere.
        ignorance: variance added to a state's noise where its exposure of interest was not recorded.
        scored: steps whose observations count in the likelihood; the others only tell later steps where they start.
        regressors: columns of the mean function.
        gaps: time since the step before (ones in discrete time); entry 0 is not used.
    """

    y: Float[np.ndarray, "time series"]
    error: Float[np.ndarray, "time series"] | None
    u: Float[np.ndarray, "time lag input"]
    u_variance: Float[np.ndarray, "time lag input"]
    ignorance: Float[np.ndarray, "time state"]
    scored: Bool[np.ndarray, " time"]
    regressors: Float[np.ndarray, "time regressor"]
    gaps: Float[np.ndarray, " time"]


def design_of(
    spec: ModelSpec,
    columns: dict[str, Float[np.ndarray, " time"]],
    standard: Standard,
    calendar: Calendar,
    input_lags: int,
) -> Design:
    """Arrange a record for a model.

    Where the exposure of interest, or a direct cause of it, was not recorded, the step says nothing about the effect:
    the states it acts on directly get a noise of `DIFFUSE_SPREADS` there and the step is not scored, while the observed
    outcome goes on as the next step's past. Any other input that was not observed is a random variable with its mean
    and variance over the record (exact for a Gaussian input that is independent of the rest, moment-matched otherwise).

    Args:
        spec: the model.
        columns: one array per series, recorded input and cause of the exposure, NaN where not observed.
        standard: centres and spreads.
        calendar: when the steps are.
        input_lags: number of input lags, present included.

    Raises:
        ValueError: a regressor cannot be made from this record, or an error is negative or missing where its series is
            not.
    """
    names = [s.name for s in spec.recorded]
    y = np.column_stack([(columns[s] - standard.centre[s]) / standard.spread[s] for s in names])
    steps = len(y)
    recorded = {name: _input(columns, name, steps, calendar) for name in spec.inputs}
    lagged = [_lagged(values, input_lags) for values in recorded.values()]
    raw = np.stack(lagged, axis=-1) if lagged else np.zeros((steps, input_lags, 0))
    unknown = np.isnan(raw)
    # what nature made of the calendar is not centred: it is zero before the record, and known there
    centre = np.array([standard.centre[name] if is_recorded(name) else 0.0 for name in spec.inputs])
    spread = np.array([standard.spread.get(name, 1.0) for name in spec.inputs])
    variance = np.array([_variance(values) for values in recorded.values()]) / spread**2
    ignorance = _ignorance(spec, columns, steps)
    scaled = {
        name: (columns[name] - standard.centre[name]) / standard.spread[name]
        for name in spec.regressors
        if is_recorded(name)
    }
    return Design(
        y=y,
        error=_known_error(spec, columns, standard, y),
        u=np.where(unknown, 0.0, (raw - centre) / spread),
        u_variance=np.where(unknown, variance, 0.0),
        ignorance=ignorance,
        scored=_scored(spec, y, ignorance),
        regressors=regressors_of(spec.regressors, steps, calendar, scaled),
        gaps=np.ones(steps) if calendar.gaps is None else calendar.gaps,
    )


def _input(
    columns: dict[str, Float[np.ndarray, " time"]], name: str, steps: int, calendar: Calendar
) -> Float[np.ndarray, " time"]:
    return columns[name] if is_recorded(name) else made_column(name, steps, calendar)


def _variance(values: Float[np.ndarray, " time"]) -> float:
    observed = values[~np.isnan(values)]
    return float(observed.var()) if observed.size else 0.0


def _lagged(values: Float[np.ndarray, " time"], lags: int) -> Float[np.ndarray, "time lag"]:
    padded = np.concatenate([np.full(lags - 1, np.nan), values])
    return np.column_stack([padded[lags - 1 - k : lags - 1 - k + len(values)] for k in range(lags)])


def _known_error(
    spec: ModelSpec,
    columns: dict[str, Float[np.ndarray, " time"]],
    standard: Standard,
    y: Float[np.ndarray, "time series"],
) -> Float[np.ndarray, "time series"] | None:
    if all(s.error is None for s in spec.recorded):
        return None
    out = np.zeros_like(y)
    for index, series in enumerate(spec.recorded):
        if series.error is None:
            continue
        sd = columns[series.error] / standard.spread[series.name]
        wrong = ~np.isnan(y[:, index]) & ~(sd >= 0)
        if wrong.any():
            got = columns[series.error][wrong][0]
            raise ValueError(
                f"the error of '{series.name}' must be a number from 0 up wherever it is observed, got {got}"
            )
        out[:, index] = np.where(np.isnan(sd), 0.0, sd) ** 2
    return out


def _ignorance(
    spec: ModelSpec, columns: dict[str, Float[np.ndarray, " time"]], steps: int
) -> Float[np.ndarray, "time state"]:
    """Steps on which the exposure, or something that decides it, is not known cannot be compared with others."""
    out = np.zeros((steps, len(spec.states)))
    direct = [
        p
        for p in spec.parameters
        if p.matrix == "inputs" and p.column == spec.treatment and p.row not in spec.exposure_index
    ]
    if not direct or not is_recorded(spec.treatment):
        return out
    first = min(p.lag for p in direct)
    needed = [(spec.treatment, 0), *((cause.name, cause.lag) for cause in spec.exposure_causes)]
    missing = np.zeros(steps, dtype=bool)
    for name, lag in needed:
        missing |= np.isnan(_lagged(columns[name], first + lag + 1)[:, first + lag])
    for parameter in direct:
        if parameter.lag == first:
            # where the outcome is missing as well there is nothing to be misled by: the state just goes on
            seen = ~np.isnan(columns[parameter.row]) if parameter.row in columns else np.ones(steps, dtype=bool)
            out[missing & seen, spec.states.index(parameter.row)] = DIFFUSE_SPREADS**2
    return out


def _scored(
    spec: ModelSpec, y: Float[np.ndarray, "time series"], ignorance: Float[np.ndarray, "time state"]
) -> Bool[np.ndarray, " time"]:
    """Steps that can be predicted: no ignorance on them, and every state was seen since the start.

    The product of `p(y_t | past)` over these steps is a partial likelihood. Scoring the other steps too, with a wide
    variance that grows with the memory, would tell the memory to be small. A model with its own series (states that
    are hidden or have several indicators) is scored from the first step on: its first state is part of the model.
    """
    known = ~(ignorance > 0).any(axis=1)
    if spec.series:
        return known
    seen_before = np.vstack([np.zeros((1, y.shape[1]), dtype=bool), np.logical_or.accumulate(~np.isnan(y))[:-1]])
    return seen_before.all(axis=1) & known
