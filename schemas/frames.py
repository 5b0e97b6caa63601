"""Pandera models of the data frames that pass between stages."""

from typing import Annotated

import pandera.polars as pa
import polars as pl
from pandera.api.dataframe.model_config import BaseConfig

Utc = Annotated[pl.Datetime, "us", "UTC"]
Local = Annotated[pl.Datetime, "us", None]


class Observations(pa.DataFrameModel):
    """One row per reading as it was recorded; nothing aggregated, nothing filled.

    `start` and `end` are instants in UTC; `offset` is the local clock's distance from UTC in minutes
    (null: the file names no zone and none was declared, `start` is then the local clock as written).
    `device` is what recorded it, where the file says so; `source` is `file:line` of the reading.
    """

    subject: str
    variable: str
    start: Utc = pa.Field(nullable=True)
    end: Utc = pa.Field(nullable=True)
    offset: pl.Int32 = pa.Field(nullable=True, ge=-24 * 60, le=24 * 60)
    value: float = pa.Field(nullable=True)
    text: str = pa.Field(nullable=True)
    unit: str = pa.Field(nullable=True)
    device: str = pa.Field(nullable=True)
    source: str

    class Config(BaseConfig):  # ty: ignore[incompatible-attribute-override]
        """No other columns."""

        strict = True

    @pa.dataframe_check
    def finite(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        """Values are finite or null, never NaN or infinite."""
        return data.lazyframe.select(pl.col("value").is_finite() | pl.col("value").is_null())


class Panel(pa.DataFrameModel):
    """One row per step, in order, without holes; every further column is a variable (Float64, null = not observed).

    `start` is the local clock time at which the step begins (null when the record has no time).
    """

    step: pl.Int64 = pa.Field(ge=0, unique=True)
    start: Local = pa.Field(nullable=True)

    class Config(BaseConfig):  # ty: ignore[incompatible-attribute-override]
        """Variables are further columns."""

        strict = False

    @pa.dataframe_check
    def variables_are_finite_floats(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        """Every column besides `step` and `start` holds Float64 values that are finite or null."""
        variables = pl.exclude("step", "start")
        return data.lazyframe.select(pl.all_horizontal(variables.is_finite() | variables.is_null()))


class Catalog(pa.DataFrameModel):
    """One row per variable of the panel.

    `switches` counts changes of value between consecutive observed steps (for a continuous variable:
    crossings of its median); `autocorrelation` is at one step; `longest_run` is the longest run of
    consecutive steps on one side; `levels` names the two texts behind 0 and 1 as `zero|one`;
    `night`, `from_hour`, `to_hour` say when in the step it is recorded (`schemas.audit.VariableAudit`).
    """

    variable: str = pa.Field(unique=True)
    unit: str = pa.Field(nullable=True)
    kind: str = pa.Field(isin=["continuous", "count", "binary", "ordinal", "categorical", "constant", "empty"])
    levels: str = pa.Field(nullable=True)
    night: bool
    from_hour: float = pa.Field(nullable=True)
    to_hour: float = pa.Field(nullable=True)
    aggregate: str
    source: str
    observed: pl.Int64 = pa.Field(ge=0)
    missing: pl.Int64 = pa.Field(ge=0)
    distinct: pl.Int64 = pa.Field(ge=0)
    mean: float = pa.Field(nullable=True)
    sd: float = pa.Field(nullable=True)
    min: float = pa.Field(nullable=True)
    q25: float = pa.Field(nullable=True)
    median: float = pa.Field(nullable=True)
    q75: float = pa.Field(nullable=True)
    max: float = pa.Field(nullable=True)
    autocorrelation: float = pa.Field(nullable=True)
    trend_per_step: float = pa.Field(nullable=True)
    switches: pl.Int64 = pa.Field(ge=0)
    longest_run: pl.Int64 = pa.Field(ge=0)

    class Config(BaseConfig):  # ty: ignore[incompatible-attribute-override]
        """No other columns."""

        strict = True


class Effects(pa.DataFrameModel):
    """One row per estimand, horizon, kind and graph: the flat form of `effects.json`."""

    estimand: str
    graph: str
    kind: str = pa.Field(isin=["expected", "predictive"])
    horizon: pl.Int64 = pa.Field(nullable=True)
    contrast: str
    unit: str
    weight: float = pa.Field(ge=0, le=1)
    mean: float = pa.Field(nullable=True)
    sd: float = pa.Field(nullable=True, ge=0)
    q05: float = pa.Field(nullable=True)
    q50: float = pa.Field(nullable=True)
    q95: float = pa.Field(nullable=True)
    prob_positive: float = pa.Field(nullable=True, ge=0, le=1)
    mcse: float = pa.Field(nullable=True)
    ess: float = pa.Field(nullable=True)
    rhat: float = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    dose: float = pa.Field(nullable=True)
    graph_share: float = pa.Field(nullable=True, ge=0, le=1)

    class Config(BaseConfig):  # ty: ignore[incompatible-attribute-override]
        """No other columns."""

        strict = True


class Robustness(pa.DataFrameModel):
    """One row per check of the scorecard; `did` says what was done."""

    check: str
    did: str
    status: str = pa.Field(isin=["pass", "warn", "fail", "not_applicable", "uninformative"])
    value: float = pa.Field(nullable=True)
    threshold: float = pa.Field(nullable=True)
    sentence: str

    class Config(BaseConfig):  # ty: ignore[incompatible-attribute-override]
        """No other columns."""

        strict = True
