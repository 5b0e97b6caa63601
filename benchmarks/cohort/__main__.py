"""`python -m benchmarks.cohort`: people by task runner, written to `benchmarks/results/cohort.md`.

Two sizes a runner: the difference is what one more person costs, the rest is what a command costs once.
"""

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks.cohort.measure import Cost, cost
from benchmarks.cohort.people import make

PAGE = Path(__file__).resolve().parent.parent / "results" / "cohort.md"


def main() -> None:
    """Measure and write the page; `--studies` takes studies that are there instead of simulated ones."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, nargs="+", default=(4, 12), help="one size or two")
    asked.add_argument("--days", type=int, default=60)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--runners", nargs="+", default=["threads", "processes"])
    asked.add_argument("--studies", type=Path, help="a folder of studies (init --each-subject)")
    asked.add_argument("--page", type=Path, default=PAGE)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if wanted.studies:
            roots = sorted(path.parent for path in wanted.studies.glob("*/params.yaml"))
            sizes, what = [len(roots)], f"{len(roots)} studies of {wanted.studies.name}"
        else:
            roots = make(Path(scratch), max(wanted.people), wanted.days)
            sizes, what = sorted(wanted.people), f"simulated people of {wanted.days} days"
        costs = []
        for runner in wanted.runners:
            for size in sizes:
                costs.append(cost(roots[:size], runner, wanted.workers, Path(scratch) / "run"))
                print(costs[-1], flush=True)
                wanted.page.write_text(page(costs, what, wanted.workers), encoding="utf-8")


def page(costs: list[Cost], what: str, workers: int) -> str:
    """The table."""
    rows = [
        f"| {c.runner} | {c.answered} of {c.people} | {c.wall:.0f} | {3600 * c.people / c.wall:.0f} "
        f"| {c.total / c.people:.1f} | {c.stages / c.people:.1f} | {c.around:.1f} | {more(c, costs)} |"
        for c in costs
    ]
    return "\n".join(
        [
            "# Many people",
            "",
            f"First answers for {what}, {workers} at once, Python {platform.python_version()} on {platform.machine()}, "
            "a server started for each line and counted. Seconds are of the processor unless it says wall. "
            "`python -m benchmarks.cohort` measures again.",
            "",
            "| runner | answered | wall | people an hour | a person | in the stages | around them | one more person |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def more(c: Cost, costs: list[Cost]) -> str:
    """Processor seconds of one more person: between the two sizes of the same runner."""
    smaller = [other for other in costs if other.runner == c.runner and other.people < c.people]
    if not smaller:
        return ""
    return f"{(c.total - smaller[0].total) / (c.people - smaller[0].people):.1f}"


if __name__ == "__main__":
    main()
