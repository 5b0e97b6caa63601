"""What is believed of the effect after the data, beside the band too small to matter."""

import math

from schemas.results import Verdict
from tasks.reporting import charts
from tasks.reporting.charts import Layer, Row, Spec
from tasks.reporting.figures.picture import known_truth

QUANTILE_SCORE = 1.6448536269514722
POINTS = 161


def posterior(verdict: Verdict) -> Spec | None:
    """Curve through the 5 %, 50 % and 95 % points of the posterior: a normal curve of its own width on either side."""
    estimate = verdict.estimate
    if estimate is None:
        return None
    below = max((estimate.q50 - estimate.q05) / QUANTILE_SCORE, 1e-300)
    above = max((estimate.q95 - estimate.q50) / QUANTILE_SCORE, 1e-300)
    curve = _curve(estimate.q50, below, above, verdict.rope.low, verdict.rope.high)
    sides = [("below", charts.UNEXPOSED), ("too small to matter", charts.BAND), ("above", charts.EXPOSED)]
    title = f"effect on {verdict.outcome}" + (f" ({estimate.unit})" if estimate.unit else "")
    x: Spec = charts.axis("effect", title)
    y: Spec = {"field": "density", "type": "quantitative", "axis": None}
    areas: list[Layer] = [
        {
            "data": charts.rows([row for row in curve if row["group"] == name]),
            "mark": {"type": "area", "color": colour, "opacity": 0.6, "aria": False},
            "encoding": {"x": x, "y": y},
        }
        for name, colour in sides
        if any(row["group"] == name for row in curve)
    ]
    whole: Row = {"effect": estimate.q05, "high": estimate.q95, "density": -0.06, "mid": estimate.q50}
    bar: Layer = {
        "data": charts.rows([whole]),
        "mark": {"type": "rule", "strokeWidth": 4, "color": charts.INK, "aria": False},
        "encoding": {"x": x, "x2": {"field": "high"}, "y": y},
    }
    middle: Layer = {
        "data": charts.rows([whole]),
        "mark": {"type": "point", "filled": True, "size": 110, "color": charts.INK, "opacity": 1, "aria": False},
        "encoding": {"x": {**x, "field": "mid"}, "y": y},
    }
    zero: Layer = {
        "data": charts.rows([{"effect": 0}]),
        "mark": {"type": "rule", "color": charts.MUTED, "strokeDash": [4, 3], "aria": False},
        "encoding": {"x": x},
    }
    layers = [*areas, zero, bar, middle, *_truth(verdict, x, y)]
    return charts.chart(layers, description=f"Posterior of the effect on {verdict.outcome}.", height=200)


def _truth(verdict: Verdict, x: Spec, y: Spec) -> list[Layer]:
    truth = known_truth(verdict)
    if truth is None:
        return []
    mark: Layer = {"type": "point", "shape": "diamond", "filled": True, "size": 150, "color": charts.TRUTH}
    row: Row = {"effect": truth, "density": -0.06}
    return [{"data": charts.rows([row]), "mark": {**mark, "opacity": 1}, "encoding": {"x": x, "y": y}}]


def _curve(centre: float, below: float, above: float, low: float, high: float) -> list[Row]:
    """Points of the curve by side of the band; the band's ends belong to both neighbours, so that no gap shows."""
    left, right = centre - 3.2 * below, centre + 3.2 * above
    grid = {left + (right - left) * i / (POINTS - 1) for i in range(POINTS)} | {
        edge for edge in (low, high) if left < edge < right
    }
    points: list[Row] = []
    for effect in sorted(grid):
        width = below if effect < centre else above
        density = math.exp(-0.5 * ((effect - centre) / width) ** 2)
        inside = {"below": effect <= low, "too small to matter": low <= effect <= high, "above": effect >= high}
        points += [{"effect": effect, "density": density, "group": name} for name, yes in inside.items() if yes]
    return points
