"""The panel as the arrays that the core takes."""

from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.errors import StudyError
from schemas.spec import ModelSpec
from ssm_core.model.design import Design, Standard, design_of, standard_of
from ssm_core.model.structure import Scale, scale_of, structure_of


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
    causes = (cause.name for cause in spec.exposure_causes)
    columns = {name: column(panel, name) for name in dict.fromkeys((*spec.states, *spec.inputs, *causes))}
    standard = standard_of(spec, columns)
    design = design_of(spec, columns, standard, weekdays(panel), structure_of(spec).input_lags)
    return Prepared(design, standard, scale_of(spec, standard.spread, standard.centre, panel.height))


def weekdays(panel: pl.DataFrame) -> np.ndarray | None:
    """0 = Monday .. 6 = Sunday, or None when steps are not days."""
    return (panel["start"].dt.weekday() - 1).to_numpy() if is_daily(panel) else None


def step_name(panel: pl.DataFrame) -> str:
    """What one step is called: day, week, hour, or just step."""
    gaps = set(panel["start"].drop_nulls().diff().drop_nulls().dt.total_seconds().to_list())
    names = {(3600,): "hour", (86400,): "day", (7 * 86400,): "week"}
    return names.get(tuple(gaps), "step")


def is_daily(panel: pl.DataFrame) -> bool:
    """Whether consecutive steps are one day apart."""
    return step_name(panel) == "day"
