"""Which sign stands before the decimals in a file: what its numbers show, and which of its columns leave it open.

A number such as `7,5` shows a decimal comma and `7.5` a decimal point; `8.055` and `8,055` may be either. Where a file
shows one sign only, that one holds for all its numbers. Where it shows none or both, a file separated by semicolons has
decimal commas (and thousands points), any other decimal points; columns that hang on it are told.
"""

from typing import Literal, NamedTuple

import polars as pl

from schemas.audit import Finding
from tasks.sources.tabular.numbers import numbers_of
from tasks.sources.tabular.table import Table

Decimal = Literal["auto", "comma", "point"]
_UNIT = r"(?:\s*[A-Za-zµμ%°][A-Za-zµμ%°/]*)?$"
_DECIMAL = (
    r"^[+-]?(?:[1-9]\d{{0,2}}(?:{other}\d{{3}})+{mark}\d+|0{mark}\d+|\d{{4,}}{mark}\d+|\d+{mark}(?:\d{{1,2}}|\d{{4,}}))"
)
_COMMAS = _DECIMAL.format(mark=",", other=r"\.") + _UNIT
_POINTS = _DECIMAL.format(mark=r"\.", other=",") + _UNIT
_EITHER = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}" + _UNIT
_NUMBER = r"^[+-]?\d[\d.,]*" + _UNIT


class Marks(NamedTuple):
    """Whether the comma is the decimal sign of a file, and whether anything in it shows so."""

    comma: bool
    shown: bool


def marks_of(cells: pl.DataFrame, delimiter: str, declared: Decimal = "auto") -> Marks:
    """The decimal sign of a file of text cells, as `declared` or as its numbers and its delimiter say."""
    if declared != "auto":
        return Marks(declared == "comma", shown=True)
    commas, points = _any(cells, ",", _COMMAS), _any(cells, ".", _POINTS)
    if commas != points:
        return Marks(commas, shown=commas or delimiter != ";")
    return Marks(delimiter == ";", shown=False)


def _any(cells: pl.DataFrame, mark: str, pattern: str) -> bool:
    marked = (cells[name].filter(cells[name].str.contains(mark, literal=True)) for name in cells.columns)
    return any(bool(some.str.contains(pattern).any()) for some in marked if len(some))


def doubtful_marks(table: Table, columns: list[str]) -> list[Finding]:
    """What to tell of columns whose numbers may be a thousand times smaller or larger than they were read."""
    if table.decimal_shown:
        return []
    told = (_doubt(table, name, table.cells[name]) for name in columns)
    return [finding for finding in told if finding is not None]


def _doubt(table: Table, name: str, cells: pl.Series) -> Finding | None:
    marked = cells.str.contains(r"[.,]").fill_null(value=False)
    either = cells.str.contains(_EITHER).fill_null(value=False)
    known = cells.drop_nulls()
    if not either.any() or (marked != either).any() or not known.str.contains(_NUMBER).all():
        return None
    at = either.arg_max() or 0
    read = numbers_of(cells, table.lines, table.name, comma_decimal=table.comma_decimal, amounts=True).value[at]
    sentence = (
        f"The numbers of '{name}' may be decimals or thousands: '{cells[at]}' in line {table.lines[at]} was read as "
        f"{read:g}. If that is wrong, write `decimal: {'point' if table.comma_decimal else 'comma'}` for {table.name} "
        "at ingest.sources in params.yaml."
    )
    counts = {"column": name, "cells": int(either.sum()), "first_line": int(table.lines[at])}
    return Finding(kind="assumed", severity="warning", where=table.name, sentence=sentence, counts=counts)
