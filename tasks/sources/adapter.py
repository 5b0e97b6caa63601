"""What every adapter promises: recognise a file by its first bytes, read it into readings."""

from pathlib import Path
from typing import NamedTuple, Protocol

import polars as pl

from schemas.audit import Finding
from schemas.params import Source

READING_SCHEMA = pl.Schema(
    {
        "row": pl.Int64,
        "line": pl.Int64,
        "variable": pl.String,
        "local": pl.Datetime("us"),
        "local_end": pl.Datetime("us"),
        "offset": pl.Int32,
        "date_only": pl.Boolean,
        "value": pl.Float64,
        "text": pl.String,
        "unit": pl.String,
    }
)
INDEX_SCHEMA = pl.Schema({"line": pl.Int64, "name": pl.String, "local": pl.Datetime("us"), "value": pl.Int64})


class Sample(NamedTuple):
    """A file as the adapters see it before one of them reads it: its name and its first bytes."""

    name: str
    head: bytes


class Readings(NamedTuple):
    """One file as readings (`row` counts the file's rows from 0).

    A cell of text has `text` and no `value`, a number `value` only, an empty cell makes no reading.

    Attributes:
        frame: columns of `READING_SCHEMA`; `local` is the clock as written, `offset` its minutes from UTC if written.
        index: values of running-number columns, columns of `INDEX_SCHEMA`.
        layout: `wide`, `long` or `events`.
        time_column: the column(s) the time was read from, or None.
        rows: rows of the file.
        variables: every variable, also one without any reading, in the order of the panel's columns.
        events: variables that are amounts of something taken or done, not levels.
        findings: what the reader wants to tell.
    """

    frame: pl.DataFrame
    index: pl.DataFrame
    layout: str
    time_column: str | None
    rows: int
    variables: tuple[str, ...]
    events: tuple[str, ...]
    findings: tuple[Finding, ...]


class Adapter(Protocol):
    """One kind of file."""

    name: str

    def recognise(self, sample: Sample) -> float | None:
        """How surely this file is of this kind (0 to 1), or None when it is not."""
        ...

    def read(self, path: Path, source: Source) -> Readings:
        """Read the whole file.

        Raises:
            StudyError: the file cannot be used as it is.
        """
        ...
