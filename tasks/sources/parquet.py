"""Parquet tables; every cell passes through the same text reader as a CSV cell, so all layouts work alike."""

from pathlib import Path

import polars as pl

from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import Readings, Sample
from tasks.sources.tabular.table import refuse_too_wide, table_of
from tasks.sources.tabular.tidy import readings_of

_MAGIC = b"PAR1"


class Parquet:
    """Apache Parquet."""

    name = "parquet"

    def recognise(self, sample: Sample) -> float | None:
        """By suffix or by the first four bytes."""
        suffix = Path(sample.name).suffix.lower()
        return 0.95 if suffix in (".parquet", ".pq") or sample.head.startswith(_MAGIC) else None

    def read(self, path: Path, source: Source) -> Readings:
        """Read all columns as text, then interpret.

        Raises:
            StudyError: not a Parquet file, or a column holds lists or records.
        """
        try:
            frame = pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise StudyError("a Parquet file", str(error).splitlines()[0][:120], source.path) from None
        except pl.exceptions.PanicException:  # how the reader of Polars ends on some damaged files
            raise StudyError("a Parquet file", "a damaged one", source.path, "export the table again") from None
        nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
        if nested:
            raise StudyError("plain columns", f"lists or records in column '{nested[0]}'", source.path)
        refuse_too_wide(source.path, frame.columns)
        columns = [_as_text(frame[name]).to_list() for name in frame.columns]
        return readings_of(table_of(source.path, frame.columns, columns, list(range(1, frame.height + 1))), source)


def _as_text(column: pl.Series) -> pl.Series:
    match column.dtype:
        case pl.Datetime(time_zone=None):
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
        case pl.Datetime():
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z")
        case pl.Date():
            return column.dt.strftime("%Y-%m-%d")
        case pl.Duration():
            return (column.dt.total_microseconds() / 1e6).cast(pl.String)
        case _:
            return column.cast(pl.String)
