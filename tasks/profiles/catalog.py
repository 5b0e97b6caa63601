"""The catalogue: one row per variable of the panel."""

import numpy as np
import polars as pl

from schemas.audit import Audit, VariableAudit
from tasks.profiles.series import Series, autocorrelation, runs, trend

_ORDINAL_VALUES = 11
_SCHEMA = {
    "variable": pl.String, "unit": pl.String, "kind": pl.String, "levels": pl.String,
    "night": pl.Boolean, "from_hour": pl.Float64, "to_hour": pl.Float64, "aggregate": pl.String,
    "source": pl.String, "observed": pl.Int64, "missing": pl.Int64, "distinct": pl.Int64, "mean": pl.Float64,
    "sd": pl.Float64, "min": pl.Float64, "q25": pl.Float64, "median": pl.Float64, "q75": pl.Float64,
    "max": pl.Float64, "autocorrelation": pl.Float64, "trend_per_step": pl.Float64, "switches": pl.Int64,
    "longest_run": pl.Int64,
}  # fmt: skip


def catalog_of(panel: pl.DataFrame, audit: Audit) -> pl.DataFrame:
    """One row per variable, in the panel's order."""
    books = {book.name: book for book in audit.variables}
    names = [name for name in panel.columns if name not in ("step", "start")]
    return pl.DataFrame([_row(panel[name], books[name]) for name in names], schema=_SCHEMA, orient="row")


def kind_of(known: Series, declared: str, aggregate: str) -> str:
    """What sort of variable it is: as declared, else by its values."""
    values = np.unique(known)
    if len(values) == 0:
        return "empty"
    if len(values) == 1:
        return "constant"
    if declared != "auto":
        return declared
    if set(values) <= {0.0, 1.0}:
        return "binary"
    if np.all(values == np.floor(values)) and values.min() >= 0 and aggregate in ("sum", "count"):
        return "count"
    whole = np.all(values == np.floor(values))
    return "ordinal" if whole and len(values) <= _ORDINAL_VALUES else "continuous"


def _row(column: pl.Series, book: VariableAudit) -> tuple[object, ...]:
    values = column.to_numpy().astype(np.float64)
    known = values[np.isfinite(values)]
    kind = kind_of(known, book.kind, book.aggregate)
    some, several = len(known) > 0, len(known) > 1
    quartiles = np.quantile(known, [0, 0.25, 0.5, 0.75, 1]).tolist() if some else [None] * 5
    sides = runs(values, high_side(values))
    return (
        column.name, book.unit, kind, book.levels,
        book.night, book.from_hour, book.to_hour, book.aggregate, book.source,
        len(known), len(values) - len(known), len(np.unique(known)),
        float(known.mean()) if some else None, float(known.std(ddof=1)) if several else None,
        *quartiles, autocorrelation(values, 1)[0], trend(values), sides.switches, sides.longest,
    )  # fmt: skip


def high_side(values: Series) -> np.ndarray:
    """Above zero for 0/1 variables, above the median otherwise."""
    known = values[np.isfinite(values)]
    binary = set(np.unique(known)) <= {0.0, 1.0}
    with np.errstate(invalid="ignore"):
        return values > (0.0 if binary or len(known) == 0 else np.median(known))
