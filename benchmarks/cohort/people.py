"""Simulated people: one study each, an exposure tossed by a coin and an outcome with memory."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from flows.commands.init import init


def make(folder: Path, count: int, days: int) -> list[Path]:
    """Studies `p0000`, ... below `folder`: `y_t = 5 + 0.5 x_t + 0.4 (y_(t-1) - 5) + e_t`, `e` standard normal."""
    roots = []
    for person in range(count):
        rng = np.random.default_rng([1, person])
        x, e, y = rng.integers(0, 2, days), rng.normal(size=days), np.zeros(days)
        for t in range(days):
            y[t] = 5 + 0.5 * x[t] + 0.4 * ((y[t - 1] - 5) if t else 0.0) + e[t]
        lines = [f"{date(2024, 1, 1) + timedelta(t)},{x[t]},{y[t]:.3f}\n" for t in range(days)]
        table = folder / "tables" / f"p{person:04d}.csv"
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text("date,coffee,sleep\n" + "".join(lines), encoding="utf-8")
        roots.append(folder / "studies" / f"p{person:04d}")
        init(roots[-1], [table], None, "coffee", "sleep", None)
    return roots
