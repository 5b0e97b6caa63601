"""The one picture for the lay reader: every recorded day beside the estimated effect."""

import polars as pl

from schemas.results import Headline, Verdict
from tasks.reporting import charts, numbers
from tasks.reporting.charts import Layer, Row, Spec
from tasks.reporting.record import UNKNOWN_GROUP, Names, thinned

MOST_DOTS = 800
# Only with Shift, so that a page still scrolls when the pointer or a finger is on the chart.
ZOOM: Spec = {
    "type": "interval",
    "zoom": "wheel![event.shiftKey]",
    "translate": "[pointerdown[event.shiftKey], window:pointerup] > window:pointermove!",
    "on": "[pointerdown[event.shiftKey], window:pointerup] > window:pointermove!",
}
ESTIMATE_AT, TRUTH_AT, EDGE = -0.1, 0.2, 1.0
ACROSS: Spec = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [-1, 1]}}


def days(frame: pl.DataFrame, called: Names, outcome: str, unit: str, *, means: bool) -> tuple[Spec, int]:
    """Outcome over time, one dot per step coloured by exposure; `means` adds the plain mean of each side.

    Returns:
        The chart, and how many steps one dot averages (1: every step is drawn).
    """
    drawn, width = thinned(frame, MOST_DOTS)
    values = charts.rows(_dots(drawn, unit))
    x = _time(drawn)
    y = charts.axis("value", numbers.with_unit(outcome, f"({unit})") if unit else outcome)
    y["scale"] = {**y["scale"], "padding": 8}
    unknown = UNKNOWN_GROUP in drawn["group"].unique().to_list()
    pairs = [(called.exposed, charts.EXPOSED), (called.unexposed, charts.UNEXPOSED)]
    shapes = ["circle", "square", "cross"]
    known = [*pairs, (UNKNOWN_GROUP, charts.UNKNOWN)] if unknown else pairs
    shape_scale = {"domain": [name for name, _ in known], "range": shapes[: len(known)]}
    dots: Layer = {
        "data": values,
        "mark": {"type": "point", "filled": True, "opacity": 0.85, "size": 46 if drawn.height < 200 else 24},
        "params": [{"name": "zoom", "select": ZOOM, "bind": "scales"}],
        "encoding": {
            "x": x,
            "y": y,
            "color": charts.colours(known),
            "shape": {"field": "group", "type": "nominal", "scale": shape_scale},
            "tooltip": [{"field": f, "title": t} for f, t in (("day", "when"), ("shown", outcome), ("group", "group"))],
        },
    }
    dots["mark"]["aria"] = False
    layers = [dots, *(_mean_lines(frame, pairs, y) if means else [])]
    text = f"Each recorded value of {outcome} over time, coloured by exposure: {called.exposed} or {called.unexposed}."
    return charts.chart(layers, description=text, height=300), width


def _dots(drawn: pl.DataFrame, unit: str) -> list[Row]:
    dated = drawn["when"].null_count() == 0
    return [
        {
            "x": row["when"] if dated else row["step"],
            "day": row["when"][:10] if dated else f"step {row['step']}",
            "value": row["value"],
            "shown": numbers.with_unit(numbers.significant(row["value"], 4), unit),
            "group": row["group"],
        }
        for row in drawn.iter_rows(named=True)
    ]


def _time(drawn: pl.DataFrame) -> Spec:
    if drawn["when"].null_count():
        return {
            "field": "x",
            "type": "quantitative",
            "title": "step",
            "scale": {"zero": False, "nice": False, "padding": 8},
        }
    return {
        "field": "x",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "padding": 8},
        "axis": {"labelOverlap": "greedy", "labelSeparation": 10},
    }


def _mean_lines(frame: pl.DataFrame, pairs: list[tuple[str, str]], y: Spec) -> list[Layer]:
    means = frame.drop_nulls("value").group_by("group").agg(pl.col("value").mean())
    found = dict(means.iter_rows())
    return [
        {
            "data": charts.rows([{"value": found[name]}]),
            "mark": {"type": "rule", "strokeWidth": 2, "color": colour, "strokeDash": [6, 3], "aria": False},
            "encoding": {"y": y},
        }
        for name, colour in pairs
        if name in found
    ]


