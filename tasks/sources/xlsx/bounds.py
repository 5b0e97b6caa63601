"""A workbook before a library believes it: what it declares, and what its parts would hold in memory."""

import zipfile
from typing import IO, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

from schemas.errors import StudyError

_CHUNK, _MOST_BYTES, _MOST_PARTS = 1 << 16, 256 << 20, 10_000
_RATIO, _RATIO_FROM = 400, 16 << 20
MOST_ROWS = 1_048_576
CSV = "save the sheet as CSV"
_MOST_HELD, _MOST_ELEMENTS = 4 << 20, 20_000_000
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Packings that are unpacked piece by piece, by `zipfile` never further than declared."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PASSING = {_MAIN + "row", _MAIN + "si"}
"""What is read one at a time and then let go."""


class Untold(NamedTuple):
    """What the library does not tell of a sheet: formulas without a stored result, last rows of merged ranges."""

    uncomputed: int
    merged: list[int]


def parts_of(stream: IO[bytes], name: str) -> dict[str, Untold]:
    """Look through every part of the workbook called `name`.

    Raises:
        StudyError: one has a password, defines entities, or holds more than a table of a person does.
    """
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
        for entry in entries:
            if entry.flag_bits & 1:
                raise StudyError("a workbook without a password", "an encrypted one", name)
            if entry.compress_type not in _BOUNDED:
                raise StudyError("parts that are stored or deflated", f"packing {entry.compress_type}", name, CSV)
            if _RATIO_FROM < entry.file_size > _RATIO * entry.compress_size:
                got = f"one that grows from {entry.compress_size} to {entry.file_size} bytes"
                raise StudyError(f"parts that unpack to at most {_RATIO} times their size", got, name, CSV)
        if (size := sum(entry.file_size for entry in entries)) > _MOST_BYTES or len(entries) > _MOST_PARTS:
            expected = f"a workbook of at most {_MOST_BYTES >> 20} MB in {_MOST_PARTS} parts"
            raise StudyError(expected, f"one that grows to {size >> 20} MB in {len(entries)}", name, CSV)
        return {entry.filename: _Scan(name).run(archive, entry) for entry in entries}


class _Scan:
    """Hears the elements of one part; where it is no XML, nobody else can read on either."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._begun, self._let_go, self._rows, self._elements = -1, 0, 0, 0
        self._formula, self._uncomputed, self._merged = False, 0, list[int]()
        self._parser = ParserCreate(namespace_separator="}")
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.EntityDeclHandler = self._refuse_entities

    def run(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Untold:
        fed = 0
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                fed += len(chunk)
                try:
                    self._parser.Parse(chunk, False)
                except (ExpatError, LookupError, ValueError):
                    break
                if fed - self._let_go > _MOST_HELD or self._rows > MOST_ROWS or self._elements > _MOST_ELEMENTS:
                    expected = f"{MOST_ROWS} rows, {_MOST_ELEMENTS} elements, {_MOST_HELD >> 20} MB in one row at most"
                    raise StudyError(expected, f"more in '{entry.filename[:80]}'", self._name, CSV)
        return Untold(self._uncomputed, self._merged)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1 + len(attributes)
        if tag in _PASSING:
            if self._begun >= 0:
                raise StudyError("rows one below the other", "a row inside a row", self._name, CSV)
            self._begun = self._parser.CurrentByteIndex
        elif tag == _MAIN + "f":
            self._formula = True
        elif tag == _MAIN + "v" and self._formula:
            self._parser.CharacterDataHandler = self._computed
        elif tag == _MAIN + "mergeCell":
            last = "".join(sign for sign in attributes.get("ref", "").rpartition(":")[2] if sign in "0123456789")
            self._merged.append(int(last[:9] or 0))

    def _end(self, tag: str) -> None:
        if tag in _PASSING:
            self._let_go += self._parser.CurrentByteIndex - self._begun + len("</row>")
            self._begun, self._rows = -1, self._rows + 1
        elif tag == _MAIN + "c" and self._formula:
            self._uncomputed += 1
            self._computed("")

    def _computed(self, _: str) -> None:
        self._formula, self._parser.CharacterDataHandler = False, None

    def _refuse_entities(self, *_: object) -> None:
        expected = "a workbook as spreadsheet programs write it"
        raise StudyError(expected, "one that defines XML entities", self._name, "do not trust this file")
