"""Delimited text files as tables: encoding, separator, rows; quotes as in RFC 4180."""

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path

from schemas.errors import StudyError
from tasks.sources.tabular.marks import Decimal, marks_of
from tasks.sources.tabular.preamble import LOOKED, above_header
from tasks.sources.tabular.table import MOST_COLUMNS, Table, refuse_too_wide, table_of

DELIMITERS = ",;\t|"
"""Signs that may stand between cells."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SNIFFED_LINES = 50
_CELL_LIMIT = 1_000_000
_HEAD = 1 << 20
_SHOWN = 60
_NAMED_DELIMITER = re.compile(r'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)
"""What Excel writes above a table."""


def read_table(path: Path, name: str, skip: int = 0, decimal: Decimal = "auto") -> Table:
    """The file as text cells.

    Args:
        path: the file.
        name: its name for messages.
        skip: lines before the header.
        decimal: the declared decimal sign.

    Raises:
        StudyError: empty, not text, one column only, rows of unequal length.
    """
    _refuse_endless_header(path, name)
    content = path.read_bytes()
    if not content.strip():
        raise StudyError("a table with a header and rows", "an empty file", name)
    text, encoding = decoded(name, content)
    return table_of_text(text, name, skip, decimal)._replace(encoding=encoding)


def table_of_text(
    text: str, name: str, skip: int = 0, decimal: Decimal = "auto", delimiters: str = DELIMITERS
) -> Table:
    """Lines of cells as text cells.

    Args:
        text: the lines.
        name: the file's name for messages.
        skip: lines before the header.
        decimal: the declared decimal sign.
        delimiters: the signs that may stand between cells.

    Raises:
        StudyError: empty, one column only, rows of unequal length.
    """
    text = "".join(text.splitlines(keepends=True)[skip:]) if skip else text
    named = _NAMED_DELIMITER.match(text)
    text, skip = (text[named.end() :], skip + 1) if named else (text, skip)
    if not text.strip():
        raise StudyError("a table with a header and rows", "an empty file", name)
    above, text = ([], text) if named or skip else above_header(text, delimiters)
    skip += len(above)
    delimiter = named[1] if named else delimiter_of(text, delimiters)
    if delimiter is None and any(len(line) > _CELL_LIMIT for line in text.splitlines()[:_SNIFFED_LINES]):
        raise StudyError(f"cells of at most {_CELL_LIMIT} characters", "a longer one", f"{name}:1")
    if delimiter is None:
        first = text.strip().splitlines()[0][:80]
        raise StudyError(
            "columns separated by comma, semicolon, tab or bar",
            f"a single column: '{first}'",
            f"{name}:1",
            f"save the table with one of these separators; its header was looked for in the first {LOOKED} lines, so "
            "delete whatever else stands above it",
        )
    header, rows, lines = _rows(name, text, delimiter, skip)
    refuse_too_wide(name, header)
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in header]
    table = table_of(name, header, columns, lines)
    marks = marks_of(table.cells, delimiter, decimal)
    return table._replace(comma_decimal=marks.comma, decimal_shown=marks.shown, above=tuple(above))


def _refuse_endless_header(path: Path, name: str) -> None:
    """A first line of a megabyte of separators is refused before the file is held in memory."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    marks = max(head.count(mark.encode()) for mark in DELIMITERS)
    if len(head) == _HEAD and b"\n" not in head and b"\r" not in head and marks > MOST_COLUMNS:
        raise StudyError(f"at most {MOST_COLUMNS} columns", f"more than {marks}", f"{name}:1")


def decoded(name: str, content: bytes) -> tuple[str, str | None]:
    """Text and, unless it was plain UTF-8, a word on the encoding.

    Raises:
        StudyError: the bytes are not text.
    """
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return content.decode("utf-32", errors="replace"), "UTF-32"
    if content.startswith(_UTF16):
        return content.decode("utf-16", errors="replace"), "UTF-16"
    if b"\0" in content:
        raise StudyError("a text table (CSV, TSV)", "binary content", name, "export the data as CSV or Parquet")
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        if error.end >= len(content) - 3 and error.reason == "unexpected end of data":
            return content[: error.start].decode("utf-8-sig"), None
    text = content.decode("latin-1")
    odd = sum(1 for character in text if not character.isprintable() and character not in "\r\n\t")
    if odd > len(text) / 200:
        raise StudyError("a text table (CSV, TSV)", "binary content", name, "export the data as CSV or Parquet")
    return text, "Latin-1"


def delimiter_of(text: str, delimiters: str = DELIMITERS) -> str | None:
    """The separator that cuts the first lines into the same number (two or more) of cells most often."""
    lines = [line for line in text.splitlines()[:_SNIFFED_LINES] if line.strip()]
    best: tuple[float, int, str] | None = None
    for delimiter in delimiters:
        widths = _widths(lines, delimiter)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        header = next(iter(_widths(lines[:1], delimiter)), 0)
        if width >= 2 and header >= 2:
            score = (count / len(lines) + (header == width), width, delimiter)
            best = score if best is None or score[:2] > best[:2] else best
    return best[2] if best else None


def _widths(lines: list[str], delimiter: str) -> Counter[int]:
    """How often lines have so many cells; nothing when a cell is longer than any cell may be."""
    csv.field_size_limit(_CELL_LIMIT)
    try:
        return Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return Counter()


def _rows(name: str, text: str, delimiter: str, skip: int) -> tuple[list[str], list[list[str]], list[int]]:
    csv.field_size_limit(_CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = row
                continue
            cells = row[: len(header)] + [""] * (len(header) - len(row))
            if any(cell.strip() for cell in row[len(header) :]):
                raise _longer_row(name, header, row, delimiter, reader.line_num + skip)
            rows.append(cells)
            lines.append(reader.line_num + skip)
    except csv.Error as error:
        raise StudyError("a readable table", str(error), f"{name}:{reader.line_num + skip}") from None
    return header, rows, lines


def _longer_row(name: str, header: list[str], row: list[str], delimiter: str, line: int) -> StudyError:
    first = delimiter.join(header)
    fix = (
        f"put cells that contain '{delimiter}' in quotes; '{first[:_SHOWN]}' was taken as the header, so if it stands "
        "further down, delete the lines above it"
    )
    return StudyError(f"{len(header)} cells as in the header", f"{len(row)}", f"{name}:{line}", fix)
