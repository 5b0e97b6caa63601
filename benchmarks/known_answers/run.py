"""Run one known-answer study from its raw files to its verdict."""

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from benchmarks.known_answers.studies import Added, KnownAnswer
from flows.recipes import recipe_of
from schemas.frames import Robustness
from schemas.results import Effect, EffectSet, Verdict
from schemas.stages import STAGE_NAMES
from tasks.answering.checks.pre_post import NAME as FORECAST
from tasks.artifacts import read_document, read_frame
from tasks.settings import load_params, set_params
from tasks.setup.create import create_study


class Outcome(NamedTuple):
    """What came out, and which expectations it meets."""

    study: KnownAnswer
    verdict: Verdict
    effects: list[Effect]
    robustness: pl.DataFrame

    @property
    def met(self) -> dict[str, bool]:
        """Every line of acceptance and whether it holds."""
        met = {e.words: e.holds(self.verdict, self.effects) for e in self.study.expectations}
        if self.study.forecast is not None:
            value, (mean, within) = self.forecast["value"], self.study.forecast
            met[f"forecast from the steps before within {within:g} of {mean:+g}"] = abs(value - mean) <= within
            met["and it agrees with the main model"] = self.forecast["status"] == "pass"
        return met

    @property
    def forecast(self) -> dict[str, Any]:
        """The line of the scorecard that forecasts from the steps before."""
        return self.robustness.row(by_predicate=pl.col("check") == FORECAST, named=True)


def run_study(study: KnownAnswer, data: Path, root: Path) -> Outcome:
    """Make the study as `causal-ssm init` does, declare what is known of it, run the six stages.

    Args:
        study: what to run.
        data: folder of real data.
        root: an empty folder.
    """
    files = [data / study.folder / name for name in study.files]
    if study.added is not None:
        files = [_changed(file, study.added, root.parent / "changed") for file in files]
    create_study(root, files, study.question, study.treatment, study.outcome, study.intervention)
    set_params(root, study.params)
    params = load_params(root)
    for stage in STAGE_NAMES:
        recipe_of(stage)(root, params, lambda _: None)
    effects = list(read_document(root / "results/effects.json", EffectSet).effects)
    verdict = read_document(root / "results/verdict.json", Verdict)
    return Outcome(study, verdict, effects, read_frame(root / "results/robustness.parquet", Robustness))


def _changed(file: Path, added: Added, folder: Path) -> Path:
    """A copy of a table with a change put in."""
    folder.mkdir(parents=True, exist_ok=True)
    later = pl.int_range(pl.len()) >= added.first
    table = pl.read_csv(file).with_columns(pl.col(added.column) + pl.when(later).then(added.by).otherwise(0.0))
    table.write_csv(folder / file.name)
    return folder / file.name
