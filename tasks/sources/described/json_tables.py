"""An adapter of JSON exports whose objects are known."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import INDEX_SCHEMA, READING_SCHEMA, Readings, Sample
from tasks.sources.described.documents import load, objects_of, rows_table
from tasks.sources.described.layout import Layout
from tasks.sources.described.reading import read_layout

Objects = Callable[[Any], list[Mapping[str, Any]]]


class Document(NamedTuple):
    """One kind of JSON file.

    Attributes:
        keys: what must be written in its first bytes, as keys.
        file: pattern of the file's name; empty: any.
        layout: how its objects are read; `marks` are not asked for again.
        objects: how the objects are found in the document.
    """

    keys: tuple[str, ...]
    layout: Layout
    file: str = ""
    objects: Objects = objects_of


class VendorDocuments:
    """JSON files of one vendor, told apart by their names and keys; a file may hold several kinds at once."""

    def __init__(self, name: str, documents: Sequence[Document]) -> None:
        self.name = name
        self.documents = tuple(documents)

    def recognise(self, sample: Sample) -> float | None:
        """By the keys in the first bytes."""
        return 0.99 if self._fitting(sample.name, sample.head) else None

    def read(self, path: Path, source: Source) -> Readings:
        """Load the file and read every kind of object that is in it."""
        with path.open("rb") as stream:
            fitting = self._fitting(source.path, stream.read(65536)) or list(self.documents)
        content = load(path, source.path)
        read = [_one(document, content, source) for document in fitting]
        parts = [part for part in read if part is not None]
        if not parts:
            return _nothing(source, fitting[0].layout.device)
        return parts[0] if len(parts) == 1 else _together(parts)

    def _fitting(self, name: str, head: bytes) -> list[Document]:
        text = head.decode("utf-8", errors="ignore")
        if PurePosixPath(name).suffix.lower() != ".json" or not text.lstrip("\ufeff \r\n\t").startswith(("[", "{")):
            return []
        keys = set(re.findall(r'"([^"\\]{1,80})"\s*:', text))
        file = PurePosixPath(name).name
        return [
            document
            for document in self.documents
            if keys.issuperset(document.keys) and (not document.file or re.match(document.file, file, re.IGNORECASE))
        ]


def _one(document: Document, content: object, source: Source) -> Readings | None:
    objects = document.objects(content)
    if not objects or not any(_cells(row) for row in objects):
        return None
    try:
        return read_layout(rows_table(source.path, objects), document.layout, source)
    except StudyError as refusal:
        if refusal.got.startswith("none that can be used"):
            return None
        raise


def _cells(row: Mapping[str, Any]) -> bool:
    return any(value is not None for value in row.values()) and bool(json.dumps(list(row))[2:])


def _nothing(source: Source, device: str) -> Readings:
    """A file without any measurement, such as a night on which nothing was worn."""
    sentence = f"{source.path} is a file of {device} without any reading."
    told = Finding(kind="unreadable", severity="note", where=source.path, sentence=sentence, counts={"files": 1})
    return Readings(
        pl.DataFrame(schema=READING_SCHEMA), pl.DataFrame(schema=INDEX_SCHEMA), "empty", "none", 0, (), (), (told,)
    )


def _together(parts: list[Readings]) -> Readings:
    findings: list[Finding] = [
        finding for part in parts for finding in part.findings if finding.kind != "ignored_column"
    ]
    return Readings(
        frame=pl.concat([part.frame for part in parts]).match_to_schema(READING_SCHEMA),
        index=pl.DataFrame(schema=INDEX_SCHEMA),
        layout=" and ".join(part.layout for part in parts),
        time_column=parts[0].time_column,
        rows=sum(part.rows for part in parts),
        variables=tuple(dict.fromkeys(name for part in parts for name in part.variables)),
        events=(),
        findings=tuple(findings),
        rules={name: rule for part in parts for name, rule in part.rules.items()},
        nights=tuple(dict.fromkeys(name for part in parts for name in part.nights)),
        scored=tuple(dict.fromkeys(name for part in parts for name in part.scored)),
    )
