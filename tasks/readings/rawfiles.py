"""The files of `data/raw`, each read by its adapter."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, NamedTuple

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Ingest, Source
from tasks.artifacts import sha256_of
from tasks.sources import GENERIC, Adapter, Readings, Telling, adapter_for, sample_of
from tasks.sources.looks import MAP, TABLE, looks_like, set_aside
from tasks.telling import by_per_cent

_HIDDEN = (".", "__MACOSX")
KEPT = Path(".causal-ssm") / "pieces"
"""Pieces of long files as they were read, by the hash of their bytes; it may be deleted at any time."""


class RawFile(NamedTuple):
    """One file of the study as readings."""

    path: str
    sha256: str
    adapter: str
    readings: Readings


type Read = tuple[list[RawFile], list[Finding]]
_LAST: dict[tuple[object, ...], Read] = {}
"""What `read_for_later` has read, by folder, rules, and size and time of every file; one reading at most."""


def read_for_later(raw: Path, rules: Ingest, tell: Callable[[str], None], kept: Path) -> Read:
    """Read as `read_raw_files` does, which then gives the same again without reading, once, if nothing has changed.

    Raises:
        StudyError: as there.
    """
    _LAST.clear()
    key = _state(raw, rules)
    _LAST[key] = read_raw_files(raw, rules, tell, kept)
    return _LAST[key]


def _state(raw: Path, rules: Ingest) -> tuple[object, ...]:
    stats = [(str(path), path.stat()) for path in sorted(raw.rglob("*")) if path.is_file()]
    files = tuple((name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in stats)
    return raw.resolve(), rules.model_dump_json(), files


def read_raw_files(
    raw: Path, rules: Ingest, tell: Callable[[str], None] = lambda _: None, kept: Path | None = None
) -> Read:
    """Read every data file below `raw` in the order of its name; what no adapter recognises is told.

    Args:
        raw: the folder.
        rules: `ingest` of the parameters; `sources` and `subject` are used.
        tell: hears how far a long file has been read.
        kept: a folder where adapters of long files keep what the next reading of a grown file need not read again.

    Raises:
        StudyError: a declared file is missing, no file can be used, or one of them cannot be read as it is.
    """
    if _LAST and (read := _LAST.pop(_state(raw, rules), None)) is not None:
        return read
    declared = {source.path: source for source in rules.sources}
    present = sorted(_relative(path, raw) for path in raw.rglob("*") if path.is_file() and not _hidden(path, raw))
    for name in declared:
        if name not in present:
            known = ", ".join(present) or "no file"
            raise StudyError(f"the file {name}", f"data/raw holds {known}", "params.yaml at ingest.sources")
    if not present:
        raise StudyError("at least one data file", "an empty folder", "data/raw", "copy your export into data/raw")
    files: list[RawFile] = []
    skipped: list[Finding] = []
    chosen = {name: _chosen(raw / name, declared.get(name, Source(path=name)), name in declared) for name in present}
    beside_vendor = any(isinstance(adapter, Adapter) and adapter.name not in GENERIC for adapter in chosen.values())
    for name, adapter in chosen.items():
        source = declared.get(name, Source(path=name))
        source = source.model_copy(update={"subject": source.subject or rules.subject})
        if isinstance(adapter, Finding):
            skipped.append(adapter)
            continue
        tolerant = beside_vendor and adapter.name in GENERIC and name not in declared
        read = (
            _read_or_told(adapter, raw / name, source, tell)
            if tolerant
            else _read(adapter, raw / name, source, tell, None if kept is None else kept / _folder_of(name))
        )
        files += [read] if isinstance(read, RawFile) else []
        skipped += [read] if isinstance(read, Finding) else []
    if not files:
        told = "; ".join(f"{finding.where} is {finding.counts['looks']}" for finding in skipped[:5])
        raise StudyError("at least one table or export that can be read", told, "data/raw", TABLE)
    return files, skipped


def _chosen(path: Path, source: Source, is_declared: bool) -> Adapter | Finding:
    """The adapter of a file, or why the file is left out."""
    aside = None if is_declared else set_aside(source.path)
    adapter = adapter_for(path, source.adapter) if aside is None else None
    if adapter is not None:
        return adapter
    looks = aside or looks_like(sample_of(path))
    if is_declared:
        raise StudyError("an export or a table (CSV, TSV, Parquet, JSON lines)", looks, source.path)
    return _skipped(source.path, looks, "note")


def _read_or_told(adapter: Adapter, path: Path, source: Source, tell: Callable[[str], None]) -> RawFile | Finding:
    """Beside a vendor's export a table that no one declared must not stop the study; what it is, is told."""
    try:
        file = _read(adapter, path, source, tell)
    except StudyError as refusal:
        return _skipped(source.path, f"a table that cannot be used (expected {refusal.expected})", "warning")
    if file.readings.time_column is None:
        return _skipped(source.path, "a table without a time column", "warning")
    return file


def _folder_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _read(
    adapter: Adapter, path: Path, source: Source, tell: Callable[[str], None], kept: Path | None = None
) -> RawFile:
    told = by_per_cent(source.path, tell)
    is_long = isinstance(adapter, Telling)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(sha256_of, path)
        readings = adapter.read_telling(path, source, told, kept) if is_long else adapter.read(path, source)
        return RawFile(source.path, digest.result(), adapter.name, readings)


def _relative(path: Path, raw: Path) -> str:
    return path.relative_to(raw).as_posix()


def _hidden(path: Path, raw: Path) -> bool:
    return any(part.startswith(_HIDDEN) for part in path.relative_to(raw).parts)


def _skipped(name: str, looks: str, severity: Literal["note", "warning"]) -> Finding:
    sentence = f"The file {name} is {looks} and was left out. To use it, {MAP}."
    counts = {"files": 1, "looks": looks}
    return Finding(kind="unreadable", severity=severity, where=name, sentence=sentence, counts=counts)
