"""What ingest found and did: `data/audit.json`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileAudit(_Document):
    """One raw file: how it was read and how much of it arrived."""

    path: str
    sha256: str
    adapter: str
    layout: str
    time_column: str | None
    rows: int
    readings: int
    first: str | None
    last: str | None
    zones: tuple[str, ...]


class VariableAudit(_Document):
    """One variable on its way from readings to steps.

    `kind` is the declared one or `auto`; `levels` names the two texts behind 0 and 1 as `zero|one`;
    `source` lists the files its readings stand in; `from_hour` and `to_hour` say when in the step its readings usually
    begin and end, in hours from the step's beginning (null: the whole step; negative: before it, as sleep does);
    `night` variables belong to the day of waking; `scored` ones a vendor computes from others.
    """

    name: str
    unit: str | None
    kind: str = "auto"
    levels: str | None = None
    source: str = ""
    aggregate: str
    readings: int
    steps_observed: int
    steps_missing: int
    longest_gap: int
    readings_outside_window: int
    from_hour: float | None = None
    to_hour: float | None = None
    night: bool = False
    scored: bool = False
    devices: tuple[str, ...] = ()


class Finding(_Document):
    """Something a careful analyst would want to know; `counts` hold the figures the sentence speaks of."""

    kind: Literal[
        "duplicates",
        "gap",
        "offset_change",
        "mixed_zones",
        "no_zone",
        "index_disagrees",
        "no_time",
        "implausible",
        "unreadable",
        "multiple_per_step",
        "not_joined",
        "levels",
        "exposure",
        "ignored_column",
        "assumed",
        "daylight_saving",
        "overlap",
        "unit_change",
        "device_change",
        "software_change",
        "level_shift",
        "not_worn",
        "scored",
        "night",
        "feature",
        "people",
    ]
    severity: Literal["note", "warning"]
    where: str
    sentence: str
    counts: dict[str, int | float | str] = {}


class Audit(_Document):
    """The whole audit; nothing is dropped silently, nothing is filled."""

    schema_version: Literal["1"] = "1"
    step: str
    day_starts_at: str
    timezone: str | None
    steps: int
    first: str | None
    last: str | None
    files: tuple[FileAudit, ...]
    variables: tuple[VariableAudit, ...]
    findings: tuple[Finding, ...]
