"""Small studies on disk for the tests of ingest and explore."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from schemas.audit import Audit, Finding
from schemas.frames import Observations, Panel
from schemas.params import StudyParams
from tasks.artifacts import read_document, read_frame
from tasks.ingest import ingest


class Ingested(NamedTuple):
    """What ingest wrote."""

    root: Path
    panel: pl.DataFrame
    audit: Audit
    observations: pl.DataFrame

    def findings(self, kind: str) -> list[Finding]:
        return [finding for finding in self.audit.findings if finding.kind == kind]

    def finding(self, kind: str) -> Finding:
        (found,) = self.findings(kind)
        return found

    def values(self, name: str) -> list[float | None]:
        return self.panel[name].to_list()


def write_raw(root: Path, files: dict[str, str | bytes | Path]) -> None:
    raw = root / "data" / "raw"
    if raw.exists():
        shutil.rmtree(raw)
    raw.mkdir(parents=True)
    for name, content in files.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, raw / name)
        else:
            (raw / name).write_bytes(content.encode() if isinstance(content, str) else content)


def ingested(root: Path, files: dict[str, str | bytes | Path], **params: dict[str, Any]) -> Ingested:
    write_raw(root, files)
    ingest(root, StudyParams.model_validate(params), lambda _: None)
    return Ingested(
        root,
        read_frame(root / "data" / "panel.parquet", Panel),
        read_document(root / "data" / "audit.json", Audit),
        read_frame(root / "data" / "observations.parquet", Observations),
    )
