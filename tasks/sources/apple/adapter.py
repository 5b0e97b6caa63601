"""The adapter of Apple Health exports."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import DENSE_SCHEMA, INDEX_SCHEMA, NO_VERSIONS, Readings, Sample, first_versions
from tasks.sources.apple.activities import activities
from tasks.sources.apple.batch import Batch, Element
from tasks.sources.apple.categories import others, sleeps
from tasks.sources.apple.elements import by_elements, whole
from tasks.sources.apple.lines import by_lines
from tasks.sources.apple.records import VERSIONS, Typed, typed_of
from tasks.sources.apple.remembered import Memory, memory
from tasks.sources.apple.scan import Scanned, by_scanner, scanner
from tasks.sources.apple.stream import CHUNK, Head, Piece, head_of, pieces_of
from tasks.sources.apple.vocabulary import rule_of, variable_of
from tasks.sources.nights import RULES, VARIABLES

_AT_ONCE = 2
WORTH_COMPILING = 8 << 20
"""Bytes of an export from which on the scanner saves more than the seconds that its compilation takes once."""

WORTH_KEEPING = 32 << 20
"""Bytes of an export from which on its pieces are kept for the next one, where there is no compiler.

The scanner parses 432 MB in 1.8 s of processor time; to look the pieces up takes as long, to keep them twice as long.
"""


class AppleHealth:
    """`export.xml` of the Health app."""

    name = "apple_health"

    def recognise(self, sample: Sample) -> float | None:
        """By the root element or the document type in the first bytes."""
        head = sample.head
        text = head.decode("utf-16", errors="ignore") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        text = text or head.decode("utf-8", errors="ignore")
        is_xml = text.lstrip("\ufeff \r\n\t").startswith("<")
        return 1.0 if is_xml and ("<!DOCTYPE HealthData" in text or "<HealthData" in text) else None

    def read(self, path: Path, source: Source) -> Readings:
        """Read the whole export without telling how far it has come."""
        return self.read_telling(path, source, lambda _: None)

    def read_telling(
        self, path: Path, source: Source, tell: Callable[[float], None], kept: Path | None = None
    ) -> Readings:
        """Read the whole export.

        Args:
            path: the file.
            source: its declaration; `ignore` names variables to leave out.
            tell: called with the share of the file that has been read.
            kept: a folder for pieces that need not be read again when the file has grown.

        Raises:
            StudyError: no export, one that is cut off, or one that is not well-formed.
        """
        typed, elements, rows = Typed.empty(), [], 0
        for scanned in _batches(path, source.path, head_of(path, source.path), tell, kept):
            rows += scanned.rows
            typed.add(scanned.parts)
            elements += scanned.elements
        return _assembled(typed, elements, rows, source)


def _batches(path: Path, name: str, head: Head, tell: Callable[[float], None], kept: Path | None) -> Iterator[Scanned]:
    """Every piece of the file in order; two are worked on at a time, and no more than that are held."""
    size = path.stat().st_size
    scan = scanner() if size >= WORTH_COMPILING else None
    known = memory(kept) if kept is not None and scan is None and size >= WORTH_KEEPING else None
    pieces = pieces_of(path, name, head, CHUNK, by_content=known is not None) if head.by_lines else iter([None])
    waiting: deque[tuple[float, Future[Scanned]]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for piece in pieces:
            if piece is None:
                yield from map(_typed, whole(path, name))
                return
            waiting.append((piece.done / size, pool.submit(_read, piece, name, scan, known)))
            if len(waiting) > _AT_ONCE:
                yield _next(waiting, tell)
        while waiting:
            yield _next(waiting, tell)
    if known is not None:
        known.forget_the_rest()


def _read(piece: Piece, name: str, scan: Callable[..., int] | None, known: Memory | None) -> Scanned:
    def read(one: Piece) -> Scanned:
        scanned = by_scanner(one, scan) if scan is not None else None
        return scanned or _typed(by_lines(one) or by_elements(one.text(), one.line, name))

    return read(piece) if known is None else known.read(piece, read)


def _typed(batch: Batch) -> Scanned:
    return Scanned(batch.records.height, batch.elements, typed_of(batch.records))


def _next(waiting: deque[tuple[float, Future[Scanned]]], tell: Callable[[float], None]) -> Scanned:
    share, future = waiting.popleft()
    made = future.result()
    tell(share)
    return made


def _assembled(typed: Typed, elements: list[Element], rows: int, source: Source) -> Readings:
    dense: dict[str, pl.DataFrame] = {}
    rules: dict[str, str] = {}
    for kind in sorted(typed.quantities):
        name = variable_of(kind)
        dense[name] = pl.concat([*([dense[name]] if name in dense else []), *typed.quantities[kind]], rechunk=False)
        rules[name] = rule_of(kind)
    found: list[Finding] = []
    frames: list[pl.DataFrame] = []
    if typed.categories:
        categories = pl.concat(typed.categories)
        nights, unknown = sleeps(categories)
        marks, mark_rules = others(categories)
        frames += [nights, marks]
        rules |= mark_rules
        found += _unknown_stages(unknown, source.path)
    frames.append(activities(elements))
    rules |= RULES | dict.fromkeys(frames[-1]["variable"].unique().to_list(), "sum")
    frame = pl.concat(frames).filter(~pl.col("variable").is_in(list(source.ignore)))
    dense = {name: part.match_to_schema(DENSE_SCHEMA) for name, part in dense.items() if name not in source.ignore}
    names = (*dense, *frame["variable"].unique(maintain_order=True).to_list())
    if not names:
        raise StudyError("an Apple Health export with records", "none that can be read", source.path)
    workouts = tuple(name for name in names if name == "workout_minutes")
    return Readings(
        frame=frame,
        index=pl.DataFrame(schema=INDEX_SCHEMA),
        layout="long",
        time_column="startDate",
        rows=rows + len(elements),
        variables=names,
        events=workouts,
        findings=(*found, *_unreadable(typed, source.path)),
        rules={name: rule for name, rule in rules.items() if name in names},
        nights=VARIABLES,
        scored=tuple(name for name in names if name.startswith("summary_")),
        dense=dense,
        versions=_versions(typed),
    )


def _versions(typed: Typed) -> pl.DataFrame:
    named = pl.concat([pl.DataFrame(schema=VERSIONS), *typed.versions])
    kinds = named["type"].unique().to_list()
    variable = pl.col("type").replace_strict({kind: variable_of(kind) for kind in kinds}, return_dtype=pl.String)
    return first_versions(named.with_columns(variable=variable)) if kinds else NO_VERSIONS


def _unreadable(typed: Typed, name: str) -> list[Finding]:
    if not typed.unreadable:
        return []
    bad = pl.concat(typed.unreadable).sort("line")
    kinds = dict(bad["type"].fill_null("?").value_counts().sort("type").iter_rows())
    sentence = (
        f"{bad.height} records have no readable time or value and count as not observed "
        f"(first: {bad['type'][0]} at {name}:{bad['line'][0]})."
    )
    counts = {"records": bad.height, "first_line": bad["line"][0], **kinds}
    return [Finding(kind="unreadable", severity="warning", where=name, sentence=sentence, counts=counts)]


def _unknown_stages(count: int, name: str) -> list[Finding]:
    if not count:
        return []
    sentence = f"{count} sleep records have a stage that is not known here and were left out."
    return [Finding(kind="unreadable", severity="warning", where=name, sentence=sentence, counts={"records": count})]
