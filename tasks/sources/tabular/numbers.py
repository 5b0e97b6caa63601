"""Written numbers and amounts: decimal commas, thousands signs, units behind the number, units in headers."""

import re
from typing import NamedTuple

import polars as pl

from schemas.errors import StudyError

_PLAIN = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_THOUSANDS = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$"
_POINTS = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$"
_COMMA = r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+$"
_SMALLEST, _LARGEST = 1e-60, 1e60
_INFINITE = r"(?i)^[+-]?inf(inity)?$"
_AMOUNT = r"^([+-]?[\d.,]*\d(?:[eE][+-]?\d+)?)\s*([A-Za-zµμ%°][A-Za-z0-9µμ%°/^.]*)?$"
_HEADER_UNIT = re.compile(r"^(?P<name>.*\S)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]$")
_SCALE = re.compile(r"^-?\d+\s*(?:-|–|to|\.\.)\s*-?\d+$")
_SAME_UNIT = {"μ": "µ", "mcg": "µg", "ug": "µg", "min.": "min", "hrs": "h", "hr": "h", "hours": "h", "hour": "h",
    "lbs": "lb"}  # fmt: skip
_PLAIN_UNITS = {"bpm", "rpm", "mmhg", "kcal", "cal", "kj", "iu", "w", "steps", "lb", "lbs", "oz", "mi", "hz", "db"}
_FACTORS = {
    "µg": ("mass", 1e-6), "mg": ("mass", 1e-3), "g": ("mass", 1.0), "kg": ("mass", 1e3),
    "lb": ("mass", 453.59237), "oz": ("mass", 28.349523125),
    "ml": ("volume", 1e-3), "cl": ("volume", 1e-2), "dl": ("volume", 0.1), "l": ("volume", 1.0),
    "s": ("time", 1.0), "min": ("time", 60.0), "h": ("time", 3600.0),
    "ms": ("time", 1e-3), "mm": ("length", 1e-3), "cm": ("length", 1e-2), "m": ("length", 1.0), "km": ("length", 1e3),
    "in": ("length", 0.0254), "ft": ("length", 0.3048), "mi": ("length", 1609.344),
    "kcal": ("energy", 4184.0), "kj": ("energy", 1000.0),
}  # fmt: skip


class Numbers(NamedTuple):
    """Cells as numbers with their units; both null where the cell is missing or no number."""

    value: pl.Series
    unit: pl.Series


def header_parts(header: str) -> tuple[str, str | None]:
    """`glucose (mg/dL)` gives `glucose` and `mg/dL`; a scale such as `(1-5)` gives the unit `points`."""
    match = _HEADER_UNIT.match(header)
    if match is None:
        return header, None
    unit = match["unit"].strip()
    return match["name"], "points" if _SCALE.match(unit) else unit


def numbers_of(cells: pl.Series, lines: pl.Series, where: str, *, comma_decimal: bool, amounts: bool) -> Numbers:
    """Read cells as numbers.

    Args:
        cells: text, null where missing.
        lines: line of the file for every cell.
        where: `file:{line}` pattern's file, for messages.
        comma_decimal: whether `1,234` means 1.234, and `1.234` means 1234, when nothing in the column decides.
        amounts: whether a unit may stand behind the number.

    Raises:
        StudyError: an infinite value, or one so large or small that arithmetic fails.
    """
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.String})
    split = frame.select(
        number=pl.col("cell").str.extract(_AMOUNT, 1) if amounts else pl.col("cell"),
        unit=pl.col("cell").str.extract(_AMOUNT, 2) if amounts else pl.lit(None, dtype=pl.String),
    )
    text = split["number"]
    comma = _comma_is_decimal(text, comma_decimal)
    pointed = text.str.contains(_POINTS) & _points_are_thousands(text, comma=comma, default=comma_decimal)
    without = text.str.replace_all(".", "", literal=True)
    marks = {
        "pointed": pointed,
        "plain": text.str.contains(_PLAIN),
        "marked": text.str.contains(_COMMA if comma else _THOUSANDS),
        "without": without,
        "other": (without if comma else text).str.replace_all(",", "." if comma else "", literal=True),
    }
    chosen = pl.when("pointed").then("without").when("plain").then("text").when("marked").then("other").otherwise(None)
    value = pl.DataFrame({"text": text, **marks}).select(chosen.cast(pl.Float64, strict=False)).to_series()
    _refuse_unusable(cells, value, lines, where)
    unit = pl.DataFrame({"unit": split["unit"], "value": value}).select(
        pl.when(pl.col("value").is_not_null()).then(pl.col("unit").replace(_SAME_UNIT))
    )
    return Numbers(value, unit.to_series())


def _comma_is_decimal(text: pl.Series, default: bool) -> bool:
    known = text.drop_nulls()
    commas = known.filter(known.str.contains(",", literal=True))
    if commas.is_empty() or not commas.str.contains(_COMMA).all():
        return False
    if not commas.str.contains(_THOUSANDS).all():
        return True
    return default and not known.str.contains(r"^[+-]?\d+\.\d+$").any()


def _points_are_thousands(text: pl.Series, *, comma: bool, default: bool) -> bool:
    """Whether every number with points and without commas has them before groups of three digits, as `8.055` has.

    Two points in one number decide; else a decimal comma in the same column, or `default`.
    """
    marked = text.drop_nulls()
    marked = marked.filter(marked.str.contains(".", literal=True))
    commas = marked.str.contains(",", literal=True)
    pointed = marked.filter(~commas)
    if pointed.is_empty() or not pointed.str.contains(_POINTS).all():
        return False
    twice = bool(pointed.str.contains(r"\..*\.").any())
    return twice or comma or (default and not text.str.contains(",", literal=True).any())


def _refuse_unusable(cells: pl.Series, value: pl.Series, lines: pl.Series, where: str) -> None:
    infinite = (cells.str.contains(_INFINITE) | value.is_infinite().fill_null(value=False)).fill_null(value=False)
    if infinite.any():
        at = infinite.arg_max() or 0
        raise StudyError(
            "a finite number or an empty cell",
            f"'{cells[at]}'",
            f"{where}:{lines[at]}",
            "empty the cell if it is unknown",
        )
    size = value.abs()
    absurd = ((size > _LARGEST) | ((size > 0) & (size < _SMALLEST))).fill_null(value=False)
    if absurd.any():
        at = absurd.arg_max() or 0
        expected = f"a number between {_SMALLEST:g} and {_LARGEST:g} in size, or zero"
        raise StudyError(expected, f"'{cells[at]}'", f"{where}:{lines[at]}", "change the unit, or empty the cell")


def is_unit(text: str) -> bool:
    """Whether a word behind a number is a unit of measurement (`5 mg`, `60 bpm`), not just any word (`5 May`)."""
    word = _SAME_UNIT.get(text.lower(), text.lower())
    return word in _PLAIN_UNITS or word in _FACTORS or any(mark in text for mark in "%°/")


def factor_between(unit: str, target: str) -> float | None:
    """What a value in `unit` is multiplied with to stand in `target`; None when the two do not convert."""
    if unit == target:
        return 1.0
    one, two = (_FACTORS.get(_SAME_UNIT.get(name.lower(), name.lower())) for name in (unit, target))
    if one is None or two is None or one[0] != two[0]:
        return None
    return one[1] / two[1]
