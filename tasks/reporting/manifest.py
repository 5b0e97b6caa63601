"""`results/manifest.json`: what a report rests on; no clock, no absolute path."""

import hashlib
import json
from pathlib import Path

from schemas.errors import StudyError
from schemas.manifest import Manifest
from schemas.stages import STAGES
from tasks.artifacts import sha256_of
from tasks.reporting.inputs import Inputs
from tasks.reporting.narrative import Words
from tasks.reporting.sections.limits import versions


def manifest(root: Path, inputs: Inputs, words: Words, written: dict[str, bytes]) -> Manifest:
    """Hashes of raw files (as ingest saw them), of what this stage read and wrote, of code, and the versions.

    `threads` is 0 when the sampler did not state it.
    """
    read = next(stage.reads for stage in STAGES if stage.name == "report")
    artifacts = {path: sha256_of(root / path) for path in read if path != "recordings"}
    artifacts |= {path: hashlib.sha256(content).hexdigest() for path, content in written.items()}
    sampler = inputs.diagnostics.sampler
    calls = dict.fromkeys((*inputs.protocol.calls, *words.calls))
    return Manifest(
        study=inputs.params.study.name,
        code=code_hashes(root / "code.json"),
        versions=versions(),
        kernel=str(sampler.get("kernel", "not stated")),
        threads=int(sampler.get("threads", 0)),
        inputs={file.path: file.sha256 for file in inputs.audit.files},
        artifacts=artifacts,
        protocol_sha256=inputs.protocol.sha256,
        calls=tuple(calls),
    )


def code_hashes(path: Path) -> dict[str, str]:
    """Stage to hash of its code; empty when the study has none.

    Raises:
        StudyError: the file is not a JSON object of texts.
    """
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StudyError("a JSON object", str(error), str(path), "delete it; it is written anew") from None
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise StudyError("a hash per stage", "something else", str(path), "delete it; it is written anew")
    return content
