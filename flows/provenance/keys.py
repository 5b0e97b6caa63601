"""The cache key of a stage: everything that may change what it writes, and nothing else."""

import hashlib
import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from schemas.params import StudyParams
from schemas.stages import STAGES, Stage, StageName
from tasks.artifacts import canonical_json, sha256_of

ROLES_READ: dict[StageName, frozenset[str]] = {
    "configure": frozenset({"variables", "graphs", "pairs", "priors"}),
    "report": frozenset({"narrative"}),
}


def stage_named(name: str) -> Stage:
    """The row of the stage table with this name."""
    return next(stage for stage in STAGES if stage.name == name)


def params_slice(params: StudyParams, stage: Stage) -> dict[str, Any]:
    """The values of the stage's dotted keys, defaults filled in."""
    content = params.model_dump(mode="json", by_alias=True)
    return {dotted: _value(content, dotted) for dotted in stage.params}


def _value(content: dict[str, Any], dotted: str) -> Any:  # noqa: ANN401 - a value of params.yaml
    for part in dotted.split("."):
        content = content[part]
    return content


def _role(recording: Path) -> str:
    """Which role asked, or `unreadable`: such a file counts for every stage."""
    try:
        return str(json.loads(recording.read_bytes())["request"]["prompt"])
    except (ValueError, KeyError, TypeError):
        return "unreadable"


def _recordings_digest(folder: Path, roles: frozenset[str]) -> str:
    """Hash of the replies to these roles: a reply to the narrative must not renew the protocol."""
    files = sorted(folder.glob("*.json"))
    kept = [f"{path.name} {sha256_of(path)}" for path in files if _role(path) in roles | {"unreadable"}]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()


def inputs_of(root: Path, stage: Stage) -> dict[str, str]:
    """SHA-256 of every file and folder that the stage reads."""
    digests = {}
    for path in stage.reads:
        roles = ROLES_READ.get(stage.name) if path == "recordings" else None
        digests[path] = _recordings_digest(root / path, roles) if roles else sha256_of(root / path)
    return digests


def threads() -> str:
    """How many threads a run takes: what `OMP_NUM_THREADS` says, else the processors that it may use."""
    count = os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()
    return os.environ.get("OMP_NUM_THREADS", str(count))


def kernel_facts() -> dict[str, str]:
    """What may change the last bits of a draw besides the code: libraries below the sampler, threads, processor."""
    versions = {name: metadata.version(name) for name in ("numpy", "scipy", "jaxlib")}
    return versions | {
        "threads": threads(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "machine": platform.machine(),
    }


def stage_key(root: Path, stage: Stage, params: StudyParams, code: str) -> str:
    """Hash of name, code, inputs and parameters (for `infer` also the kernel), as the files lie there now."""
    facts = {
        "stage": stage.name,
        "code": code,
        "inputs": inputs_of(root, stage),
        "params": params_slice(params, stage),
        "kernel": kernel_facts() if stage.name == "infer" else {},
    }
    return hashlib.sha256(canonical_json(facts)).hexdigest()