def effect(verdict: Verdict) -> Spec | None:
    """The estimated effect with its interval, the band too small to matter, zero, and the truth when it is known."""
    estimate = verdict.estimate
    if estimate is None:
        return None
    title = f"change in {verdict.outcome}" + (f" ({estimate.unit})" if estimate.unit else "")
    y: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"zero": True, "nice": True, "padding": 12},
    }
    y["axis"] = {"labelExpr": "datum.value == 0 ? 'no change' : datum.value > 0 ? '+' + datum.label : datum.label"}
    layers = [*_band(verdict.rope.low, verdict.rope.high, y), _zero(y), *_estimate(estimate, y)]
    truth = known_truth(verdict)
    if truth is not None:
        layers += _truth(truth, y)
    ends = numbers.interval(estimate.q05, estimate.q95, sign=True)
    value = numbers.estimate(estimate.mean, estimate.q05, estimate.q95, sign=True)
    text = f"Estimated change in {verdict.outcome}: {value} {estimate.unit}, interval {ends}."
    return charts.chart(layers, description=text, height=300, width=300)


def _estimate(estimate: Headline, y: Spec) -> list[Layer]:
    """Bar, dot, and the three figures written beside them."""
    bar: Row = {"value": estimate.q05, "high": estimate.q95, "x": ESTIMATE_AT}
    written: list[Row] = [
        {"value": value, "x": ESTIMATE_AT, "shown": numbers.estimate(value, estimate.q05, estimate.q95, sign=True)}
        for value in (estimate.q05, estimate.mean, estimate.q95)
    ]
    rule: Layer = {"type": "rule", "strokeWidth": 8, "color": charts.EXPOSED, "strokeCap": "round", "opacity": 0.5}
    dot: Layer = {"type": "point", "filled": True, "size": 200, "color": charts.EXPOSED, "opacity": 1}
    return [
        {"data": charts.rows([bar]), "mark": rule, "encoding": {"x": ACROSS, "y": y, "y2": {"field": "high"}}},
        {"data": charts.rows([written[1]]), "mark": dot, "encoding": {"x": ACROSS, "y": y}},
        _text(written[1:2], y, align="right", dx=-16, size=15, weight="bold"),
        _text([written[0], written[2]], y, align="right", dx=-16, size=12, weight="normal"),
    ]


def _truth(truth: float, y: Spec) -> list[Layer]:
    shown = f"truth {numbers.significant(truth, sign=True)}"
    row: Row = {"value": truth, "x": TRUTH_AT, "shown": shown}
    mark: Layer = {
        "type": "point",
        "shape": "diamond",
        "filled": True,
        "size": 170,
        "color": charts.TRUTH,
        "opacity": 1,
    }
    point: Layer = {"data": charts.rows([row]), "mark": mark, "encoding": {"x": ACROSS, "y": y}}
    return [point, _text([row], y, align="left", dx=12, size=13, weight="bold", colour=charts.TRUTH)]


def _text(data: list[Row], y: Spec, *, align: str, dx: int, size: int, weight: str, colour: str = charts.INK) -> Layer:
    mark: Layer = {"type": "text", "align": align, "dx": dx, "fontSize": size, "fontWeight": weight, "color": colour}
    return {"data": charts.rows(data), "mark": mark, "encoding": {"x": ACROSS, "y": y, "text": {"field": "shown"}}}


def known_truth(verdict: Verdict) -> float | None:
    """The true value of the headline estimand, when the study is a simulation that states it."""
    if verdict.estimate is None or verdict.known_truth is None:
        return None
    return verdict.known_truth.value if verdict.known_truth.estimand == verdict.estimate.name else None


def _band(low: float, high: float, y: Spec) -> list[Layer]:
    words: Row = {"value": high, "x": EDGE, "shown": "too small to matter"}
    area: Layer = {
        "data": charts.rows([{"value": low, "high": high}]),
        "mark": {"type": "rect", "color": charts.BAND, "opacity": 0.45, "aria": False},
        "encoding": {"y": y, "y2": {"field": "high"}},
    }
    label = _text([words], y, align="right", dx=-4, size=11, weight="normal", colour=charts.MUTED)
    label["mark"] |= {"baseline": "bottom", "dy": -3}
    return [area, label]


def _zero(y: Spec) -> Layer:
    mark: Layer = {"type": "rule", "color": charts.MUTED, "strokeWidth": 1.5, "aria": False}
    return {"data": charts.rows([{"value": 0}]), "mark": mark, "encoding": {"y": y}}
