"""Columns that number the rows or the days: they are checked against the dates and are no variables."""

import re

import polars as pl

from schemas.errors import StudyError
from tasks.sources.adapter import INDEX_SCHEMA
from tasks.sources.tabular.people import PERSON_NAME
from tasks.sources.tabular.table import Table

_INDEX_NAME = re.compile(
    r"^_?(id|idx|index|row|rowid|row_?names?|row_?number|nr|no|number|obs|seq|sequence|unnamed:?[ _]?\d+|column_1)$",
    re.I,
)
DAY_NAME = re.compile(r"^(study|trial|experiment|exp)?[ _]?day[ _]?(no|nr|num|number|index|idx|count)?$", re.I)
_FEW = 3


def index_columns(table: Table, columns: list[str], local: pl.Series) -> list[str]:
    """The columns that only count: named like an index or a day counter, and behaving like one."""
    return [name for name in columns if _is_index(name, _whole(table.cells[name]), local)]


def index_frame(table: Table, names: list[str], local: pl.Series) -> pl.DataFrame:
    """The values of the index columns with their rows' times."""
    parts = [
        pl.DataFrame({"line": table.lines, "local": local, "value": _whole(table.cells[name])})
        .with_columns(name=pl.lit(name))
        .filter(pl.col("value").is_not_null())
        .select(pl.col(column).cast(dtype) for column, dtype in INDEX_SCHEMA.items())
        for name in names
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=INDEX_SCHEMA)


def _whole(cells: pl.Series) -> pl.Series:
    number = cells.cast(pl.Float64, strict=False)
    whole = (number == number.floor()) | number.is_null()
    readable = number.null_count() == cells.null_count()
    return (
        number.cast(pl.Int64, strict=False)
        if readable and whole.all()
        else pl.Series([None] * len(cells), dtype=pl.Int64)
    )


def _is_index(name: str, whole: pl.Series, local: pl.Series) -> bool:
    known = (
        pl.DataFrame({"value": whole, "local": local}).drop_nulls("value").sort("local", maintain_order=True)["value"]
    )
    if len(known) < _FEW:
        return False
    steps = known.diff().drop_nulls()
    rising = bool((steps >= 0).all()) and known.n_unique() >= _FEW
    if _INDEX_NAME.match(name):
        return rising or known.n_unique() == len(known)
    return bool(DAY_NAME.match(name)) and (rising or (name.lower() != "day" and max(known.to_list()) > _FEW))


def refuse_several_people(table: Table, columns: list[str], local: pl.Series) -> None:
    """A study is one person's record.

    Raises:
        StudyError: a column such as `id` or `subject` names several people.
    """
    for name in columns:
        cells = table.cells[name].drop_nulls()
        people = cells.n_unique()
        if not PERSON_NAME.match(name) or people < 2 or len(cells) < _FEW * people:
            continue
        if not _is_index(name, _whole(table.cells[name]), local):
            first = ", ".join(cells.unique(maintain_order=True).head(3).to_list())
            raise StudyError(
                "the record of one person", f"{people} people ({first}, ...)", f"{table.name}, column '{name}'",
                f"write `subject: '{cells[0]}'` at ingest in params.yaml, one study per person",
            )  # fmt: skip
