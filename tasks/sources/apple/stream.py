"""The bytes of an export in pieces that begin and end between two elements below the root."""

import re
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple, NoReturn
from xml.parsers import expat

import numpy as np

from schemas.errors import StudyError

CHUNK = 24 << 20
_PROLOGUE = 1 << 20
_LINE_END = ord("\n")
_ROOT = b"<HealthData"
_BELOW_ROOT = re.compile(rb"\n <(?=[A-Za-z])")
_SUMMED = 400
_BLOCK = 1 << 18
_END = b"</HealthData>"
_AGAIN = "export the data again: Health app, picture, Export All Health Data"


class Piece(NamedTuple):
    """Some lines of the file: bytes, number of the first line, line ends, how far into the file they reach."""

    content: bytes | memoryview
    line: int
    lines: int
    done: int

    def text(self) -> bytes:
        """The bytes as an object that can be searched."""
        return bytes(self.content)


class Head(NamedTuple):
    """Where the content below the root starts, and whether lines of UTF-8 text follow."""

    at: int
    line: int
    by_lines: bool


def head_of(path: Path, name: str) -> Head:
    """Read the prologue with a real parser, which refuses entities.

    Raises:
        StudyError: no Apple Health export, or one that declares entities.
    """
    with path.open("rb") as stream:
        start = stream.read(_PROLOGUE)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Head(0, 1, by_lines=False)
    begin = start.find(_ROOT)
    end = start.find(b">", begin) + 1
    if begin < 0 or end == 0:
        raise StudyError("an Apple Health export with the element HealthData", "none in its beginning", name)
    parser = guarded(name)
    encodings: list[str | None] = []
    parser.XmlDeclHandler = lambda _version, encoding, _standalone: encodings.append(encoding)
    try:
        parser.Parse(start[:end], False)
    except (LookupError, ValueError) as error:
        raise StudyError("an encoding that is known", str(error)[:80], name, _AGAIN) from None
    except expat.ExpatError as error:
        raise StudyError("well-formed XML", str(error), f"{name}:{error.lineno}", _AGAIN) from None
    utf8 = (encodings[0] if encodings and encodings[0] else "utf-8").lower() in ("utf-8", "us-ascii")
    end += start[end : end + 2].find(b"\n") + 1
    return Head(end, start.count(b"\n", 0, end) + 1, by_lines=utf8)


def guarded(name: str) -> expat.XMLParserType:
    """A parser that refuses entity declarations and fetches nothing."""
    parser = expat.ParserCreate()

    def refuse(*declared: object) -> NoReturn:
        where = f"{name}:{parser.CurrentLineNumber}"
        raise StudyError("XML without entities of its own", f"'{declared[0]}'", where, "do not trust this file")

    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser


def pieces_of(
    path: Path, name: str, head: Head, chunk: int = CHUNK, *, by_content: bool = False
) -> Iterator[Piece | None]:
    """Consecutive pieces of the file, each read once; None when there is no line to cut at.

    With `by_content` the cut in the second half of a piece is where the checksum of the lines is least (content-defined
    chunking: Muthitacharoen, Chen & Mazieres 2001), so that the cuts fall in step again after lines were added.

    Raises:
        StudyError: the file ends before its root does.
    """
    at, line = head.at, head.line
    size = path.stat().st_size
    with path.open("rb") as stream:
        while at < size:
            end = _cut(stream, at, min(at + chunk, size), size)
            if end is None:
                yield None
                return
            content = _bytes_of(stream, at, end - at, chunk)
            if by_content and end < size:
                content = content[: _least(content, chunk // 2)]
                end = at + len(content)
            content = content[: _end_of(content, name)] if end == size else content
            lines = _line_ends(content)
            yield Piece(content, line, lines, end)
            line, at = line + lines, end


def _cut(stream: BufferedReader, begin: int, end: int, size: int) -> int | None:
    """After the last line end between `begin` and `end` that an element just below the root follows."""
    if end == size:
        return end
    for window in (1 << 16, end - begin):
        first = max(begin, end - window)
        stream.seek(first)
        content = stream.read(end - first)
        at = content.rfind(b"\n <")
        while at >= 0 and content[at + 3 : at + 4] in (b"/", b"!", b""):
            at = content.rfind(b"\n <", 0, at)
        if at >= 0:
            return first + at + 1
    return None


def _bytes_of(stream: BufferedReader, at: int, size: int, room: int) -> memoryview:
    """Bytes of the file in memory of always the same size, which NumPy asks for in huge pages."""
    content = memoryview(np.empty(max(size, room), np.uint8))[:size]
    stream.seek(at)
    return content[: stream.readinto(content)]


def _line_ends(content: memoryview) -> int:
    found, scratch = 0, np.empty(_BLOCK, np.bool_)
    for at in range(0, len(content), _BLOCK):
        block = np.frombuffer(content[at : at + _BLOCK], np.uint8)
        found += int(np.count_nonzero(np.equal(block, _LINE_END, out=scratch[: len(block)])))
    return found


def _least(content: memoryview, first: int) -> int:
    """Where the line with the least checksum begins, among those after `first` with an element just below the root."""
    places = [match.start() + 1 for match in _BELOW_ROOT.finditer(content, min(first, len(content)))]
    return min(places, key=lambda at: zlib.crc32(content[at : at + _SUMMED]), default=len(content))


def _end_of(content: memoryview, name: str) -> int:
    end = bytes(content).rfind(_END)
    if end < 0:
        raise StudyError("the end of the export, </HealthData>", "a file that ends before", name, _AGAIN)
    return end
