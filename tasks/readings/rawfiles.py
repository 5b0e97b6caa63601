"""The files of `data/raw`, each read by its adapter."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Ingest, Source
from tasks.artifacts import sha256_of
from tasks.sources import Adapter, Readings, Telling, adapter_for

_HIDDEN = (".", "__MACOSX")


class RawFile(NamedTuple):
    """One file of the study as readings."""

    path: str
    sha256: str
    adapter: str
    readings: Readings


def read_raw_files(
    raw: Path, rules: Ingest, tell: Callable[[str], None] = lambda _: None
) -> tuple[list[RawFile], list[Finding]]:
    """Read every data file below `raw` in the order of its name; what no adapter recognises is told.

    Args:
        raw: the folder.
        rules: `ingest` of the parameters; `sources` and `subject` are used.
        tell: hears how far a long file has been read.

    Raises:
        StudyError: a declared file is missing, no file can be used, or one of them cannot be read as it is.
    """
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
    for name in present:
        source = declared.get(name, Source(path=name))
        source = source.model_copy(update={"subject": source.subject or rules.subject})
        adapter = adapter_for(raw / name, source.adapter)
        if adapter is not None:
            readings = _read(adapter, raw / name, source, tell)
            files.append(RawFile(name, sha256_of(raw / name), adapter.name, readings))
        elif name in declared:
            raise StudyError("a table (CSV, TSV, Parquet, JSON lines)", "a file of another kind", name)
        else:
            skipped.append(_skipped(name))
    if not files:
        raise StudyError(
            "at least one table (CSV, TSV, Parquet, JSON lines)", ", ".join(present), "data/raw", "export as CSV"
        )
    return files, skipped


def _read(adapter: Adapter, path: Path, source: Source, tell: Callable[[str], None]) -> Readings:
    if isinstance(adapter, Telling):
        return adapter.read_telling(path, source, _by_tenths(source.path, tell))
    return adapter.read(path, source)


def _by_tenths(name: str, tell: Callable[[str], None]) -> Callable[[float], None]:
    """Tell of every tenth of a file once."""
    told = {0}

    def heard(share: float) -> None:
        tenth = int(share * 10)
        if tenth not in told:
            told.add(tenth)
            tell(f"Reading {name}: {tenth * 10} %")

    return heard


def _relative(path: Path, raw: Path) -> str:
    return path.relative_to(raw).as_posix()


def _hidden(path: Path, raw: Path) -> bool:
    return any(part.startswith(_HIDDEN) for part in path.relative_to(raw).parts)


def _skipped(name: str) -> Finding:
    sentence = f"The file {name} is no table that can be read and was left out."
    return Finding(kind="unreadable", severity="note", where=name, sentence=sentence, counts={"files": 1})
