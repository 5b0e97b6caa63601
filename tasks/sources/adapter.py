"""What every adapter promises: recognise a file by its first bytes, read it into readings."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

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
        "device": pl.String,
    }
)
DENSE_SCHEMA = pl.Schema(
    {
        "line": pl.Int32,
        "start": pl.Datetime("us"),
        "seconds": pl.Int32,
        "offset": pl.Int16,
        "value": pl.Float64,
        "unit": pl.Categorical(),
        "device": pl.Categorical(),
    }
)
NOT_GIVEN = "not given"
"""The text of an event whose amount is unknown."""
_NOTHING: Mapping[str, str] = MappingProxyType({})
VERSION_SCHEMA = pl.Schema({
    "variable": pl.String, "device": pl.String, "version": pl.String, "first": pl.Datetime("us"),
})  # fmt: skip
NO_VERSIONS = pl.DataFrame(schema=VERSION_SCHEMA)
INDEX_SCHEMA = pl.Schema({"line": pl.Int64, "name": pl.String, "local": pl.Datetime("us"), "value": pl.Int64})


def first_versions(seen: pl.DataFrame) -> pl.DataFrame:
    """When each version was first seen, of `VERSION_SCHEMA`, in order of time."""
    first = seen.group_by("variable", "device", "version").agg(pl.col("first").min())
    return first.select(VERSION_SCHEMA.names()).sort("device", "first", "version", "variable")


class Sample(NamedTuple):
    """A file as the adapters see it before one of them reads it: its path below `data/raw` and its first bytes."""

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
        rules: how a variable's readings of one step become one number, where the vendor's format decides it.
        nights: variables that belong to the day on which their reading ends, such as sleep.
        scored: variables that the vendor computes from others, such as a readiness score.
        dense: variables with too many readings for `frame`, each with the columns of `DENSE_SCHEMA`; `start` is UTC,
            `seconds` the length, `offset` minutes from UTC. Whoever cleans a variable takes it out,
            so that it is held once.
        versions: columns of `VERSION_SCHEMA`: when a device's software of this version first recorded this variable.
    """

    frame: pl.DataFrame
    index: pl.DataFrame
    layout: str
    time_column: str | None
    rows: int
    variables: tuple[str, ...]
    events: tuple[str, ...]
    findings: tuple[Finding, ...]
    rules: Mapping[str, str] = _NOTHING
    nights: tuple[str, ...] = ()
    scored: tuple[str, ...] = ()
    dense: dict[str, pl.DataFrame] = {}  # noqa: RUF012 - only what an adapter put in is ever taken out
    versions: pl.DataFrame = NO_VERSIONS

    @property
    def total(self) -> int:
        """How many readings there are."""
        return self.frame.height + sum(part.height for part in self.dense.values())


@runtime_checkable
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


@runtime_checkable
class Telling(Protocol):
    """An adapter of files so large that a person wants to hear how far it has come."""

    def read_telling(
        self, path: Path, source: Source, tell: Callable[[float], None], kept: Path | None = None
    ) -> Readings:
        """Read the whole file and tell the share that has been read; `kept` may hold parts from an earlier reading."""
        ...
