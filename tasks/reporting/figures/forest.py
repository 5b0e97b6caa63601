"""The effect under each candidate graph beside the pooled one."""

from schemas.results import Effect
from tasks.reporting import charts, numbers
from tasks.reporting.charts import Layer, Row, Spec

MOST_GRAPHS = 20


def forest(effects: list[Effect], outcome: str, unit: str) -> Spec | None:
    """One line per graph with its weight, the pooled effect last; fewer than two lines give None."""
    drawn = [_row(e) for e in effects if e.mean is not None and e.q05 is not None and e.q95 is not None]
    if len(drawn) < 2:
        return None
    drawn = drawn[-MOST_GRAPHS:]
    x: Spec = charts.axis("mean", f"effect on {outcome}" + (f" ({unit})" if unit else ""))
    y: Spec = {"field": "graph", "type": "nominal", "sort": None, "title": None, "axis": {"labelFontSize": 13}}
    pairs = [("pooled", charts.EXPOSED), ("one graph", charts.UNEXPOSED)]
    colour = charts.colours(pairs, legend=None)
    data = charts.rows(drawn)
    tips = [{"field": "graph"}, {"field": "shown", "title": "effect"}, {"field": "weight"}]
    bar: Layer = {
        "data": data,
        "mark": {"type": "rule", "strokeWidth": 4, "aria": False},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "color": colour, "tooltip": tips},
    }
    dot: Layer = {
        "data": data,
        "mark": {"type": "point", "filled": True, "size": 120, "opacity": 1, "aria": False},
        "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips},
    }
    zero: Layer = {
        "data": charts.rows([{"mean": 0}]),
        "mark": {"type": "rule", "color": charts.MUTED, "strokeDash": [4, 3], "aria": False},
        "encoding": {"x": x},
    }
    text = f"Effect on {outcome} under each candidate graph, with {numbers.INTERVAL} intervals."
    return charts.chart([zero, bar, dot], description=text, height=40 + 34 * len(drawn))


def _row(effect: Effect) -> Row:
    weight = "" if effect.graph == "pooled" else f", weight {numbers.percent(effect.weight)}"
    row: Row = {"graph": effect.graph + weight, "mean": effect.mean, "low": effect.q05, "high": effect.q95}
    row["group"] = "pooled" if effect.graph == "pooled" else "one graph"
    row["weight"] = numbers.percent(effect.weight)
    if effect.mean is not None and effect.q05 is not None and effect.q95 is not None:
        value = numbers.estimate(effect.mean, effect.q05, effect.q95, sign=True)
        row["shown"] = f"{value} ({numbers.interval(effect.q05, effect.q95, sign=True)})"
    return row
