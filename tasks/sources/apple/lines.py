"""The fast reader: an export writes one element per line, so that a table reader splits it at the quotes.

In `<Record type="A" value="1"/>` every other cell between quotes is a value, for XML escapes quotes inside values.
Whatever does not look like that, down to one line, sends its piece to the XML parser instead (`elements.py`).
"""

import re

import polars as pl

from tasks.sources.apple.batch import ATTRIBUTES, RECORD_COLUMNS, Batch, Element
from tasks.sources.apple.stream import Piece

_CELLS = 20
_NAMES = [f"c{n}" for n in range(_CELLS)]
_EVEN = _NAMES[2::2]
_SCHEMA = dict.fromkeys(_NAMES, pl.String)
_HEAD = re.compile(r"^[ \t]*(?:<(?P<tag>[A-Za-z]\w*)(?: (?P<first>\w+)=|/?>)?|</\w+>)?[ \t]*\r?$")
_NEXT = re.compile(r"^ (\w+)=$")
_CLOSED = re.compile(r"^\s*/?>\s*$")
_ALONE = (b"<Workout ", b"<ActivitySummary ")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def by_lines(piece: Piece) -> Batch | None:
    """Read a piece of the file line by line; None when it is not written that way."""
    content = piece.text()
    if not content or content.isspace():
        return Batch.empty()
    if b"\0" in content or b"\t" in content or content.count(b"\r") != content.count(b"\r\n"):
        return None  # inside a value a tab or a lone carriage return means a blank
    try:
        table = pl.read_csv(
            content, separator='"', quote_char=None, has_header=False, schema=_SCHEMA, infer_schema=False,
            truncate_ragged_lines=True, missing_columns="insert", extra_columns="ignore",
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return None
    heads = _heads(table)
    if heads is None or table.height != piece.lines + (not content.endswith(b"\n")):
        return None
    if int(table["c0"].str.contains("<", literal=True).sum()) != content.count(b"<"):
        return None  # several elements on one line
    records = _records(table.with_row_index("row"), {h: m["first"] for h, m in heads.items() if m["tag"] == "Record"})
    if records is None:
        return None
    frame = records.select(*RECORD_COLUMNS, line=(pl.col("row") + piece.line).cast(pl.Int32))
    marks = [mark for mark in _ALONE if mark[1:-1].decode() in {match["tag"] for match in heads.values()}]
    return Batch(_unescaped(frame), elements_of(content, piece.line, marks))


def _heads(table: pl.DataFrame) -> dict[str, re.Match[str]] | None:
    """What stands before the first quote of a line, understood; None when any of it is not as expected."""
    cells = [cell or "" for cell in table["c0"].unique().to_list()]
    heads = {cell: match for cell in cells if (match := _HEAD.match(cell))}
    return heads if len(heads) == len(cells) else None


def _records(table: pl.DataFrame, heads: dict[str, str | None]) -> pl.DataFrame | None:
    """The lines of records as columns of attributes; None when any line is not as expected."""
    if None in heads.values():
        return None
    rows = table.filter(pl.col("c0").is_in(list(heads)))
    parts, unclosed = [], 0
    while rows.height:
        shape = rows.select("c0", *_EVEN).row(0)
        names = _attributes(str(heads[shape[0]]), shape[1:])
        if names is None:
            return None
        same = [_same(column, cell) for column, cell in zip(("c0", *_EVEN), shape, strict=True)]
        alike = rows.select(pl.all_horizontal(same)).to_series()
        mine, rows = (rows, rows.clear()) if alike.all() else (rows.filter(alike), rows.filter(~alike))
        unclosed += mine.height * (not str(shape[len(names)]).strip().startswith("/"))
        where = {name: f"c{2 * position + 1}" for position, name in enumerate(names)}
        parts.append(mine.select("row", *(_value(where.get(name)).alias(name) for name in RECORD_COLUMNS)))
    if unclosed != _closed(table):
        return None
    empty = pl.DataFrame(schema={"row": pl.UInt32, **dict.fromkeys(RECORD_COLUMNS, pl.String)})
    return pl.concat(parts) if parts else empty


def _closed(table: pl.DataFrame) -> int:
    """How many lines close a record."""
    cells = [cell for cell in table["c0"].unique().to_list() if cell and cell.strip() == "</Record>"]
    return int(table["c0"].is_in(cells).sum())


def _same(column: str, cell: str | None) -> pl.Expr:
    return pl.col(column).is_null() if cell is None else pl.col(column) == cell


def _value(column: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.String) if column is None else pl.col(column)


def _attributes(first: str, cells: tuple[str | None, ...]) -> list[str] | None:
    """Names of the attributes in order, if every cell between two values is ` name=` and the last one closes."""
    names = [first]
    for position, cell in enumerate(cells):
        if cell is None:
            return None
        if _CLOSED.match(cell):
            rest = cells[position + 1 :]
            known = set(names) <= ATTRIBUTES and len(names) == len(set(names))
            return names if known and not any(rest) else None
        match = _NEXT.match(cell)
        if match is None:
            return None
        names.append(match[1])
    return None


def _unescaped(frame: pl.DataFrame) -> pl.DataFrame:
    escaped = [name for name in RECORD_COLUMNS if frame[name].str.contains("&", literal=True).any()]
    return frame.with_columns(
        frame[name].replace({cell: plain(cell) for cell in frame[name].unique().drop_nulls().to_list() if "&" in cell})
        for name in escaped
    )


def plain(cell: str) -> str:
    """Resolve the five named and the numbered character references of XML."""
    named = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return named.get(match[1], match[0])
        return chr(int(match[2]) if match[2] else int(match[3], 16))

    return re.sub(r"&(?:(\w+)|#(\d{1,6})|#x([0-9A-Fa-f]{1,5}));", one, cell)


def elements_of(content: bytes, first_line: int, marks: list[bytes]) -> tuple[Element, ...]:
    """The elements whose lines begin with one of `marks`, with their attributes, in the order of the file."""
    found = []
    for mark in marks:
        at = content.find(mark)
        line, counted = first_line, 0
        while at >= 0:
            end = content.find(b"\n", at)
            end = len(content) if end < 0 else end
            line += content.count(b"\n", counted, at)
            counted = at
            text = content[at:end].decode("utf-8", errors="replace")
            attributes = {name: plain(value) for name, value in _ATTRIBUTE.findall(text)}
            found.append(Element(mark[1:-1].decode(), attributes, line))
            at = content.find(mark, end)
    return tuple(sorted(found, key=lambda element: element.line))
