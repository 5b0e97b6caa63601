"""Pieces of an export that were read before: kept by the hash of their bytes, so that a grown file is read in part.

A piece is looked up by its content, never by its place, and the cuts between pieces follow the content as well
(`stream.py`): records that are added anywhere, as next month's export does for every type, leave the other pieces as
they were. A kept piece that is damaged counts as absent. Only the readers that need no compiler are slow enough for
this to pay (`adapter.py: WORTH_KEEPING`).
"""

import hashlib
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import polars as pl

from tasks.sources.apple.batch import Element
from tasks.sources.apple.records import Parts
from tasks.sources.apple.scan import Scanned
from tasks.sources.apple.stream import Piece

_DIGEST = 32
_READERS = (
    "adapter.py", "batch.py", "elements.py", "lines.py", "records.py", "scan.py", "scan.cpp", "values.hpp",
    "vocabulary.py", "xml.hpp",
)  # fmt: skip


class Memory(NamedTuple):
    """A folder of pieces, and the keys of those that this reading used."""

    folder: Path
    used: set[str]

    def read(self, piece: Piece, read: Callable[[Piece], Scanned]) -> Scanned:
        """The piece as read before, or read now and kept."""
        key = hashlib.sha256(_readers() + piece.text()).hexdigest()
        self.used.add(key)
        known = _loaded(self.folder / key)
        if known is not None:
            return _moved(known, piece.line)
        made = read(piece)
        _keep(self.folder / key, _moved(made, -piece.line))
        return made

    def forget_the_rest(self) -> None:
        """Drop what this reading did not use."""
        for path in self.folder.iterdir():
            if path.name not in self.used:
                path.unlink(missing_ok=True)


def memory(folder: Path) -> Memory:
    """A memory in a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Memory(folder, set())


@cache
def _readers() -> bytes:
    """A hash of the code that reads: another reader may read otherwise."""
    digest = hashlib.sha256(pl.__version__.encode())
    for name in _READERS:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.digest()


def _moved(scanned: Scanned, lines: int) -> Scanned:
    """The same piece so many lines further down."""
    parts = scanned.parts
    further = pl.col("line") + lines
    return Scanned(
        scanned.rows,
        tuple(element._replace(line=element.line + lines) for element in scanned.elements),
        Parts(
            {kind: part.with_columns(further) for kind, part in parts.quantities.items()},
            parts.categories.with_columns(further),
            parts.unreadable.with_columns(further),
            parts.versions,
        ),
    )


def _keep(path: Path, scanned: Scanned) -> None:
    parts = scanned.parts
    tables = [_table(frame) for frame in (*parts.quantities.values(), *parts[1:])]
    head = {
        "rows": scanned.rows,
        "elements": [[element.tag, dict(element.attributes), element.line] for element in scanned.elements],
        "kinds": list(parts.quantities),
        "sizes": [len(table) for table in tables],
    }
    content = b"\n".join((json.dumps(head).encode(), b"".join(tables)))
    neighbour = path.with_name(f".{uuid4().hex}")
    neighbour.write_bytes(hashlib.sha256(content).digest() + content)
    neighbour.replace(path)


def _table(frame: pl.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.write_ipc(sink, compression="lz4")
    return sink.getvalue()


def _loaded(path: Path) -> Scanned | None:
    try:
        written = path.read_bytes()
    except FileNotFoundError:
        return None
    content = written[_DIGEST:]
    if hashlib.sha256(content).digest() != written[:_DIGEST]:
        return None
    head, _, rest = content.partition(b"\n")
    told = json.loads(head)
    tables, at = [], 0
    for size in told["sizes"]:
        tables.append(pl.read_ipc(io.BytesIO(rest[at : at + size])))
        at += size
    kinds = told["kinds"]
    return Scanned(
        told["rows"],
        tuple(Element(tag, attributes, line) for tag, attributes, line in told["elements"]),
        Parts(dict(zip(kinds, tables[: len(kinds)], strict=True)), *tables[len(kinds) :]),
    )
