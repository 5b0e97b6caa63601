"""The lines of the table: what is drawn, how long the record is, whether a true edge is taken out."""

from time import process_time
from typing import NamedTuple

import numpy as np

from benchmarks.falsification.worlds import Kind, draw_removal, draw_world, record_of
from ssm_core.discovery.falsify import falsify

STRENGTH = 0.3
"""Partial correlation of the edge that is taken out."""
STEPS = (60, 365)


class Cell(NamedTuple):
    """One line."""

    words: str
    kind: Kind
    steps: int
    removed: bool

    @property
    def graphs(self) -> int:
        """How many are wanted."""
        return 200 if self.removed else 500

    @property
    def name(self) -> str:
        """Of its shard."""
        return f"{self.words.replace(' ', '-').replace('.', '').replace('%', '')}-{self.steps}-{int(self.removed)}"


class Row(NamedTuple):
    """One graph: p of the whole and of its smallest Holm-adjusted test; None where nothing can be tested."""

    p: float | None
    holm: float | None
    tests: int
    cpu_s: float


KINDS = {
    "autoregression up to 0.9": Kind(),
    "autoregression 0.9": Kind(autoregression=0.9),
    "10% missing": Kind(missing=0.1),
    "hidden cause without memory": Kind(hidden="brief"),
    "hidden cause with memory": Kind(hidden="lasting"),
}
CODED = {
    "one two-valued node": Kind(coded=1),
    "one two-valued node, few ones": Kind(coded=1, ones=0.15),
    "two two-valued nodes": Kind(coded=2),
}
CELLS = (
    *(
        Cell(words, kind, steps, removed)
        for removed in (False, True)
        for words, kind in KINDS.items()
        for steps in STEPS
    ),
    *(Cell(words, kind, steps, removed=False) for words, kind in CODED.items() for steps in STEPS),
)


def run(cell: Cell, number: int) -> Row:
    """Draw a world by number and test its graph, or its graph without one edge."""
    started = process_time()
    rng = np.random.default_rng([CELLS.index(cell), number])
    if cell.removed:
        world, graph = draw_removal(cell.kind, STRENGTH, rng)
    else:
        world = draw_world(cell.kind, rng)
        graph = world.graph
    found = falsify(graph, record_of(world, cell.steps, cell.kind.missing, rng), rng)
    smallest = min((f.p for f in found.findings), default=None)
    holm = None if smallest is None else min(1.0, smallest * len(found.findings))
    return Row(found.p, holm, len(found.findings), process_time() - started)
