"""What a run used and made: the manifest (an artifact, no clock) and the run log (clocks, no artifact)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.protocol import Call


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Manifest(_Document):
    """`results/manifest.json`."""

    schema_version: Literal["1"] = "1"
    study: str
    code: dict[str, str]
    versions: dict[str, str]
    kernel: str
    threads: int
    inputs: dict[str, str]
    artifacts: dict[str, str]
    protocol_sha256: str
    calls: tuple[Call, ...]


class StageRun(_Document):
    """One stage of one run; `parts` are processor seconds of its costly parts, by name."""

    stage: str
    status: Literal["computed", "unchanged", "failed", "not_reached"]
    wall_seconds: float
    cpu_seconds: float
    parts: dict[str, float] = {}
    reason: str = ""


class RunLog(_Document):
    """`.causal-ssm/runs/ID/run.json`."""

    schema_version: Literal["1"] = "1"
    id: str
    command: str
    started: str
    finished: str | None
    llm: str
    stages: tuple[StageRun, ...]
    protocol_frozen: str | None = None
    calls_recorded: int = 0
    calls_latency_seconds: tuple[float, ...] = ()
    error: str | None = None
