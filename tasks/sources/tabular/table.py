"""A file as rows and columns of text, before any cell is interpreted."""

from collections import Counter
from collections.abc import Sized
from typing import NamedTuple

import polars as pl

from schemas.errors import StudyError

MOST_COLUMNS = 5_000
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "nil", "-", "--", ".", "missing")


class Table(NamedTuple):
    """Text cells of one file; a missing cell is null.

    Attributes:
        name: the file's path under `data/raw`, for messages.
        cells: one String column per header.
        lines: line of the file (or row number) that each row stands on.
        comma_decimal: whether a lone comma in a number is the decimal sign rather than a thousands sign.
        decimal_shown: whether something in the file shows so.
        encoding: a sentence about the encoding when it was not UTF-8, else None.
        above: lines of free text above the header, which were skipped.
    """

    name: str
    cells: pl.DataFrame
    lines: pl.Series
    comma_decimal: bool = False
    decimal_shown: bool = True
    encoding: str | None = None
    above: tuple[str, ...] = ()


def refuse_too_wide(name: str, header: Sized) -> None:
    """Refuse a table with more columns than any diary or export has, before its cells are built.

    Raises:
        StudyError: more than `MOST_COLUMNS` columns.
    """
    if len(header) > MOST_COLUMNS:
        raise StudyError(f"at most {MOST_COLUMNS} columns", f"{len(header)}", f"{name}:1")


def table_of(name: str, header: list[str], columns: list[list[str | None]], lines: list[int]) -> Table:
    """Check the header, tidy white space, and turn missing words into null.

    Raises:
        StudyError: duplicate headers, too many of them, or no rows.
    """
    refuse_too_wide(name, header)
    names = [" ".join(text.split()) or f"column_{position + 1}" for position, text in enumerate(header)]
    repeated = [text for text, count in Counter(names).items() if count > 1]
    if repeated:
        raise StudyError(
            "one column of each name", f"'{repeated[0]}' more than once", f"{name}:1", "rename one of them"
        )
    if not lines:
        raise StudyError("rows of data below the header", "none", name)
    frame = pl.DataFrame(dict(zip(names, columns, strict=True)), schema=dict.fromkeys(names, pl.String))
    text = pl.all().str.strip_chars()
    cells = frame.select(pl.when(text.str.to_lowercase().is_in(MISSING)).then(None).otherwise(text).name.keep())
    return Table(name, cells, pl.Series("line", lines, dtype=pl.Int64))
