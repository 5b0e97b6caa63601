"""The reference problem through the normal path: stage `infer` on a study, beside the engine alone."""

import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.engine import job
from benchmarks.engine import problem as reference
from benchmarks.engine.ours.model import model_spec
from schemas.params import Study, StudyParams
from schemas.spec import SpecSet
from tasks.artifacts import document_bytes, write_bytes
from tasks.fitting.record import prepared
from tasks.fitting.sampling import drawn, posterior_of
from tasks.infer import infer


def stage(seed: int) -> dict[str, object]:
    """CPU and wall seconds of both in a process that has imported everything; which of them goes first alternates."""
    problem = reference.generate(seed=reference.SEED + seed)
    spec = model_spec(problem.spec)
    params = StudyParams(study=Study(treatment="u0", outcome="y1", lag=0))
    panel = _panel(problem)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "data").mkdir()
        panel.write_parquet(root / "data/panel.parquet")
        outcome = spec.model_copy(update={"outcome": "y1"})
        write_bytes(root / "model/spec.json", document_bytes(SpecSet(specs=(outcome,), protocol_sha256="")))

        def engine() -> None:
            ready = prepared(outcome, panel)
            drawn(posterior_of(outcome, ready, params.infer), ready, params.infer, _silent)

        infer(root, params, _silent)  # everything is imported and loaded, as in a process that runs a flow
        runs = [("stage", lambda: infer(root, params, _silent)), ("engine", engine)]
        spent = {name: _spent(run) for name, run in (runs if seed % 2 == 0 else reversed(runs))}
    (stage_cpu, stage_wall), (engine_cpu, engine_wall) = spent["stage"], spent["engine"]
    return {
        "stage_cpu_s": stage_cpu, "engine_cpu_s": engine_cpu, "cpu_ratio": stage_cpu / engine_cpu,
        "stage_wall_s": stage_wall, "engine_wall_s": engine_wall,
    }  # fmt: skip


def _panel(problem: reference.Problem) -> pl.DataFrame:
    steps = len(problem.y)
    start = [datetime(2026, 1, 1) + timedelta(days=t) for t in range(steps)]
    columns = {f"y{i}": np.where(np.isnan(column), None, column) for i, column in enumerate(problem.y.T)}
    columns |= {f"u{k}": column for k, column in enumerate(problem.u.T)}
    numbers = {name: pl.Series(name, list(values), dtype=pl.Float64) for name, values in columns.items()}
    return pl.DataFrame({"step": pl.Series(range(steps), dtype=pl.Int64), "start": start, **numbers})


def _spent(run: Callable[[], None]) -> tuple[float, float]:
    cpu, wall = job.cpu(), time.perf_counter()
    run()
    return job.cpu() - cpu, time.perf_counter() - wall


def _silent(_text: str) -> None:
    """Progress nobody reads."""
