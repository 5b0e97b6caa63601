"""Several files as one table of readings, and what makes them unfit to stand together."""

import polars as pl

from schemas.errors import StudyError
from schemas.params import Variable
from tasks.readings.rawfiles import RawFile
from tasks.sources.adapter import INDEX_SCHEMA


def combined(files: list[RawFile]) -> pl.DataFrame:
    """All readings that are not dense, with `file`, `source` (`file:line`) and `n`, the readings a row stands for."""
    parts = [file.readings.frame.with_columns(file=pl.lit(file.path)) for file in files]
    return pl.concat(parts).with_columns(source=pl.format("{}:{}", "file", "line"), n=pl.lit(1, dtype=pl.UInt32))


def indices_of(files: list[RawFile]) -> pl.DataFrame:
    """All running-number columns with `file`."""
    parts = [file.readings.index.with_columns(file=pl.lit(file.path)) for file in files]
    return pl.concat(parts) if parts else pl.DataFrame(schema={**INDEX_SCHEMA, "file": pl.String})


def refuse_mixed_time(files: list[RawFile]) -> None:
    """Files without a time column stand only beside files of the same kind and length.

    Raises:
        StudyError: a file without time beside one with time, or of another length.
    """
    untimed = [file for file in files if file.readings.time_column is None]
    if not untimed or len(files) == 1:
        return
    if len(untimed) < len(files):
        timed = next(file for file in files if file.readings.time_column is not None)
        got = f"none, while {timed.path} has '{timed.readings.time_column}'"
        raise StudyError("a time column to join on", got, untimed[0].path, "add dates to this file")
    rows = {file.path: file.readings.rows for file in files}
    if len(set(rows.values())) > 1:
        told = ", ".join(f"{count} in {name}" for name, count in rows.items())
        raise StudyError("the same number of rows in files without a time column", told, "data/raw")


def refuse_collisions(placed: pl.DataFrame, declared: dict[str, Variable], events: set[str]) -> None:
    """One variable may stand in several files as long as they do not speak of the same step.

    Readings whose device is known are not meant: vendors cut one series into many files, and of several devices one
    was chosen already.

    Raises:
        StudyError: two files hold different readings of one variable on the same step.
    """
    known = placed.filter(
        pl.col("value").is_not_null() & pl.col("device").is_null() & ~pl.col("variable").is_in(sorted(events))
    )
    clash = (
        known.group_by("variable", "at")
        .agg(files=pl.col("file").unique().sort())
        .filter(pl.col("files").list.len() > 1)
    )
    clash = clash.filter(~pl.col("variable").is_in([n for n, rule in declared.items() if rule.aggregate != "auto"]))
    if clash.height:
        variable, at, files = clash.sort("variable", "at").row(0)
        raise StudyError(
            f"readings of {', '.join(clash['variable'].unique().sort())} from one file per step",
            f"{' and '.join(files)} both have some on {clash.filter(pl.col('variable') == variable).height} steps",
            f"{files[1]}, step {at:%Y-%m-%d %H:%M}",
            f"name {variable} in `ignore` of one of them at ingest.sources, "
            f"or declare ingest.variables.{variable}.aggregate",
        )
