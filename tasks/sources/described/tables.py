"""An adapter of CSV files whose headers are known."""

import csv
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import Readings, Sample
from tasks.sources.described.layout import Layout, folded
from tasks.sources.described.reading import read_layout
from tasks.sources.tabular.textfile import decoded, delimiter_of, read_table

_SUFFIXES = (".csv", ".txt", ".tsv")


class VendorTables:
    """Tables of one vendor, told apart by their headers."""

    def __init__(self, name: str, layouts: Sequence[Layout]) -> None:
        self.name = name
        self.layouts = tuple(layouts)

    def recognise(self, sample: Sample) -> float | None:
        """By the headers of the first lines; the more of them a layout knows, the surer."""
        found = self._best(sample)
        return None if found is None else found[0]

    def read(self, path: Path, source: Source) -> Readings:
        """Split the file and interpret it by the layout that fits."""
        with path.open("rb") as stream:
            found = self._best(Sample(source.path, stream.read(65536)))
        layout = found[1] if found is not None else self.layouts[0]
        return read_layout(read_table(path, source.path, layout.skip, source.decimal), layout, source)

    def _best(self, sample: Sample) -> tuple[float, Layout] | None:
        if PurePosixPath(sample.name).suffix.lower() not in _SUFFIXES or b"\0" in sample.head[:2048].replace(
            b"\0\0", b""
        ):
            return None
        lines = _first_lines(sample)
        scored = [
            (share, layout) for layout in self.layouts if (share := _share(layout, lines, sample.name)) is not None
        ]
        return max(scored, key=lambda pair: pair[0]) if scored else None


def _first_lines(sample: Sample) -> list[set[str]]:
    try:
        text, _ = decoded(sample.name, sample.head)
    except StudyError:
        return []
    delimiter = delimiter_of(text) or ","
    lines = text.splitlines()[:3]
    try:
        return [{folded(cell) for cell in row} for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return []


def _share(layout: Layout, lines: list[set[str]], name: str) -> float | None:
    """Between 0.95 and 1, or None when a mark is missing."""
    if layout.skip >= len(lines) or (layout.file and not PurePosixPath(name).name.lower().startswith(layout.file)):
        return None
    header = lines[layout.skip]
    marks = {folded(mark) for mark in layout.marks}
    if not marks <= header:
        return None
    known = marks | {folded(field.column) for field in layout.fields}
    times = {c for span in layout.spans.values() for c in (span.start, span.end, span.zone) if c}
    known |= {folded(part) for c in times for name in c.split("|") for part in name.split(" + ")}
    known |= {folded(column) for column, _ in layout.tags} | {folded(layout.person or "")}
    if layout.only and not header <= known:
        return None
    return 0.95 + 0.05 * len(header & known) / len(header)
