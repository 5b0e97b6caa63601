"""The files of `data/raw`, each read by its adapter."""

from pathlib import Path
from typing import NamedTuple

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.artifacts import sha256_of
from tasks.sources import Readings, adapter_for

_HIDDEN = (".", "__MACOSX")


class RawFile(NamedTuple):
    """One file of the study as readings."""

    path: str
    sha256: str
    adapter: str
    readings: Readings


def read_raw_files(raw: Path, sources: tuple[Source, ...]) -> tuple[list[RawFile], list[Finding]]:
    """Read every data file below `raw` in the order of its name; what no adapter recognises is told.

    Raises:
        StudyError: a declared file is missing, no file can be used, or one of them cannot be read as it is.
    """
    declared = {source.path: source for source in sources}
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
        adapter = adapter_for(raw / name, source.adapter)
        if adapter is not None:
            readings = adapter.read(raw / name, source)
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


def _relative(path: Path, raw: Path) -> str:
    return path.relative_to(raw).as_posix()


def _hidden(path: Path, raw: Path) -> bool:
    return any(part.startswith(_HIDDEN) for part in path.relative_to(raw).parts)


def _skipped(name: str) -> Finding:
    sentence = f"The file {name} is no table that can be read and was left out."
    return Finding(kind="unreadable", severity="note", where=name, sentence=sentence, counts={"files": 1})
