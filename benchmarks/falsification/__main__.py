"""`python -m benchmarks.falsification`: run what is missing, print the table, write `docs/falsification.md`."""

import argparse

from benchmarks.falsification.cells import CELLS
from benchmarks.falsification.page import write
from benchmarks.falsification.shards import carry_out, found


def main() -> None:
    """Go round the cells, so that a run that is stopped has something of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the graphs of each line")
    parser.add_argument("--round", type=int, default=50, help="graphs of a line before the next one's turn")
    chosen = parser.parse_args()
    for wanted in range(chosen.round, max(cell.graphs for cell in CELLS) + chosen.round, chosen.round):
        for cell in CELLS:
            carry_out(cell, min(wanted, int(chosen.share * cell.graphs)))
    print(write({cell: found(cell) for cell in CELLS}))


if __name__ == "__main__":
    main()
