"""The panel as the arrays that the core takes."""

from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.errors import StudyError
from schemas.spec import ContinuousTime, ModelSpec
from ssm_core.model.design import Design, design_of
from ssm_core.model.regressors import Calendar, is_recorded
from ssm_core.model.standard import Standard, standard_of
from ssm_core.model.structure import Scale, scale_of, structure_of

LEAST_COVERAGE = 0.6
"""An undecided column recorded on fewer steps than this would cost more comparisons than it could protect."""


class Prepared(NamedTuple):
    """One spec with its record."""

    design: Design
    standard: Standard
    scale: Scale


def column(panel: pl.DataFrame, name: str) -> np.ndarray:
    """A variable as Float64 with NaN where it was not observed.

    Raises:
        StudyError: the panel has no such variable.
    """
    if name not in panel.columns:
        names = ", ".join(c for c in panel.columns if c not in ("step", "start"))
        raise StudyError(
            f"one of the variables: {names}", f"'{name}'", "data/panel.parquet", "causal-ssm run --force configure"
        )
    return panel[name].cast(pl.Float64).to_numpy().astype(float)


def prepared(spec: ModelSpec, panel: pl.DataFrame) -> Prepared:
    """Arrange a panel for one spec: columns, scales, calendar."""
    columns = {name: column(panel, name) for name in columns_of(spec)}
    standard = standard_of(spec, columns)
    design = design_of(spec, columns, standard, calendar_of(spec, panel), structure_of(spec).input_lags)
    return Prepared(design, standard, scale_of(spec, standard.spread, standard.centre, panel.height))


def columns_of(spec: ModelSpec) -> tuple[str, ...]:
    """The variables of a panel that a model needs."""
    series = (name for s in spec.recorded for name in (s.name, s.error) if name)
    causes = (cause.name for cause in spec.exposure_causes)
    made_or_not = (name for name in (*spec.inputs, *spec.regressors) if is_recorded(name))
    return tuple(dict.fromkeys((*series, *made_or_not, *causes)))


def calendar_of(spec: ModelSpec, panel: pl.DataFrame) -> Calendar:
    """When the steps are: weekday of daily ones, share of the year, and gaps where time is continuous.

    Raises:
        StudyError: continuous time, and some step has no time or comes before the one above.
    """
    start = panel["start"]
    year = None
    if start.null_count() == 0:
        year = ((start.dt.ordinal_day() - 1) / (365 + start.dt.is_leap_year().cast(pl.Int32))).to_numpy()
    return Calendar(weekdays(panel), year, _gaps(spec, panel))


def _gaps(spec: ModelSpec, panel: pl.DataFrame) -> np.ndarray | None:
    if not isinstance(spec.time, ContinuousTime):
        return None
    seconds = {"hour": 3600.0, "day": 86400.0, "week": 604800.0}[spec.time.unit]
    gaps = (panel["start"].diff().dt.total_microseconds() / 1e6 / seconds).to_numpy()[1:]
    if not np.all(gaps > 0):
        got = "a step without time, or out of order"
        raise StudyError("times that increase from step to step", got, "data/panel.parquet")
    return np.concatenate([[0.0], gaps])


def weekdays(panel: pl.DataFrame) -> np.ndarray | None:
    """0 = Monday .. 6 = Sunday, or None when steps are not days."""
    return (panel["start"].dt.weekday() - 1).to_numpy() if is_daily(panel) else None


def step_name(panel: pl.DataFrame) -> str:
    """What one step is called: day, week, hour, or just step."""
    gaps = np.unique(np.diff(panel["start"].drop_nulls().dt.epoch("s").to_numpy()))
    names = {3600: "hour", 86400: "day", 7 * 86400: "week"}
    return names.get(int(gaps[0]), "step") if gaps.size == 1 else "step"


def is_daily(panel: pl.DataFrame) -> bool:
    """Whether consecutive steps are one day apart."""
    return step_name(panel) == "day"
