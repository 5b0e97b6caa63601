"""Small multiples of rank ECDF minus uniform, one panel a class, as an SVG that is the same for the same ranks."""

from html import escape

import numpy as np

from benchmarks.calibration.summary import VALUES, Summary
from benchmarks.calibration.uniformity import counts_below, simultaneous_band

ACROSS, WIDE, HIGH, GAP, TOP = 4, 220, 130, 26, 30
ALPHA = 0.05
STEP = 2


def picture(classes: dict[str, Summary]) -> str:
    """Grey: where 95 % of calibrated classes stay with all their quantities. Red: a quantity that leaves it."""
    rows = -(-len(classes) // ACROSS)
    width, height = ACROSS * (WIDE + GAP) + GAP, rows * (HIGH + TOP + GAP) + GAP
    panels = [_panel(name, summary, GAP + (i % ACROSS) * (WIDE + GAP), GAP + (i // ACROSS) * (HIGH + TOP + GAP))
              for i, (name, summary) in enumerate(classes.items())]  # fmt: skip
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<style>.band{fill:#dfe5ec}.zero{stroke:#8a94a0;stroke-width:.6}.in{stroke:#2b5d8a;stroke-opacity:.45}"
        ".out{stroke:#c0282d;stroke-width:1.6}polyline{fill:none;stroke-width:.9}.name{font-size:13px;fill:#222}"
        ".small{font-size:9.5px;fill:#555}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>', *panels, "</svg>\n",
    ])  # fmt: skip


def _panel(name: str, summary: Summary, left: int, top: int) -> str:
    size = len(next(iter(summary.ranks.values())))
    within = simultaneous_band(ALPHA / len(summary.ranks), size, VALUES)
    share = np.arange(1, VALUES) / VALUES
    low, high = within.low / size - share, within.high / size - share
    lines = {label: counts_below(rank, VALUES) for label, rank in summary.ranks.items()}
    away = {label: counts / size - share for label, counts in lines.items()}
    reach = 1.15 * max(-low.min(), high.max(), *(np.abs(line).max() for line in away.values()))
    middle = top + TOP + HIGH / 2

    def points(y: np.ndarray) -> str:
        chosen = slice(STEP - 1, None, STEP)
        return " ".join(f"{left + WIDE * a:.1f},{middle - HIGH / 2 * b / reach:.1f}"
                        for a, b in zip(share[chosen], y[chosen], strict=True))  # fmt: skip

    outline = f"{points(high)} {' '.join(reversed(points(low).split()))}"
    drawn = [f'<polygon class="band" points="{left},{middle:.1f} {outline}"/>',
             f'<line class="zero" x1="{left}" y1="{middle:.1f}" x2="{left + WIDE}" y2="{middle:.1f}"/>']  # fmt: skip
    for label, line in away.items():
        leaves = bool(((lines[label] < within.low) | (lines[label] > within.high)).any())
        drawn.append(f'<polyline class="{"out" if leaves else "in"}" points="{points(line)}"><title>'
                     f"{escape(label)}: p = {summary.quantities[label].p:.3g}</title></polyline>")  # fmt: skip
    corner = f'<text class="small" x="{left + WIDE}" y="{top + TOP + 8}" text-anchor="end">±{reach:.2f}</text>'
    heading = (f'<text class="name" x="{left}" y="{top + 12}">{escape(name)}</text>'
               f'<text class="small" x="{left}" y="{top + 24}">{size} replications, {len(lines)} quantities, adjusted '
               f"p {summary.adjusted_p:.2f}</text>")  # fmt: skip
    return "\n".join([heading, *drawn, corner])
