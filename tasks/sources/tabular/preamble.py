"""Lines of free text that some programs write above the header of a table."""

import csv
import re
from collections import Counter
from itertools import pairwise

LOOKED = 20
"""How many lines may stand above a header."""
_BELOW = 30
_FEWEST_ROWS = 2
_LONGEST = 100_000
_VALUE = re.compile(r"^\W*\d")


def above_header(text: str, delimiters: str) -> tuple[list[str], str]:
    """The lines above the header, and the rest of the text; nothing stands above it where the first line fits the rows.

    A header below other lines must be clear: no cell of it is empty, repeated or begins with a digit, every line above
    it has fewer cells, and all rows below it have as many cells as itself, some of which begin with a digit.
    """
    lines = text.splitlines(keepends=True)
    head = lines[: LOOKED + _BELOW]
    if any(len(line) > _LONGEST for line in head):
        return [], text
    found: list[tuple[int, int]] = []
    for delimiter in delimiters:
        rows = [_cells(line, delimiter) for line in head]
        widths = [len(row) for row in rows if row]
        if widths and widths[0] > 1 and widths[0] == Counter(widths).most_common(1)[0][0]:
            return [], text
        at = _clear_header(rows)
        found += [] if at is None else [(len(rows[at]), at)]
    if not found:
        return [], text
    _, above = max(found)
    return [line.strip() for line in lines[:above]], "".join(lines[above:])


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line; none of a line without any text."""
    row = next(csv.reader([line], delimiter=delimiter), [])
    return [cell.strip() for cell in row] if any(cell.strip() for cell in row) else []


def _clear_header(rows: list[list[str]]) -> int | None:
    filled = [at for at, row in enumerate(rows) if row]
    for before, at in pairwise(filled[: LOOKED + 1]):
        header = rows[at]
        above = [len(rows[n]) for n in filled if n <= before]
        below = [rows[n] for n in filled if n > at]
        if (
            len(header) > max(above)
            and len(below) >= _FEWEST_ROWS
            and all(len(row) == len(header) for row in below)
            and all(header)
            and len(set(header)) == len(header)
            and not any(_VALUE.match(cell) for cell in header)
            and any(_VALUE.match(cell) for row in below for cell in row)
        ):
            return at
    return None
