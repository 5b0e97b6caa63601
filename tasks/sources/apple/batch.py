"""What both readers hand on: the attributes of records as text columns, and the few elements of other kinds."""

from collections.abc import Mapping
from typing import NamedTuple, Self

import polars as pl

RECORD_COLUMNS = ("type", "sourceName", "unit", "startDate", "endDate", "value", "sourceVersion")
ATTRIBUTES = {*RECORD_COLUMNS, "device", "creationDate"}
OTHERS = ("Workout", "ActivitySummary")
BATCH_SCHEMA = {**dict.fromkeys(RECORD_COLUMNS, pl.String), "line": pl.Int32}


class Element(NamedTuple):
    """A workout or an activity summary."""

    tag: str
    attributes: Mapping[str, str]
    line: int


class Batch(NamedTuple):
    """Records as columns of `RECORD_COLUMNS` and `line`; the other elements one by one."""

    records: pl.DataFrame
    elements: tuple[Element, ...]

    @classmethod
    def empty(cls) -> Self:
        """Nothing."""
        return cls(pl.DataFrame(schema=BATCH_SCHEMA), ())
