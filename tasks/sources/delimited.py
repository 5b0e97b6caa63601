"""Delimited text: comma, semicolon, tab or bar, in UTF-8, UTF-16 or Latin-1."""

from pathlib import Path

from schemas.params import Source
from tasks.sources.adapter import Readings, Sample
from tasks.sources.tabular.preamble import above_header
from tasks.sources.tabular.textfile import DELIMITERS, decoded, delimiter_of, read_table
from tasks.sources.tabular.tidy import readings_of

_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")


class Delimited:
    """CSV and its relatives."""

    name = "delimited"

    def recognise(self, sample: Sample) -> float | None:
        """By suffix; a `.txt` only if its first lines split into columns."""
        suffix = Path(sample.name).suffix.lower()
        if suffix not in _SUFFIXES:
            return None
        if suffix != ".txt":
            return 0.9
        text, _ = decoded(sample.name, sample.head) if b"\0" not in sample.head else ("", None)
        return 0.5 if text and delimiter_of(above_header(text, DELIMITERS)[1]) else None

    def read(self, path: Path, source: Source) -> Readings:
        """Decode, split, interpret."""
        return readings_of(read_table(path, source.path, decimal=source.decimal), source)
