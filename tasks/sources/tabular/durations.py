"""Columns of durations in words, such as `8h 31min`, `45 mins` or `1d 2h`.

All cells are read in one unit: the largest of hours, minutes and seconds that at least a fifth of them reaches.
"""

import polars as pl

from tasks.sources.tabular.clockcolumns import Clocked, assumed
from tasks.sources.tabular.numbers import Numbers
from tasks.sources.tabular.table import Table

_WORDS = {
    "d": r"days?|tag(?:e)?|d",
    "h": r"hours?|hrs?|stunden?|std|h",
    "min": r"minutes?|minuten|mins?|m",
    "s": r"seconds?|sekunden?|secs?|sek|s",
}
_BETWEEN = r"[\s,]*(?:(?:and|und)\s+)?"
_PARTS = [rf"(?:(?P<{unit}>\d{{1,9}}(?:[.,]\d+)?)\s*(?:{words})\.?{_BETWEEN})?" for unit, words in _WORDS.items()]
_WORDED = rf"(?i)^(?P<sign>[+-])?\s*{''.join(_PARTS)}$"
_CLOCK = r"^(?P<sign>[+-])?(?P<h>\d{1,3}):(?P<min>[0-5]\d):(?P<s>[0-5]\d)$"
_ZERO = r"^0+$"
_BROKEN_INSIDE = r"[.,]\d.*\D\d"
_METRES = r"(?i)^\S*\d\s*m$"
_SECONDS = {"d": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0}
_NAMES = {"h": "hours", "min": "minutes", "s": "seconds"}
_MOST, _SOME = 0.8, 0.2


def in_words(table: Table, name: str, plain: Numbers) -> Clocked | None:
    """A column of such cells as numbers; None if too few cells are durations, or all are numbers of one unit anyway.

    Args:
        table: the table.
        name: the column.
        plain: its cells as numbers, one unit behind each.
    """
    cells = table.cells[name]
    known = len(cells) - cells.null_count()
    if (plain.value.is_not_null() | cells.is_null()).all():
        return None
    parts = _parts(cells)
    seconds = parts["seconds"]
    unit = next(unit for unit in _NAMES if unit == "s" or int(parts[unit].sum()) >= _SOME * known)
    may_be_metres = unit != "h" and bool(cells.str.contains(_METRES).any()) and not parts["several"].any()
    if len(seconds) - seconds.null_count() < _MOST * known or not parts["worded"].any() or may_be_metres:
        return None
    other = "min" if unit == "h" else "h"
    advice = f"For another unit write `unit: {other}` for it at ingest.variables in params.yaml."
    return assumed(table, name, seconds / _SECONDS[unit], unit, f"as durations in {_NAMES[unit]}", advice)


def _parts(cells: pl.Series) -> pl.DataFrame:
    """Of every cell its seconds (null: no duration), whether it is in words of one unit or several, what it reaches."""
    cell = pl.col("cell")
    whole = pl.when(~cell.str.contains(_BROKEN_INSIDE)).then(cell)
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.String}).with_columns(
        words=whole.str.extract_groups(_WORDED), clock=cell.str.extract_groups(_CLOCK)
    )
    words, clock = pl.col("words").struct.field, pl.col("clock").struct.field
    part = {unit: words(unit).str.replace(",", ".", literal=True).cast(pl.Float64) for unit in _SECONDS}
    part |= {unit: pl.coalesce(part[unit], clock(unit).cast(pl.Float64)) for unit in ("h", "min", "s")}
    named = pl.sum_horizontal(words(unit).is_not_null() for unit in _SECONDS)
    number = pl.sum_horizontal(part[unit].fill_null(0) * seconds for unit, seconds in _SECONDS.items())
    signed = pl.when(pl.coalesce(words("sign"), clock("sign")) == "-").then(-number).otherwise(number)
    is_one = (named > 0) | clock("h").is_not_null()
    hours = part["d"].is_not_null() | part["h"].is_not_null()
    return frame.select(
        seconds=pl.when(is_one).then(signed).when(cell.str.contains(_ZERO)).then(0.0),
        worded=named > 0,
        several=named > 1,
        h=hours,
        min=hours | part["min"].is_not_null(),
    )
