"""`python -m benchmarks.simulations`: studies that are still missing, then `docs/simulations.md` and `.json`."""

import argparse
import sys
from time import monotonic

from benchmarks.simulations.page import write
from benchmarks.simulations.scenarios import SCENARIOS
from benchmarks.simulations.shards import Cell, carry_out, cells, every_version, pack, shown


def main() -> None:
    """Carry out the plan, or a part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", action="append", choices=sorted(SCENARIOS), help="only this (repeatable)")
    parser.add_argument("--steps", type=int, help="only records of this length")
    parser.add_argument("--truth", help="only this true effect, or 'prior'")
    parser.add_argument("--studies", type=int, default=1000, help="of each line of the table")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--fixed", action="store_true", help="only fixed true effects")
    parser.add_argument("--report", action="store_true", help="run nothing, write the page of what there is")
    given = parser.parse_args()
    wanted = [cell for cell in cells() if _asked(cell, given)]
    until = monotonic() + 60 * given.minutes
    if not given.report:
        for cell in wanted:
            for number in carry_out(cell, given.studies):
                if (number + 1) % 50 == 0:
                    sys.stderr.write(f"{cell.path.stem}: {number + 1} of {given.studies}\n")
                if monotonic() > until:
                    break
    studies = every_version()
    pack(studies)
    sys.stdout.write(write(shown(studies)))


def _asked(cell: Cell, given: argparse.Namespace) -> bool:
    if given.scenario and cell.scenario not in given.scenario:
        return False
    if given.steps and cell.steps != given.steps:
        return False
    if given.fixed and cell.truth is None:
        return False
    kind = "prior" if cell.truth is None else f"{cell.truth:g}"
    return given.truth is None or given.truth == kind


if __name__ == "__main__":
    main()
