"""A record as a table of lagged columns on one fixed set of rows, with everything that is no cause projected out."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.errors import StudyError

SAME = 1e-10
"""Spread, relative to the record's, below which a column counts as constant once calendar columns are out."""


class Cause(NamedTuple):
    """A recorded node some steps earlier; lag 0 is the child's own step."""

    name: str
    lag: int


class Record(NamedTuple):
    """A panel as it was recorded.

    Attributes:
        names: one per column.
        values: any units; NaN is "not observed".
        beside: columns that may move everything and are no nodes (weekday, trend), known at every step; an
            intercept is always added.
    """

    names: tuple[str, ...]
    values: Float[np.ndarray, "time node"]
    beside: Float[np.ndarray, "time column"] | None = None


class Scatter(NamedTuple):
    """Second moments of lagged columns.

    Attributes:
        columns: what the rows and columns of `S` are.
        S: `D' M D`; D in units of each node's own spread, M projects out intercept and `beside`.
        freedom: rows less the rank of what was projected out; 0 where no row is complete.
        rows: steps at which every column is recorded.
    """

    columns: tuple[Cause, ...]
    S: Float[np.ndarray, "column column"]
    freedom: int
    rows: int

    def positions(self, causes: Iterable[Cause]) -> list[int]:
        """Where these columns stand, ascending."""
        return sorted(self.columns.index(cause) for cause in causes)


def lagged_column(record: Record, cause: Cause) -> Float[np.ndarray, " time"]:
    """`x_{t-lag}`, NaN before the record begins."""
    column = record.values[:, record.names.index(cause.name)]
    return column if cause.lag == 0 else np.concatenate([np.full(cause.lag, np.nan), column[: -cause.lag]])


def scatter_of(record: Record, columns: Sequence[Cause]) -> Scatter:
    """Second moments on the steps at which all of `columns` are recorded.

    Complete cases of one set of columns, whichever graph is looked at: scores of different graphs are then densities
    of the same numbers. Rows that lack any of them are left out for all graphs alike, which costs data and adds no
    bias where values are missing for reasons among the columns' causes. (The exact alternative, a state-space
    likelihood of each graph, has no closed form for its evidence and would need thousands of fits.)

    Args:
        record: the panel.
        columns: lagged columns that any of the compared graphs uses.

    Raises:
        StudyError: a column does not vary on these rows.
    """
    columns = tuple(dict.fromkeys(columns))
    D = np.column_stack([lagged_column(record, cause) for cause in columns])
    Z = np.column_stack([np.ones(len(D)), *([] if record.beside is None else [record.beside])])
    complete: Bool[np.ndarray, " time"] = ~np.isnan(D).any(axis=1)
    rows = int(complete.sum())
    D, Z = D[complete], Z[complete]
    basis = orthonormal(Z)
    freedom = rows - basis.shape[1]
    if freedom <= 0:
        return Scatter(columns, np.zeros((len(columns), len(columns))), 0, rows)
    residual = D - basis @ (basis.T @ D)
    spread = np.sqrt((residual**2).sum(axis=0) / freedom)
    for cause, now, whole in zip(columns, spread, np.abs(D).max(axis=0, initial=0.0), strict=True):
        if now <= SAME * max(whole, SAME):
            got = f"'{cause.name}' does not, on the {rows} steps at which all columns are recorded"
            raise StudyError("columns that vary", got, "the record", "leave the column out of the graphs")
    unit = {cause.name: now for cause, now in sorted(zip(columns, spread, strict=True), key=lambda c: -c[0].lag)}
    residual = residual / np.array([unit[cause.name] for cause in columns])
    return Scatter(columns, residual.T @ residual, freedom, rows)


def orthonormal(Z: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row rank"]:
    """Orthonormal columns that span Z."""
    if not len(Z):
        return np.zeros((0, 0))
    left, size, _ = np.linalg.svd(Z, full_matrices=False)
    return left[:, size > size.max(initial=0.0) * 1e-10]
