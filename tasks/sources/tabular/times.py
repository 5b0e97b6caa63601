"""Written dates and times into local clock, offset and precision."""

import re
from typing import NamedTuple

import polars as pl

from schemas.errors import StudyError
from tasks.sources.tabular.dateshapes import NUMERIC, SHAPES, SHORT_YEAR, shapes_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = (
    "year", "month", "day", "first", "second_part", "name", "hour", "minute", "second", "fraction", "half", "zone",
)  # fmt: skip
_FARTHEST_OFFSET = 18 * 60
_NUMBERS = re.compile(r"\d{1,2}(\D)\d{1,2}(\D)(\d{2}|\d{4})(?:([ T])\d{1,2}:\d\d(:\d\d)?)?")


class Moments(NamedTuple):
    """Times of the rows of one column: null where unreadable or missing."""

    local: pl.Series
    offset: pl.Series
    date_only: pl.Series


def moments_of(
    cells: pl.Series, lines: pl.Series, where: str, date_format: str | None = None, order: str | None = None
) -> Moments:
    """Read one column of times.

    Args:
        cells: text, null where missing.
        lines: line of the file for every cell, for messages.
        where: `file, column`, for messages.
        date_format: the format declared for the file, in strftime letters.
        order: `day_first` or `month_first` where the kind of file decides it.

    Raises:
        StudyError: two formats in one column, or an order of day and month that the values cannot decide.
    """
    if date_format is not None:
        return _declared(cells, lines, where, date_format)
    shapes = shapes_of(cells)
    _refuse_two_formats(cells, shapes, lines, where)
    frame = pl.DataFrame({"cell": cells}).with_columns(*(pl.lit(None, dtype=pl.String).alias(part) for part in _PARTS))
    label = shapes.drop_nulls()
    if label.is_empty():
        return _assembled(frame, "day_first")
    for template, pattern in SHAPES.items():
        if cells.str.contains(pattern).any():
            groups = pl.col("cell").str.extract_groups(pattern)
            found = [part for part in _PARTS if f"<{part}>" in pattern]
            frame = frame.with_columns(*(groups.struct.field(part).alias(part) for part in found))
            if template == SHORT_YEAR:
                _refuse_year_first(frame, where)
            decided = order or (_order(frame, lines, where) if template in NUMERIC else "day_first")
            return _assembled(frame, decided)
    return _assembled(frame, "day_first")


def _refuse_two_formats(cells: pl.Series, shapes: pl.Series, lines: pl.Series, where: str) -> None:
    kinds = shapes.drop_nulls().unique(maintain_order=True).to_list()
    if len(kinds) > 1:
        seen = [(kind, (shapes == kind).fill_null(value=False).arg_max() or 0) for kind in kinds[:2]]
        told = " and ".join(f"'{cells[at]}' ({kind}) in line {lines[at]}" for kind, at in seen)
        raise StudyError("one format of dates in a column", told, where, "write all dates as YYYY-MM-DD")


def _refuse_year_first(frame: pl.DataFrame, where: str) -> None:
    """`24-Jan-05` may be the fifth of January as well, if the first number hardly changes and the last one does."""
    if frame["day"].n_unique() <= 2 < frame["year"].n_unique():
        example = frame["cell"].drop_nulls()[0]
        raise StudyError(
            "dates whose day and year can be told apart", f"'{example}' and the like", where, _fix(example)
        )


def _fix(example: str) -> str:
    """What to write down, with a format that fits the example if its day comes first."""
    match = _NUMBERS.fullmatch(example.strip())
    if match is None:
        form = "%d/%m/%Y %H:%M" if ":" in example else "%d/%m/%Y"
    else:
        year = "%Y" if len(match[3]) == 4 else "%y"
        form = f"%d{match[1]}%m{match[2]}{year}"
        form += "" if match[4] is None else f"{match[4]}%H:%M{':%S' if match[5] else ''}"
    return f"write `date_format: '{form}'` (or what it is) for this file at ingest.sources in params.yaml"


