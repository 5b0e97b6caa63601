"""Write the demo study and its truth: `python -m benchmarks.demo_data.generate OUTPUT_FOLDER`."""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.demo_data.behaviour import draw_behaviour, meal_times
from benchmarks.demo_data.records import cgm_table, diary_table
from benchmarks.demo_data.study import Study, read_study
from benchmarks.demo_data.truth import Worlds, daily_means, truth
from benchmarks.demo_data.world import simulate_glucose

STUDY = Path(__file__).with_name("study.json")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"  # local time, no zone, as phones export it


def generate(study: Study, folder: Path) -> None:
    """Simulate the three worlds, then write `cgm.csv`, `diary.csv`, `truth.json` and `truth_daily.csv`."""
    behaviour = draw_behaviour(study)
    breakfasts = {
        "factual": behaviour.low_carb,
        "all0": np.zeros_like(behaviour.low_carb),
        "all1": np.ones_like(behaviour.low_carb),
    }
    worlds = Worlds(
        **{
            name: simulate_glucose(study, meal_times(study.start, behaviour, low_carb))
            for name, low_carb in breakfasts.items()
        }
    )
    daily = daily_means(study, worlds)
    known = truth(study, behaviour.low_carb[study.burn_in_days :], daily)

    folder.mkdir(parents=True, exist_ok=True)
    cgm_table(study, worlds.factual).write_csv(folder / "cgm.csv", datetime_format=TIME_FORMAT)
    diary_table(study, behaviour).write_csv(folder / "diary.csv", datetime_format=TIME_FORMAT)
    daily.write_csv(folder / "truth_daily.csv", float_precision=3)
    (folder / "truth.json").write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Read the folder and the study file from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the four files are written")
    parser.add_argument("--study", type=Path, default=STUDY, help="another study file (default: the shipped one)")
    arguments = parser.parse_args()
    generate(read_study(arguments.study), arguments.folder)


if __name__ == "__main__":
    main()
