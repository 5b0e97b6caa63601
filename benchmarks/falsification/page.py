"""The page: how often true graphs are rejected, and how often a missing edge is seen."""

import json
from collections.abc import Mapping
from pathlib import Path

from scipy.stats import beta

from benchmarks.falsification.cells import STRENGTH, Cell, Row
from ssm_core.discovery.falsify import COPIES, LEAST_APART, LEVEL

DOCS = Path(__file__).parents[2] / "docs"
INTRODUCTION = f"""# Falsification of graphs

Written by `python -m benchmarks.falsification`. Random graphs of three to five recorded nodes, edges of lag 0 to 2 with
feedback, linear mechanisms with normal noise. A graph is rejected when the smallest p of its implied independences is
among the smallest {LEVEL:.0%} of {COPIES} records simulated from its own fitted regressions. Shares carry their exact
95 % Monte Carlo interval. `Holm` is what Student's t with Holm's correction would reject without the simulation.
Removed edges have a partial correlation of {STRENGTH:g} given the child's other parents. Graphs of which nothing can be
tested count as not rejected. A node that a hidden cause ties to its past is not tested, so that with lasting hidden
causes many removed edges cannot be seen by design. Two-valued nodes are thresholds of an index, about half ones or,
with few ones, about 15 %; one with fewer than {LEAST_APART} values of the rarer kind counts as hidden.
With 10 % missing each test uses the steps that have all its values.
"""
HEAD = ["worlds", "steps", "graphs", "rejected", "Holm", "nothing to test", "tests a graph", "CPU s a graph"]


def write(results: Mapping[Cell, Mapping[int, Row]]) -> str:
    """Write page and figures; returns the page."""
    lines = [_figures(cell, list(rows.values())) for cell, rows in results.items() if rows]
    page = "\n".join(
        [
            INTRODUCTION,
            _table("True graphs (at most 10 % rejected expected)", [x for x in lines if not x["removed"]]),
            _table(
                f"Graphs without one true edge of partial correlation {STRENGTH:g}", [x for x in lines if x["removed"]]
            ),
        ]
    )
    (DOCS / "falsification.md").write_text(page)
    (DOCS / "falsification.json").write_text(json.dumps(lines, indent=1) + "\n")
    return page


def _figures(cell: Cell, rows: list[Row]) -> dict[str, object]:
    rejected = sum(row.p is not None and row.p <= LEVEL for row in rows)
    return {
        "worlds": cell.words,
        "steps": cell.steps,
        "removed": cell.removed,
        "graphs": len(rows),
        "rejected": rejected,
        "interval": _exact(rejected, len(rows)),
        "holm": sum(row.holm is not None and row.holm <= LEVEL for row in rows),
        "untested": sum(row.p is None for row in rows),
        "tests": round(sum(row.tests for row in rows) / len(rows), 1),
        "cpu_s": round(sum(row.cpu_s for row in rows) / len(rows), 2),
    }


def _exact(hits: int, of: int) -> list[float]:
    """Clopper & Pearson (1934)."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return [round(low, 4), round(high, 4)]


def _table(title: str, lines: list[dict]) -> str:
    rows = [
        [
            line["worlds"],
            str(line["steps"]),
            str(line["graphs"]),
            f"{line['rejected'] / line['graphs']:.1%} ({line['interval'][0]:.1%} to {line['interval'][1]:.1%})",
            f"{line['holm'] / line['graphs']:.1%}",
            str(line["untested"]),
            f"{line['tests']:g}",
            f"{line['cpu_s']:g}",
        ]
        for line in lines
    ]
    text = [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return f"## {title}\n\n" + "\n".join(text) + "\n"
