"""How well the model predicts the next step: predictions beside what came, and the calibration of its intervals."""

import math

import polars as pl

from schemas.results import Fit
from tasks.reporting import charts, numbers
from tasks.reporting.charts import Layer, Row, Spec

MOST_STEPS, BINS, REACH = 200, 10, 1.6448536269514722


def predictions(fit: Fit, frame: pl.DataFrame, outcome: str, unit: str) -> tuple[Spec | None, int]:
    """One-step-ahead predictions with their 90 % band and the observed values.

    Returns:
        The chart (None without predictions), and how many earlier steps are not drawn.
    """
    observed = frame["value"].to_list()
    points: list[Row] = [
        {"x": step, "predicted": mean, "low": mean - REACH * sd, "high": mean + REACH * sd, "value": value}
        for step, (mean, sd, value) in enumerate(zip(fit.predicted, fit.sd, observed, strict=False))
        if mean is not None and sd is not None
    ]
    if len(points) < 2:
        return None, 0
    left_out = max(0, len(points) - MOST_STEPS)
    points = points[left_out:]
    x: Spec = charts.axis("x", "step of the record", scale={"zero": False, "nice": False})
    y: Spec = charts.axis("predicted", outcome + (f" ({unit})" if unit else ""))
    band: Layer = {
        "data": charts.rows(points),
        "mark": {"type": "area", "color": charts.UNEXPOSED, "opacity": 0.2, "aria": False},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    line: Layer = {
        "data": charts.rows(points),
        "mark": {"type": "line", "color": charts.UNEXPOSED, "strokeWidth": 1.5, "aria": False},
        "encoding": {"x": x, "y": y},
    }
    dots: Layer = {
        "data": charts.rows([row for row in points if row["value"] is not None]),
        "mark": {"type": "point", "filled": True, "size": 26, "color": charts.INK, "aria": False},
        "encoding": {
            "x": x,
            "y": {**y, "field": "value"},
            "tooltip": [{"field": "x", "title": "step"}, {"field": "value"}],
        },
    }
    text = f"One-step-ahead predictions of {outcome} with {numbers.INTERVAL} band, and the observed values."
    return charts.chart([band, line, dots], description=text, height=230), left_out


def calibration(fit: Fit, frame: pl.DataFrame) -> Spec | None:
    """Histogram of the probability integral transform: flat when the predictive intervals are honest."""
    observed = frame["value"].to_list()
    values = [
        0.5 * (1 + math.erf((value - mean) / (sd * math.sqrt(2))))
        for mean, sd, value in zip(fit.predicted, fit.sd, observed, strict=False)
        if mean is not None and sd is not None and sd > 0 and value is not None
    ]
    if len(values) < BINS:
        return None
    counts = [0] * BINS
    for value in values:
        counts[min(int(value * BINS), BINS - 1)] += 1
    data: list[Row] = [{"x": i / BINS, "x2": (i + 1) / BINS, "n": n} for i, n in enumerate(counts)]
    y: Spec = {"field": "n", "type": "quantitative", "title": "steps"}
    bars: Layer = {
        "data": charts.rows(data),
        "mark": {"type": "bar", "color": charts.UNEXPOSED, "opacity": 0.6, "aria": False},
        "encoding": {
            "x": charts.axis(
                "x", "where the value fell in its predictive distribution", scale={"domain": [0, 1]}, bin="binned"
            ),
            "x2": {"field": "x2"},
            "y": y,
        },
    }
    even: Layer = {
        "data": charts.rows([{"n": len(values) / BINS}]),
        "mark": {"type": "rule", "color": charts.MUTED, "strokeDash": [4, 3], "aria": False},
        "encoding": {"y": y},
    }
    return charts.chart([bars, even], description="Calibration of the one-step-ahead predictions.", height=160)
