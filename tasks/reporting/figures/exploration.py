"""Figures of the stage explore: what was recorded, before any model."""

import polars as pl

from schemas.exploration import Exploration
from tasks.reporting import charts
from tasks.reporting.charts import Layer, Row, Spec

MOST_VARIABLES, MOST_COLUMNS, MOST_POINTS = 40, 120, 800
WHITE = "#ffffff"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def exploration_figures(
    panel: pl.DataFrame, exploration: Exploration, treatment: str | None, outcome: str | None
) -> dict[str, Spec]:
    """Named charts that stand alone; what does not fit is said in the subtitle."""
    variables = [name for name in panel.columns if name not in ("step", "start")]
    chosen = [name for name in dict.fromkeys((treatment, outcome)) if name in variables]
    drawn: dict[str, Spec | None] = {"coverage": coverage(panel, variables, chosen)}
    for role, name in (("treatment", treatment), ("outcome", outcome)):
        drawn[f"{role}_over_time"] = over_time(panel, name, role) if name in variables else None
    focus = [p for p in exploration.profiles if p.variable in chosen] or list(exploration.profiles[:4])
    drawn["weekday"] = weekday({p.variable: p.weekday for p in focus})
    drawn["autocorrelation"] = autocorrelation({p.variable: p.autocorrelation for p in focus})
    drawn["lagged_correlation"] = lagged(exploration, treatment, outcome)
    return {name: spec for name, spec in drawn.items() if spec is not None}


def _titled(layers: list[Layer], title: str, subtitle: str, height: int) -> Spec:
    heading = {"text": title, "subtitle": subtitle} if subtitle else {"text": title}
    return charts.chart(layers, description=f"{title}. {subtitle}", height=height, title=heading, background=WHITE)


def coverage(panel: pl.DataFrame, variables: list[str], first: list[str]) -> Spec | None:
    """Share of observed steps per variable and stretch of the record."""
    if panel.is_empty() or not variables:
        return None
    kept = [*first, *(name for name in variables if name not in first)][:MOST_VARIABLES]
    width = -(-panel.height // MOST_COLUMNS)
    seen = [pl.col(name).is_not_null().alias(f"seen {i}") for i, name in enumerate(kept)]
    observed = panel.select((pl.col("step") // width * width).alias("from"), *seen)
    shares = observed.group_by("from", maintain_order=True).agg(pl.all().mean())
    values: list[Row] = [
        {"x": start, "x2": start + width, "name": name, "share": share}
        for start, *found in shares.iter_rows()
        for name, share in zip(kept, found, strict=True)
    ]
    layer: Layer = {
        "data": charts.rows(values),
        "mark": {"type": "rect", "aria": False},
        "encoding": {
            "x": charts.axis("x", "step of the record", scale={"zero": False, "nice": False}),
            "x2": {"field": "x2"},
            "y": {"field": "name", "type": "nominal", "sort": kept, "title": None},
            "color": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 1], "range": [charts.RULE, charts.UNEXPOSED]},
                "legend": {"title": "share of steps observed", "format": "%", "gradientLength": 160},
            },
            "tooltip": [{"field": "name"}, {"field": "x", "title": "from step"}, {"field": "share", "format": ".0%"}],
        },
    }
    hidden = len(variables) - len(kept)
    said = [f"each cell: {width} steps"] if width > 1 else []
    said += [f"{hidden} further variables are not shown"] if hidden else []
    return _titled([layer], "When each variable was recorded", "; ".join(said), 60 + 18 * len(kept))


