"""Run one known-answer study from its raw files to its verdict."""

from pathlib import Path
from typing import NamedTuple

from benchmarks.known_answers.studies import KnownAnswer
from flows.recipes import recipe_of
from schemas.results import Effect, EffectSet, Verdict
from schemas.stages import STAGE_NAMES
from tasks.artifacts import read_document
from tasks.settings import load_params, set_params
from tasks.setup.create import create_study


class Outcome(NamedTuple):
    """What came out, and which expectations it meets."""

    study: KnownAnswer
    verdict: Verdict
    effects: list[Effect]

    @property
    def met(self) -> dict[str, bool]:
        """Every line of acceptance and whether it holds."""
        return {e.words: e.holds(self.verdict, self.effects) for e in self.study.expectations}


def run_study(study: KnownAnswer, data: Path, root: Path) -> Outcome:
    """Make the study as `causal-ssm init` does, declare what is known of it, run the six stages.

    Args:
        study: what to run.
        data: folder of real data.
        root: an empty folder.
    """
    files = [data / study.folder / name for name in study.files]
    create_study(root, files, study.question, study.treatment, study.outcome)
    set_params(root, study.params)
    params = load_params(root)
    for stage in STAGE_NAMES:
        recipe_of(stage)(root, params, lambda _: None)
    effects = list(read_document(root / "results/effects.json", EffectSet).effects)
    return Outcome(study, read_document(root / "results/verdict.json", Verdict), effects)