def _order(frame: pl.DataFrame, lines: pl.Series, where: str) -> str:
    first, second = frame["first"].cast(pl.Int32), frame["second_part"].cast(pl.Int32)
    if (first > 12).any() and (second > 12).any():
        one, two = (
            (first > 12).fill_null(value=False).arg_max() or 0,
            (second > 12).fill_null(value=False).arg_max() or 0,
        )
        told = f"'{frame['cell'][one]}' in line {lines[one]} and '{frame['cell'][two]}' in line {lines[two]}"
        raise StudyError("one order of day and month", told, where, _fix(frame["cell"][one]))
    year_first = frame["year"].str.len_chars().max() == 2 and first.n_unique() <= 2 < frame["year"].n_unique()
    if year_first or not ((first > 12).any() or (second > 12).any()):
        example = frame["cell"].drop_nulls()[0]
        got = f"'{example}' and the like"
        raise StudyError("dates whose day and month can be told apart", got, where, _fix(example))
    return "day_first" if (first > 12).any() else "month_first"


def _assembled(frame: pl.DataFrame, order: str) -> Moments:
    day, month = ("first", "second_part") if order == "day_first" else ("second_part", "first")
    number = (
        pl.col("name")
        .str.to_lowercase()
        .str.slice(0, 3)
        .replace_strict(dict(zip(_MONTHS, map(str, range(1, 13)), strict=True)), default=None, return_dtype=pl.String)
    )
    hour = pl.col("hour").cast(pl.Int32)
    half = pl.col("half").str.to_lowercase()
    clock = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour).fill_null(0)
    century = pl.when(pl.col("year").cast(pl.Int32) < 70).then(pl.lit("20")).otherwise(pl.lit("19"))
    year = pl.when(pl.col("year").str.len_chars() == 2).then(century + pl.col("year")).otherwise(pl.col("year"))
    written = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        year,
        pl.coalesce("month", number, month).str.zfill(2),
        pl.coalesce("day", day).str.zfill(2),
        clock.cast(pl.String).str.zfill(2),
        pl.col("minute").fill_null("00"),
        pl.col("second").fill_null("00"),
        pl.col("fraction").fill_null("0").str.pad_end(6, "0").str.slice(0, 6),
    )
    offset = _offset_minutes(pl.col("zone"))
    local = written.str.to_datetime("%Y-%m-%d %H:%M:%S.%6f", time_unit="us", strict=False)
    made = frame.select(
        local=pl.when(offset.is_null() | (offset.abs() <= _FARTHEST_OFFSET)).then(local),
        offset=pl.when(offset.abs() <= _FARTHEST_OFFSET).then(offset),
        date_only=pl.col("hour").is_null(),
    )
    return Moments(made["local"], made["offset"], made["date_only"])


def _offset_minutes(zone: pl.Expr) -> pl.Expr:
    pattern = r"([+-])(\d{1,2}):?(\d{2})?$"
    minutes = zone.str.extract(pattern, 2).cast(pl.Int32) * 60 + zone.str.extract(pattern, 3).cast(pl.Int32).fill_null(
        0
    )
    signed = pl.when(zone.str.extract(pattern, 1) == "-").then(-minutes).otherwise(minutes)
    return pl.when(zone.str.to_uppercase().is_in(["Z", "UTC", "GMT"])).then(0).otherwise(signed).cast(pl.Int32)


def _declared(cells: pl.Series, lines: pl.Series, where: str, date_format: str) -> Moments:
    has_clock = any(code in date_format for code in ("%H", "%I", "%T", "%R", "%s"))
    has_zone = any(code in date_format for code in ("%z", "%:z", "%#z"))
    try:
        if not has_clock:
            local = cells.str.to_date(date_format, strict=False).cast(pl.Datetime("us"))
        elif has_zone:
            local = cells.str.to_datetime(date_format, strict=False, time_zone="UTC").dt.replace_time_zone(None)
        else:
            local = cells.str.to_datetime(date_format, strict=False, time_unit="us")
    except pl.exceptions.PolarsError as error:
        raise StudyError("a date format such as %d/%m/%Y", f"'{date_format}' ({error})", where) from None
    bad = local.is_null() & cells.is_not_null()
    if bad.all():
        raise StudyError(f"dates written as {date_format}", f"'{cells[0]}'", f"{where}, line {lines[0]}")
    zero = pl.Series([0 if has_zone else None] * len(cells), dtype=pl.Int32)
    return Moments(local.cast(pl.Datetime("us")), zero, pl.Series([not has_clock] * len(cells), dtype=pl.Boolean))
