"""`python -m benchmarks.orchestration`: the cost of command line, idle rerun and flow beside the work itself."""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.orchestration.commands import Cost, cost, least, server_up
from benchmarks.orchestration.work import WORK
from flows.commands.demo import shipped
from flows.versioning import ensure

RESULTS = Path(__file__).parents[1] / "results" / "orchestration.json"
CLI = ("-m", "flows.cli")
SERVER = """
import sys
from pathlib import Path
from flows.embedded import prepare
from flows.temporary import temporary_server
temporary_server(prepare(Path(sys.argv[1]), verbose=False)).api()
"""
"""A run's own server until it answers, and nothing else."""


def study(root: Path) -> Path:
    """The shipped study, before its first run."""
    source = shipped()
    shutil.copytree(source / "raw", root / "data" / "raw")
    shutil.copytree(source / "recordings", root / "recordings")
    shutil.copyfile(source / "params.yaml", root / "params.yaml")
    ensure(root)
    return root


def main() -> None:
    """Measure, print, write `benchmarks/results/orchestration.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="how often each whole run is repeated")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as scratch:
        measured = _small(Path(scratch)) | _whole(Path(scratch), times)
    text = json.dumps(measured, indent=2)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


def _small(scratch: Path) -> dict[str, float]:
    """Processor seconds of Python alone, of `--help`, and of a rerun in which nothing changed."""
    root = study(scratch / "idle")
    cost(*CLI, "run", root)
    python = least(5, "-c", "pass")
    return {
        "python_cpu_seconds": round(python.cpu, 3),
        "help_cpu_seconds": round(least(5, *CLI, "--help").cpu, 3),
        "idle_rerun_cpu_seconds": round(least(5, *CLI, "run", root).cpu, 3),
        "import_of_prefect_cpu_seconds": round(least(3, "-c", "import prefect").cpu, 3),
        "import_of_dvc_cpu_seconds": round(least(3, "-c", "import dvc.repo").cpu, 3),
    }


def _whole(scratch: Path, times: int) -> dict[str, float]:
    """Wall of whole runs over that of the same recipes in one process, in turns, so that both meet the same machine.

    The server that is up has answered one run before: the first one makes it import and prepare what it needs.
    """
    alone: list[Cost] = []
    up: list[Cost] = []
    with server_up(scratch / "home"):
        first = cost(*CLI, "run", study(scratch / "first"))
        for turn in range(times):
            alone.append(cost("-c", WORK, study(scratch / f"work-{turn}")))
            up.append(cost(*CLI, "run", study(scratch / f"up-{turn}")))
    embedded: list[Cost] = []
    starts: list[Cost] = []
    for turn in range(times):
        embedded.append(cost(*CLI, "run", study(scratch / f"embedded-{turn}")))
        starts.append(cost("-c", SERVER, study(scratch / f"server-{turn}")))
    beyond = [(e.wall - s.wall) / a.wall for e, s, a in zip(embedded, starts, alone, strict=True)]
    return {
        "recipes_alone_wall_seconds": round(median(each.wall for each in alone), 2),
        "run_with_server_up_wall_seconds": round(median(each.wall for each in up), 2),
        "first_run_of_that_server_wall_seconds": round(first.wall, 2),
        "run_with_own_server_wall_seconds": round(median(each.wall for each in embedded), 2),
        "overhead_with_server_up": round(median(u.wall / a.wall for u, a in zip(up, alone, strict=True)), 2),
        "overhead_with_server_up_cpu": round(median(u.cpu / a.cpu for u, a in zip(up, alone, strict=True)), 2),
        "own_server_start_wall_seconds": round(median(each.wall for each in starts), 2),
        "overhead_with_own_server": round(median(e.wall for e in embedded) / median(a.wall for a in alone), 2),
        "overhead_with_own_server_beyond_its_start": round(median(beyond), 2),
    }


if __name__ == "__main__":
    main()
