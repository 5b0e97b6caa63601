"""How the effect unfolds after the exposure: impulse response with its intervals."""

from schemas.results import Effect
from tasks.reporting import charts, numbers
from tasks.reporting.charts import Layer, Row, Spec

MOST_STEPS = 120


def response(effects: list[Effect], outcome: str, unit: str, step: str) -> Spec | None:
    """Expected change of the outcome by steps since the exposure; nothing to draw gives None."""
    points = [_row(e) for e in effects if e.mean is not None and e.horizon is not None][:MOST_STEPS]
    if len(points) < 2:
        return None
    x: Spec = charts.axis("horizon", f"{step}s after the exposure", axis={"tickMinStep": 1, "format": "d"})
    title = f"change in {outcome}" + (f" ({unit})" if unit else "")
    y: Spec = charts.axis("mean", title)
    data = charts.rows(points)
    zero: Layer = {
        "data": charts.rows([{"mean": 0}]),
        "mark": {"type": "rule", "color": charts.MUTED, "aria": False},
        "encoding": {"y": y},
    }
    band: Layer = {
        "data": data,
        "mark": {"type": "area", "color": charts.EXPOSED, "opacity": 0.25, "aria": False},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    line: Layer = {
        "data": data,
        "mark": {"type": "line", "color": charts.EXPOSED, "aria": False},
        "encoding": {"x": x, "y": y},
    }
    dots: Layer = {
        "data": data,
        "mark": {"type": "point", "filled": True, "color": charts.EXPOSED, "size": 55, "aria": False},
        "encoding": {
            "x": x,
            "y": y,
            "tooltip": [{"field": "horizon", "title": f"{step}s after"}, {"field": "shown", "title": "change"}],
        },
    }
    text = f"Expected change in {outcome} by {step}s after one exposure, with {numbers.INTERVAL} intervals."
    return charts.chart([zero, band, line, dots], description=text, height=240)


def _row(effect: Effect) -> Row:
    row: Row = {"horizon": effect.horizon, "mean": effect.mean, "low": effect.q05, "high": effect.q95}
    if effect.mean is not None and effect.q05 is not None and effect.q95 is not None:
        value = numbers.estimate(effect.mean, effect.q05, effect.q95, sign=True)
        row["shown"] = f"{value} ({numbers.interval(effect.q05, effect.q95, sign=True)})"
    return row
