"""`python -m benchmarks.scorecard`: processor time of the scorecard beside that of the fits, as `docs/scorecard.md`."""

import sys
import tempfile
from pathlib import Path

from benchmarks.assurance.studies import demo_study
from benchmarks.known_answers.__main__ import data_folder
from benchmarks.known_answers.studies import STUDIES
from flows.recipes import recipe_of
from schemas.stages import STAGE_NAMES
from tasks.meter import listening
from tasks.settings import load_params, set_params
from tasks.setup.create import create_study

REAL = ("caffeine_productivity", "melatonin_mood", "simglucose_breakfast")
TIMES = 3
PAGE = Path(__file__).parents[2] / "docs" / "scorecard.md"
HEAD = """# What the scorecard costs

Written by `python -m benchmarks.scorecard`: processor seconds of all fits (stage infer) and of the whole scorecard
(stage estimate) in one process, default parameters, the middle of three runs; the run log
(`.causal-ssm/runs/ID/run.json`, `parts`) has the same figures of every run.

| study | fits | scorecard | share |
|---|---|---|---|
"""


def studies(folder: Path) -> dict[str, Path]:
    """The demo and three real studies, made in a folder."""
    made = {"demo": demo_study(folder / "demo")}
    for study in (one for one in STUDIES if one.name in REAL):
        root = made[study.name] = folder / study.name
        files = [data_folder() / study.folder / name for name in study.files]
        create_study(root, files, study.question, study.treatment, study.outcome)
        set_params(root, study.params)
    return made


def cost(root: Path) -> tuple[float, float]:
    """Processor seconds of the fits and of the scorecard."""
    params, parts = load_params(root), {}
    for stage in STAGE_NAMES[:5]:
        with listening() as heard:
            recipe_of(stage)(root, params, lambda _: None)
        parts |= heard
    return sum(s for name, s in parts.items() if name.startswith("fit of")), parts["scorecard"]


def main() -> None:
    """All four studies."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, root in studies(Path(scratch)).items():
            fit, card = sorted((cost(root) for _ in range(TIMES)), key=lambda both: both[1] / both[0])[TIMES // 2]
            rows.append(f"| {name} | {fit:.2f} s | {card:.2f} s | {100 * card / fit:.0f} % |")
            sys.stderr.write(rows[-1] + "\n")
    PAGE.write_text(HEAD + "\n".join(rows) + "\n")
    sys.stdout.write(PAGE.read_text())


if __name__ == "__main__":
    main()
