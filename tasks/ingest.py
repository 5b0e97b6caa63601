"""Stage ingest: raw exports, logs and diaries into observations, one row per step, and an audit."""

from collections.abc import Callable
from pathlib import Path

from schemas.frames import Observations, Panel
from schemas.params import StudyParams
from tasks.artifacts import staged, write_document, write_frame, write_parts
from tasks.panel import build
from tasks.readings import KEPT, read_raw_files


def ingest(root: Path, params: StudyParams, tell: Callable[[str], None]) -> None:
    """Read `data/raw`, write `data/observations.parquet`, `data/panel.parquet` and `data/audit.json`.

    Raises:
        StudyError: the files cannot be used as they are.
    """
    files, told = read_raw_files(root / "data" / "raw", params.ingest, tell, root / KEPT)
    tell(f"Read {len(files)} file(s), {sum(file.readings.total for file in files)} readings.")
    built = build(files, told, params)
    tell(f"Made {built.panel.height} steps of {built.audit.step} with {built.panel.width - 2} variables.")
    with staged(root) as out:
        write_parts(out / "data" / "observations.parquet", built.observations, Observations)
        write_frame(out / "data" / "panel.parquet", built.panel, Panel)
        write_document(out / "data" / "audit.json", built.audit)
