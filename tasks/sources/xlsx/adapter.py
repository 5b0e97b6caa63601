"""A workbook: the first sheet that holds a table, or the declared one, read by `openpyxl` row by row."""

import csv
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import Readings, Sample
from tasks.sources.tabular.preamble import LOOKED
from tasks.sources.tabular.table import MOST_COLUMNS
from tasks.sources.tabular.textfile import table_of_text
from tasks.sources.tabular.tidy import readings_of
from tasks.sources.xlsx.bounds import CSV, MOST_ROWS, Untold, parts_of
from tasks.sources.xlsx.seen import text_of

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_SUFFIXES = (".xlsx", ".xlsm")
_OLD = b"\xd0\xcf\x11\xe0"
_MOST_CELLS, _MOST_TEXT = 4_000_000, 100_000_000
_FEWEST = 2
_SHOWN, _LETTERS = 5, 40
type Rows = dict[int, list[str]]
"""Rows that hold anything by their numbers, each from the first column to its last text."""


class _Chosen(NamedTuple):
    name: str
    rows: Rows
    untold: Untold
    others: list[str]


class Xlsx:
    """Workbooks in the format of Excel since 2007."""

    name = "xlsx"

    def recognise(self, sample: Sample) -> float | None:
        """By suffix."""
        return 0.9 if Path(sample.name).suffix.lower() in _SUFFIXES else None

    def read(self, path: Path, source: Source) -> Readings:
        """Write the sheet as lines of text, then interpret them as those of any table.

        Raises:
            StudyError: no workbook that can be read, or none of its sheets holds a table.
        """
        try:
            with warnings.catch_warnings(action="ignore"):  # the library's, about what is of no use here
                chosen = _chosen(path, source)
        except StudyError:
            raise
        except Exception as error:  # noqa: BLE001 - there is no error that the library does not raise on damaged files
            got = f"a damaged one ({str(error.__cause__ or error)[:80] or type(error).__name__})"
            fix = f"open it in a spreadsheet program and save it again, or {CSV}"
            raise StudyError("a workbook that can be read", got, source.path, fix) from None
        table = table_of_text(_as_lines(chosen.rows, source.path), source.path, 0, source.decimal, "\t")
        readings = readings_of(table, source)
        return readings._replace(findings=(*_told(chosen, source.path, int(table.lines[0])), *readings.findings))


def _chosen(path: Path, source: Source) -> _Chosen:
    from openpyxl import load_workbook  # noqa: PLC0415 - a third of a second that only a workbook is worth

    with path.open("rb") as stream:
        if stream.read(len(_OLD)) == _OLD:
            fix = "save it without a password as .xlsx, or as CSV"
            raise StudyError("a workbook without a password", "an encrypted or an old one", source.path, fix)
        parts = parts_of(stream, source.path)
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheets = {s.title: s for s in book.worksheets if s.sheet_state == "visible" or s.title == source.sheet}
        names = ", ".join(name[:_LETTERS] for name in list(sheets)[:_SHOWN]) or "none"
        if source.sheet is not None and source.sheet not in sheets:
            where = f"params.yaml at ingest.sources (sheet) for {source.path}"
            raise StudyError(f"one of the sheets {names}", f"'{source.sheet}'", where)
        for name in [source.sheet] if source.sheet is not None else sheets:
            rows = _rows_of(sheets[name], source.path)
            if sum(sum(map(bool, row)) >= _FEWEST for row in rows.values()) >= _FEWEST:
                untold = parts[sheets[name]._worksheet_path]
                return _Chosen(name, rows, untold, [other for other in sheets if other != name])
    expected = "a sheet with a header and rows of two columns or more"
    fix = "save the workbook as .xlsx (not as Strict Open XML), or the sheet as CSV"
    raise StudyError(expected, f"{len(sheets)} without one ({names})", source.path, fix)


def _rows_of(sheet: "ReadOnlyWorksheet", name: str) -> Rows:
    sheet.reset_dimensions()
    rows: Rows = {}
    cells, size = 0, 0
    for at, row in enumerate(sheet.iter_rows(), 1):
        texts = [text_of(cell.value, cell.number_format) for cell in row]
        while texts and not texts[-1]:
            del texts[-1]
        if at > MOST_ROWS or len(texts) > MOST_COLUMNS:
            got = f"a cell in row {at}, column {len(texts)}"
            raise StudyError(f"at most {MOST_ROWS} rows and {MOST_COLUMNS} columns", got, name, CSV)
        cells, size = cells + len(texts), size + len(row) + sum(map(len, texts))
        if cells > _MOST_CELLS or size > _MOST_TEXT:
            raise StudyError(f"a sheet of at most {_MOST_CELLS} cells and {_MOST_TEXT} characters", "more", name, CSV)
        if texts:
            rows[at] = texts
    return rows


def _as_lines(rows: Rows, name: str) -> str:
    """One line per row of the sheet; rows below the first that fills all columns have as many cells as that."""
    left = min(next(n for n, cell in enumerate(row) if cell) for row in rows.values())
    last, width = max(rows), max(map(len, rows.values())) - left
    if len(rows) * width + last > 2 * _MOST_CELLS:
        got = f"{len(rows)} rows and {width} columns in {last} lines"
        raise StudyError(f"a sheet of at most {2 * _MOST_CELLS} cells", got, name, CSV)
    above = [at for at, row in list(rows.items())[: LOOKED + 1] if sum(map(bool, row)) == width]
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter="\t", lineterminator="\n")
    for at in range(1, last + 1):
        row = rows.get(at, [])[left:]
        writer.writerow(row + [""] * (width - len(row)) if row and (not above or at >= above[0]) else row)
    return sink.getvalue()


def _told(chosen: _Chosen, name: str, first: int) -> list[Finding]:
    """What reads otherwise than it looks; `first` is the row below the header."""
    shown = ", ".join(other[:_LETTERS] for other in chosen.others[:_SHOWN])
    others = f"{shown}, ..." if len(chosen.others) > _SHOWN else shown
    read = f"Of the workbook the sheet '{chosen.name[:_LETTERS]}' was read; to read another ({others}), write"
    merged = sum(row >= first for row in chosen.untold.merged)
    uncomputed = chosen.untold.uncomputed
    told = [
        (len(chosen.others), f"{read} `sheet: NAME` for {name} at ingest.sources in params.yaml."),
        (uncomputed, f"{uncomputed} formulas have no stored result and count as empty; open and save the file."),
        (merged, f"Of {merged} merged ranges only the first cell holds a value; the others count as empty."),
    ]
    return [
        Finding(kind="assumed", severity="note", where=name, sentence=sentence, counts={"found": count})
        for count, sentence in told
        if count
    ]
