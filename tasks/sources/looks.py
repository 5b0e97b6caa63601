"""What a file that no adapter knows looks like, in words, and what can be done about it."""

import json
import re

from tasks.sources.adapter import Sample

_MAGIC = (
    (b"PK\x03\x04", "a zip archive"), (b"PK\x05\x06", "an empty zip archive"), (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"), (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"RIFF", "a sound or video file"), (b"7z\xbc\xaf", "a 7z archive"),
)  # fmt: skip
_ROOT = re.compile(r"<([A-Za-z][\w:.-]{0,60})")
_ASIDE = (
    (re.compile(r"(^|/)~\$[^/]*$"), "the mark of a document that is open"),
    (re.compile(r"(^|/)electrocardiograms/.*\.csv$", re.IGNORECASE), "the curve of an electrocardiogram"),
    (re.compile(r"(^|/)export_cda\.xml$", re.IGNORECASE), "the clinical copy of what export.xml holds"),
    (re.compile(r"\.(gpx|tcx|kml)$", re.IGNORECASE), "a route, which is a location"),
    (re.compile(r"(^|/)(readme|license|licence|archive_browser)[^/]*$", re.IGNORECASE), "a text for readers"),
)  # fmt: skip
MAP = "describe it at ingest.sources in params.yaml (path, adapter, time, variable, value), or save it as a CSV table"

TABLE = "save it as CSV, Parquet or JSON lines: a column of times and one column per variable"


def looks_like(sample: Sample) -> str:
    """A noun phrase such as `JSON with the keys user, entries`."""
    head = sample.head
    if not head:
        return "an empty file"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if b".FIT" in head[8:12]:
        return "a FIT file of a sports watch"
    text = head.decode("utf-8", errors="ignore").lstrip("\ufeff \r\n\t")
    if text.startswith("<"):
        root = _ROOT.search(re.sub(r"<[?!][^>]*>", "", text))
        return f"XML with the root {root[1]}" if root else "XML"
    if text.startswith(("{", "[")):
        keys = list(dict.fromkeys(re.findall(r'"([^"\\]{1,40})"\s*:', text)))[:6]
        return f"JSON with the keys {', '.join(keys)}" if keys else "JSON without keys"
    if b"\0" in head:
        return "binary data"
    first = text.splitlines()[0][:60] if text.strip() else ""
    return f"text that begins with {json.dumps(first, ensure_ascii=False)}" if first else "white space"


def set_aside(name: str) -> str | None:
    """Why a file that comes with known exports is of no use here; None for every other file."""
    return next((why for pattern, why in _ASIDE if pattern.search(name)), None)
