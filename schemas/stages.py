"""The six stages: what each reads, which parameters it depends on, and what it writes."""

from typing import Literal, NamedTuple

StageName = Literal["ingest", "explore", "configure", "infer", "estimate", "report"]


class Stage(NamedTuple):
    """One row of the table that `dvc.yaml`, the flows, the cache keys and ARCHITECTURE.md all follow.

    Attributes:
        name: the stage's name, the same everywhere.
        reads: files and folders it depends on, relative to the study.
        params: dotted keys of `params.yaml` it depends on.
        writes: files and folders it writes, relative to the study.
    """

    name: StageName
    reads: tuple[str, ...]
    params: tuple[str, ...]
    writes: tuple[str, ...]


STAGES: tuple[Stage, ...] = (
    Stage(
        "ingest",
        ("data/raw",),
        ("ingest", "study.treatment", "study.contrast", "study.timezone"),
        ("data/observations.parquet", "data/panel.parquet", "data/audit.json"),
    ),
    Stage(
        "explore",
        ("data/observations.parquet", "data/panel.parquet", "data/audit.json"),
        ("explore", "study.treatment", "study.outcome"),
        ("data/catalog.parquet", "data/exploration.json", "data/figures"),
    ),
    Stage(
        "configure",
        ("data/panel.parquet", "data/audit.json", "data/catalog.parquet", "data/exploration.json", "recordings"),
        ("configure", "study", "estimate", "infer.min_steps", "ingest.interventions", "ingest.features"),
        ("model/protocol.yaml", "model/graphs.json", "model/spec.json"),
    ),
    Stage(
        "infer",
        ("data/panel.parquet", "model/graphs.json", "model/spec.json"),
        ("infer",),
        ("model/posterior.nc", "model/diagnostics.json"),
    ),
    Stage(
        "estimate",
        (
            "data/panel.parquet",
            "model/protocol.yaml",
            "model/graphs.json",
            "model/spec.json",
            "model/posterior.nc",
            "model/diagnostics.json",
        ),
        ("estimate", "study.known_truth", "study.randomised", "study.design", "study.planned", "study.guessed"),
        ("results/effects.parquet", "results/effects.json", "results/robustness.parquet", "results/verdict.json"),
    ),
    Stage(
        "report",
        (
            "data/panel.parquet",
            "data/audit.json",
            "data/catalog.parquet",
            "data/exploration.json",
            "model/protocol.yaml",
            "model/graphs.json",
            "model/spec.json",
            "model/diagnostics.json",
            "results/effects.json",
            "results/robustness.parquet",
            "results/verdict.json",
            "recordings",
        ),
        ("report", "study", "configure.llm"),
        ("results/report.html", "results/report.md", "results/manifest.json"),
    ),
)

STAGE_NAMES: tuple[StageName, ...] = tuple(stage.name for stage in STAGES)
