"""The studies whose assurance is checked: the shipped demo, a short trial, and a record before a first trial."""

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.simulations.scenarios import SCENARIOS
from benchmarks.simulations.study import answered, frozen, panel_of, params_of
from flows.commands.demo import shipped
from flows.recipes import recipe_of
from schemas.stages import STAGE_NAMES
from tasks.answering.checks.line import Case
from tasks.estimate import read_findings
from tasks.settings import load_params
from tasks.setup.rawcopy import copy_data

SHORT, SMALL = 60, 0.3
RECORD, LARGE = 120, 0.8


def demo_study(root: Path) -> Path:
    """The shipped study, not run yet."""
    (root / "recordings").mkdir(parents=True)
    (root / "params.yaml").write_bytes((shipped() / "params.yaml").read_bytes())
    for recording in (shipped() / "recordings").iterdir():
        (root / "recordings" / recording.name).write_bytes(recording.read_bytes())
    copy_data([shipped() / "raw"], root / "data" / "raw")
    return root


def demo() -> Case:
    """The shipped study, from its raw files to its posterior."""
    with tempfile.TemporaryDirectory() as scratch:
        root = demo_study(Path(scratch) / "demo")
        params = load_params(root)
        for stage in STAGE_NAMES[:4]:
            recipe_of(stage)(root, params, lambda _: None)
        return Case(read_findings(root, params), params)


def short_trial() -> Case:
    """Sixty days of a coin, a small effect."""
    return _simulated("randomised", SHORT, SMALL)


def short_record() -> Case:
    """Days on which the outcome's past decided the exposure, a large effect."""
    return _simulated("feedback", RECORD, LARGE)


def _simulated(name: str, steps: int, effect: float) -> Case:
    scenario = SCENARIOS[name]
    panel, params = panel_of(scenario.world(np.random.default_rng(3), steps, effect)), params_of(scenario, 3)
    return Case(answered(frozen(params, panel), panel, params)[0], params)
