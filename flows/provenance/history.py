"""What each run answered, kept beside its log: `.causal-ssm/runs/ID/answer.json` and the parameters it ran with."""

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.provenance.ledger import recall
from flows.provenance.restore import retrieve
from schemas.audit import Audit, Finding
from schemas.errors import StudyError
from schemas.manifest import Manifest, RunLog
from schemas.results import Verdict
from schemas.stages import STAGE_NAMES
from tasks.artifacts import Ref, read_document, write_bytes, write_document

BREAKS = {
    "device_change",
    "software_change",
    "offset_change",
    "mixed_zones",
    "index_disagrees",
    "unit_change",
    "level_shift",
}
RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{6}")


class Past(BaseModel):
    """One run's answer and where it came from.

    Attributes:
        id: of the run.
        number: one more than that of the run before; a clock may go back.
        verdict: as it was written.
        steps, last: length of the record, and its last step.
        breaks: what the audit said of devices, time zones, units and levels.
        inputs: SHA-256 of the raw files.
        code: hash of the code of every stage.
        variables: unit and kind of every recorded variable, by name.
        refs: everything the stages had written, by content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_version: Literal["1"] = "1"
    id: str
    number: int
    verdict: Verdict
    steps: int
    last: str | None
    breaks: tuple[Finding, ...]
    inputs: dict[str, str]
    code: dict[str, str]
    variables: dict[str, tuple[str, str]] = {}
    refs: tuple[Ref, ...]

    def content(self, path: str) -> str:
        """Hash of one file as the run left it."""
        return next((ref.sha256 for ref in self.refs if ref.path == path), "missing")


def folder_of(root: Path, run_id: str) -> Path:
    """Where the run's log lies."""
    return root / ".causal-ssm" / "runs" / run_id


def note(root: Path, run_id: str) -> Past:
    """Write down what a finished run answered."""
    audit = read_document(root / "data/audit.json", Audit)
    manifest = read_document(root / "results/manifest.json", Manifest)
    entries = [recall(root, name) for name in STAGE_NAMES]
    past = Past(
        id=run_id,
        number=max((past.number for past in pasts(root)), default=0) + 1,
        verdict=read_document(root / "results/verdict.json", Verdict),
        steps=audit.steps,
        last=audit.last,
        breaks=tuple(finding for finding in audit.findings if finding.kind in BREAKS),
        inputs=manifest.inputs,
        code=manifest.code,
        variables={each.name: (each.unit or "no unit", each.kind) for each in audit.variables},
        refs=tuple(ref for entry in entries if entry is not None for ref in entry.refs),
    )
    write_bytes(folder_of(root, run_id) / "params.yaml", (root / "params.yaml").read_bytes())
    write_document(folder_of(root, run_id) / "answer.json", past)
    return past


def pasts(root: Path) -> tuple[Past, ...]:
    """Runs that answered, oldest first; a note that cannot be read is left out."""
    found = []
    for path in sorted((root / ".causal-ssm" / "runs").glob("*/answer.json")):
        try:
            found.append(Past.model_validate_json(path.read_bytes()))
        except ValidationError:
            continue
    return tuple(sorted(found, key=lambda past: past.number))


def logs(root: Path) -> tuple[RunLog, ...]:
    """All runs, oldest first, also those that failed."""
    found = []
    for path in sorted((root / ".causal-ssm" / "runs").glob("*/run.json")):
        try:
            found.append(RunLog.model_validate_json(path.read_bytes()))
        except ValidationError:
            continue
    return tuple(sorted(found, key=lambda log: log.started))


def bring_back(root: Path, run_id: str, target: Path) -> Past:
    """Everything that the stages had written by the end of a past run, as a study of its own in `target`.

    Raises:
        StudyError: no such run, a folder that is not empty, or content that DVC's cache no longer has.
    """
    path = folder_of(root, run_id) / "answer.json"
    if RUN_ID.fullmatch(run_id) is None or not path.is_file():
        known = ", ".join(past.id for past in pasts(root)[-5:]) or "none"
        raise StudyError(f"a run that answered (the last: {known})", run_id, str(root), f"causal-ssm history {root}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StudyError("a new or empty folder", "one that holds something", str(target), "name another one")
    past = read_document(path, Past)
    if lost := retrieve(root, past.refs, target):
        got = f"no intact copy of {', '.join(lost)}"
        raise StudyError("what the run wrote, in DVC's cache", got, str(root / ".dvc" / "cache"), "dvc pull")
    write_bytes(target / "params.yaml", (folder_of(root, run_id) / "params.yaml").read_bytes())
    for recording in (root / "recordings").glob("*.json"):
        write_bytes(target / "recordings" / recording.name, recording.read_bytes())
    return past