def over_time(panel: pl.DataFrame, name: str | None, role: str) -> Spec | None:
    """One variable over the record; long records as means of runs of steps."""
    width = max(1, -(-panel.height // MOST_POINTS))
    own = panel.select((pl.col("step") // width * width).alias("x"), pl.col(str(name)).alias("value"))
    means = own.group_by("x", maintain_order=True).agg(pl.col("value").mean()).drop_nulls("value")
    if means.is_empty():
        return None
    dots: Layer = {
        "data": charts.rows(means.to_dicts()),
        "mark": {
            "type": "point",
            "filled": True,
            "size": 22,
            "color": charts.EXPOSED if role == "treatment" else charts.UNEXPOSED,
            "aria": False,
        },
        "encoding": {
            "x": charts.axis("x", "step of the record", scale={"zero": False, "nice": False}),
            "y": charts.axis("value", name),
            "tooltip": [{"field": "x", "title": "step"}, {"field": "value"}],
        },
    }
    return _titled([dots], f"The {role} over time", f"each dot: mean of {width} steps" if width > 1 else "", 220)


def weekday(profiles: dict[str, tuple[float | None, ...]]) -> Spec | None:
    """Mean per weekday in standard deviations of the weekday means, so that variables share one scale."""
    values: list[Row] = []
    for name, means in profiles.items():
        found = [mean for mean in means if mean is not None]
        if len(found) < 2:
            continue
        values += [
            {"day": day, "value": mean, "name": name}
            for day, mean in zip(WEEKDAYS, means, strict=False)
            if mean is not None
        ]
    if not values:
        return None
    encoding = {
        "x": {"field": "day", "type": "nominal", "sort": list(WEEKDAYS), "title": None, "axis": {"labelAngle": 0}},
        "y": charts.axis("value", "mean"),
    }
    facet = [_panel(values, name, encoding, "line") for name in dict.fromkeys(str(v["name"]) for v in values)]
    return _stacked(facet, "Mean by weekday")


def autocorrelation(profiles: dict[str, tuple[float | None, ...]]) -> Spec | None:
    """Correlation of each variable with its own past."""
    values: list[Row] = [
        {"lag": lag, "value": value, "name": name}
        for name, series in profiles.items()
        for lag, value in enumerate(series, start=1)
        if value is not None
    ]
    if not values:
        return None
    encoding = {
        "x": {"field": "lag", "type": "ordinal", "title": "steps earlier", "axis": {"labelAngle": 0}},
        "y": {"field": "value", "type": "quantitative", "title": "correlation", "scale": {"domain": [-1, 1]}},
    }
    facet = [_panel(values, name, encoding, "bar") for name in dict.fromkeys(str(v["name"]) for v in values)]
    return _stacked(facet, "Correlation with its own past")


def lagged(exploration: Exploration, treatment: str | None, outcome: str | None) -> Spec | None:
    """Correlation of exposure and outcome at each lag."""
    values: list[Row] = [
        {"lag": a.lag, "value": a.correlation, "pairs": a.pairs}
        for a in exploration.associations
        if (a.first, a.second) == (treatment, outcome) and a.correlation is not None
    ]
    if not values:
        return None
    bars: Layer = {
        "data": charts.rows(values),
        "mark": {"type": "bar", "color": charts.UNKNOWN, "aria": False},
        "encoding": {
            "x": {
                "field": "lag",
                "type": "ordinal",
                "title": f"steps by which {treatment} comes first",
                "axis": {"labelAngle": 0},
            },
            "y": {"field": "value", "type": "quantitative", "title": "correlation", "scale": {"domain": [-1, 1]}},
            "tooltip": [{"field": "lag"}, {"field": "value", "format": ".2f"}, {"field": "pairs"}],
        },
    }
    return _titled([bars], f"{treatment} and {outcome}", "association, not effect", 200)


def _panel(values: list[Row], name: str, encoding: Spec, mark: str) -> Spec:
    own = [row for row in values if row["name"] == name]
    style: Layer = {"type": mark, "color": charts.UNEXPOSED, "aria": False}
    if mark == "line":
        style["point"] = True
    return {"title": name, "width": 640, "height": 110, "data": charts.rows(own), "mark": style, "encoding": encoding}


def _stacked(panels: list[Spec], title: str) -> Spec:
    return {"description": title, "title": title, "vconcat": panels, "config": charts.CONFIG, "background": WHITE}
