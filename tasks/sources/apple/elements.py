"""The XML reader: any well-formed export, whatever its line breaks, quotes and encoding; one pass, batch by batch."""

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

import polars as pl

from schemas.errors import StudyError
from tasks.sources.apple.batch import BATCH_SCHEMA, OTHERS, RECORD_COLUMNS, Batch, Element
from tasks.sources.apple.stream import guarded

_WRAP = b"<HealthData>"
_PIECE = 1 << 22
_ROWS = 200_000


class _Collector:
    """Attributes of records as columns, as the parser meets them."""

    def __init__(self, name: str, first_line: int = 1) -> None:
        self.parser = guarded(name)
        self.parser.StartElementHandler = self._start
        self.offset = first_line - 1
        self.name = name
        self._clear()

    def _clear(self) -> None:
        self.columns: list[list[str | None]] = [[] for _ in RECORD_COLUMNS]
        self.lines: list[int] = []
        self.others: list[Element] = []

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Record":
            for column, key in zip(self.columns, RECORD_COLUMNS, strict=True):
                column.append(attributes.get(key))
            self.lines.append(self.parser.CurrentLineNumber + self.offset)
        elif tag in OTHERS:
            self.others.append(Element(tag, attributes, self.parser.CurrentLineNumber + self.offset))

    def feed(self, content: bytes, *, last: bool) -> None:
        try:
            self.parser.Parse(content, last)
        except (LookupError, ValueError) as error:
            raise StudyError("an encoding that is known", str(error)[:80], self.name, "export the data again") from None
        except expat.ExpatError as error:
            where = f"{self.name}:{error.lineno + self.offset}"
            raise StudyError("well-formed XML", expat.ErrorString(error.code), where, "export the data again") from None

    def taken(self) -> Batch:
        """What was collected since the last call."""
        data = dict(zip(RECORD_COLUMNS, self.columns, strict=True))
        frame = pl.DataFrame({**data, "line": self.lines}, schema=BATCH_SCHEMA)
        batch = Batch(frame, tuple(self.others))
        self._clear()
        return batch


def by_elements(content: bytes, first_line: int, name: str) -> Batch:
    """Read one piece of the file.

    Raises:
        StudyError: not well-formed.
    """
    collector = _Collector(name, first_line)
    collector.feed(_WRAP + content + b"</HealthData>", last=True)
    return collector.taken()


def whole(path: Path, name: str) -> Iterator[Batch]:
    """Read the whole file.

    Raises:
        StudyError: not well-formed, or cut off.
    """
    collector = _Collector(name)
    with path.open("rb") as stream:
        while content := stream.read(_PIECE):
            collector.feed(content, last=False)
            if len(collector.lines) >= _ROWS:
                yield collector.taken()
    collector.feed(b"", last=True)
    yield collector.taken()
