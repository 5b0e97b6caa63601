"""The fastest reader: lines written exactly as the Health app writes them, by a compiled scanner (`scan.cpp`).

It gives what `lines.py` with `records.py` gives for the same lines, or nothing: an unreadable number, a time of another
form, an unknown attribute or two elements on one line sends the whole piece to the other readers. Without a compiler
they read everything.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ssm_core.native.build import NoCompilerError, compiled
from tasks.sources.adapter import DENSE_SCHEMA
from tasks.sources.apple.batch import Element
from tasks.sources.apple.lines import elements_of, plain
from tasks.sources.apple.records import SEGMENT, UNREADABLE, Parts, versions_of
from tasks.sources.apple.stream import Piece
from tasks.sources.apple.vocabulary import FRACTIONS

_DICTIONARIES, _WORDS = 5, 4096
_COLUMNS = (
    *((f"code{n}", np.int32) for n in range(_DICTIONARIES)),
    ("line", np.int32), ("start", np.int64), ("seconds", np.int32), ("offset", np.int16), ("value", np.float64),
)  # fmt: skip
_CATEGORY = "HKCategoryTypeIdentifier"
_REFUSED = -1
_MINUTE = 60_000_000


class _Columns(ctypes.Structure):
    """`Columns` of `scan.cpp`."""

    _fields_ = tuple((name, ctypes.c_void_p) for name in (*dict(_COLUMNS), "words", "counts"))  # type: ignore[assignment]


class Scanned(NamedTuple):
    """One piece: how many records, the few other elements, and the records as typed columns."""

    rows: int
    elements: tuple[Element, ...]
    parts: Parts


@cache
def scanner() -> Callable[..., int] | None:
    """The compiled function, built now if it is not there; None where there is no compiler."""
    try:
        library = ctypes.CDLL(str(compiled(Path(__file__).with_name("scan.cpp"), "apple-scan")))
    except (NoCompilerError, OSError):
        return None
    scan: Any = library.scan_records
    scan.restype = ctypes.c_int64
    scan.argtypes = [ctypes.c_void_p, *[ctypes.c_int64] * 3, ctypes.POINTER(_Columns)]
    return scan


def by_scanner(piece: Piece, scan: Callable[..., int]) -> Scanned | None:
    """Read a piece of the file; None when anything in it is not written as the Health app writes it."""
    room = piece.lines + 1
    made = {name: np.empty(room, kind) for name, kind in _COLUMNS}
    words = np.empty((_DICTIONARIES, _WORDS, 2), np.int64)
    counts = np.zeros(_DICTIONARIES + 1, np.int64)
    columns = _Columns(
        **{name: array.ctypes.data for name, array in {**made, "words": words, "counts": counts}.items()}
    )
    content = np.frombuffer(piece.content, np.uint8)
    rows = scan(content.ctypes.data, len(content), piece.line, room, ctypes.byref(columns))
    if rows == _REFUSED:
        return None
    texts = [_texts(piece.content, words[n, : counts[n]]) for n in range(_DICTIONARIES)]
    marks = [b"<Workout ", b"<ActivitySummary "] if counts[_DICTIONARIES] else []
    frame = pl.DataFrame({name: array[:rows] for name, array in made.items()})
    return Scanned(rows, elements_of(piece.text(), piece.line, marks) if marks else (), _parts(frame, texts))


def _texts(content: bytes | memoryview, spans: np.ndarray) -> list[str | None]:
    """The words of a dictionary; one more, none, stands for code -1."""
    return [*(plain(bytes(content[at : at + size]).decode()) for at, size in spans.tolist()), None]


def _parts(frame: pl.DataFrame, texts: list[list[str | None]]) -> Parts:
    kinds, sources, units, values, _ = texts
    versions = _versions(frame, texts)
    frame = frame.with_columns(pl.col("start").cast(pl.Datetime("us")))
    quantities: dict[str, list[pl.DataFrame]] = {}
    segments = [pl.DataFrame(schema=SEGMENT)]
    for (code,), rows in frame.partition_by("code0", as_dict=True, include_key=False, maintain_order=True).items():
        kind = str(kinds[code])
        if kind.startswith(_CATEGORY):
            segments.append(_segments(kind, rows, sources, values))
        else:
            quantities.setdefault(kind, []).append(_dense(rows, sources, units))
    joined = {kind: pl.concat(parts) for kind, parts in quantities.items()}
    return Parts(joined, pl.concat(segments).sort("line"), pl.DataFrame(schema=UNREADABLE), versions)


def _versions(frame: pl.DataFrame, texts: list[list[str | None]]) -> pl.DataFrame:
    local = pl.col("start") + pl.col("offset").cast(pl.Int64) * _MINUTE
    seen = frame.group_by("code0", "code1", "code4").agg(first=local.min())
    named = {
        name: _named(seen[f"code{n}"], texts[n], pl.String) for n, name in ((0, "type"), (1, "device"), (4, "version"))
    }
    return versions_of(seen.select(pl.col("first").cast(pl.Datetime("us"))).with_columns(**named))


def _named(codes: pl.Series, texts: list[str | None], kind: pl.DataType | type[pl.DataType]) -> pl.Series:
    return pl.Series(texts, dtype=pl.String).cast(kind).gather(codes.replace(-1, len(texts) - 1))


def _dense(rows: pl.DataFrame, sources: list[str | None], units: list[str | None]) -> pl.DataFrame:
    made = rows.with_columns(
        pl.col("seconds").clip(0),
        unit=_named(rows["code2"], units, pl.Categorical()),
        device=_named(rows["code1"], sources, pl.Categorical()),
    )
    if FRACTIONS in units:
        value = pl.col("value")
        per_cent = pl.col("code2") == units.index(FRACTIONS)
        made = made.with_columns(value=pl.when(per_cent).then(value * 100).otherwise(value))
    return made.select(DENSE_SCHEMA.names())


def _segments(kind: str, rows: pl.DataFrame, sources: list[str | None], values: list[str | None]) -> pl.DataFrame:
    local = pl.col("start") + pl.duration(minutes="offset")
    named = rows.with_columns(
        text=_named(rows["code3"], values, pl.String), device=_named(rows["code1"], sources, pl.String)
    )
    return named.select(
        type=pl.lit(kind), local=local, local_end=local + pl.duration(seconds="seconds"), offset="offset", text="text",
        device="device", line="line",
    ).cast(SEGMENT)  # fmt: skip
