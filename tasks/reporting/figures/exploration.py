"""Figures of the stage explore: what was recorded, before any model."""

from datetime import datetime, timedelta
from typing import NamedTuple, Self

import polars as pl

from schemas.exploration import Exploration
from tasks.reporting import charts
from tasks.reporting.charts import Layer, Row, Spec

MOST_VARIABLES, MOST_COLUMNS, MOST_POINTS = 40, 120, 800
WHITE = "#ffffff"
TICKS = {"values": [-1, -0.5, 0, 0.5, 1]}
NOISE = 1.96
FEWEST_FOR_A_LINE = 40
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Calendar(NamedTuple):
    """Where on the horizontal axis a step stands: at its date, or at its number in a record without dates."""

    first: datetime | None
    width: timedelta

    @classmethod
    def of(cls, panel: pl.DataFrame) -> Self:
        """The calendar of a panel; its steps are of one width, but for months and years, whose mean is taken."""
        if panel.height < 2 or panel["start"].null_count():
            return cls(None, timedelta())
        first, last = panel["start"][0], panel["start"][-1]
        return cls(first, (last - first) / (panel.height - 1))

    def at(self, step: int) -> str | int:
        """A step's place, as Vega-Lite reads it."""
        return step if self.first is None else (self.first + step * self.width).isoformat(timespec="seconds") + "Z"

    def axis(self, field: str) -> Spec:
        """The horizontal axis."""
        if self.first is None:
            return charts.axis(field, "step of the record", scale={"zero": False, "nice": False})
        ticks = {"tickCount": 8, "labelOverlap": True}
        return {"field": field, "type": "temporal", "title": None, "axis": ticks, "scale": {"type": "utc"}}


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
    drawn["weekday"] = weekday(panel, {p.variable: p.weekday for p in focus})
    drawn["autocorrelation"] = autocorrelation({p.variable: p.autocorrelation for p in focus}, panel)
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
    width, when = -(-panel.height // MOST_COLUMNS), Calendar.of(panel)
    seen = [pl.col(name).is_not_null().alias(f"seen {i}") for i, name in enumerate(kept)]
    observed = panel.select((pl.col("step") // width * width).alias("from"), *seen)
    shares = observed.group_by("from", maintain_order=True).agg(pl.all().mean())
    values: list[Row] = [
        {"x": when.at(start), "x2": when.at(start + width), "name": name, "share": share}
        for start, *found in shares.iter_rows()
        for name, share in zip(kept, found, strict=True)
    ]
    layer: Layer = {
        "data": charts.rows(values),
        "mark": {"type": "rect", "aria": False},
        "encoding": {
            "x": when.axis("x"),
            "x2": {"field": "x2"},
            "y": {"field": "name", "type": "nominal", "sort": kept, "title": None},
            "color": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 1], "range": [charts.RULE, charts.UNEXPOSED]},
                "legend": {"title": "share of steps observed", "format": "%", "gradientLength": 160},
            },
            "tooltip": [{"field": "name"}, {"field": "x", "title": "from"}, {"field": "share", "format": ".0%"}],
        },
    }
    hidden = len(variables) - len(kept)
    said = [f"each cell: {width} steps"] if width > 1 else []
    said += [f"{hidden} further variables are not shown"] if hidden else []
    return _titled([layer], "When each variable was recorded", "; ".join(said), 60 + 18 * len(kept))


def over_time(panel: pl.DataFrame, name: str | None, role: str) -> Spec | None:
    """One variable over the record with its running median; long records as means of runs of steps."""
    width, when = max(1, -(-panel.height // MOST_POINTS)), Calendar.of(panel)
    own = panel.select((pl.col("step") // width * width).alias("x"), pl.col(str(name)).alias("value"))
    means = own.group_by("x", maintain_order=True).agg(pl.col("value").mean()).drop_nulls("value")
    if means.is_empty():
        return None
    around = max(3, means.height // 12) | 1
    middle = pl.col("value").rolling_median(around, min_samples=around // 2 + 1, center=True)
    smooth = means.with_columns(middle.alias("middle"))
    values: list[Row] = [{"x": when.at(x), "value": value, "middle": level} for x, value, level in smooth.iter_rows()]
    dots: Layer = {
        "data": charts.rows(values),
        "mark": {
            "type": "point",
            "filled": True,
            "size": 22,
            "color": charts.EXPOSED if role == "treatment" else charts.UNEXPOSED,
            "opacity": 0.6,
            "aria": False,
        },
        "encoding": {
            "x": when.axis("x"),
            "y": charts.axis("value", name),
            "tooltip": [{"field": "x", "title": "when"}, {"field": "value"}],
        },
    }
    line: Layer = {
        "data": charts.rows([row for row in values if row["middle"] is not None]),
        "mark": {"type": "line", "color": charts.INK, "strokeWidth": 1.5, "aria": False},
        "encoding": {"x": when.axis("x"), "y": charts.axis("middle", name)},
    }
    plain = means.height < FEWEST_FOR_A_LINE or set(means["value"].unique()) <= {0.0, 1.0}
    said = [f"each dot: mean of {width} steps" if width > 1 else "each dot: one step"]
    said += [] if plain else [f"line: median of {around} dots around"]
    return _titled([dots] if plain else [dots, line], f"{name}, the {role}", "; ".join(said), 220)


def weekday(panel: pl.DataFrame, profiles: dict[str, tuple[float | None, ...]]) -> Spec | None:
    """Mean per weekday with two standard errors, so that a difference of chance does not look like a rhythm."""
    values: list[Row] = []
    dated = panel["start"].null_count() == 0
    days = panel.with_columns(day=pl.col("start").dt.weekday()) if dated else panel.with_columns(day=pl.lit(0))
    for name, means in profiles.items():
        found = [mean for mean in means if mean is not None]
        if len(found) < 2:
            continue
        error = pl.col(name).std() / pl.col(name).count().sqrt()
        errors = dict(days.group_by("day").agg(error.alias("error")).iter_rows())
        for number, (day, mean) in enumerate(zip(WEEKDAYS, means, strict=False), start=1):
            if mean is not None:
                spread = 2 * (errors.get(number) or 0.0)
                values.append({"day": day, "value": mean, "low": mean - spread, "high": mean + spread, "name": name})
    if not values:
        return None
    encoding = {
        "x": {"field": "day", "type": "nominal", "sort": list(WEEKDAYS), "title": None, "axis": {"labelAngle": 0}},
        "y": charts.axis("value", "mean"),
    }
    span = {"x": encoding["x"], "y": charts.axis("low", "mean"), "y2": {"field": "high"}}
    bars: Layer = {
        "mark": {"type": "rule", "color": charts.UNEXPOSED, "strokeWidth": 2, "aria": False},
        "encoding": span,
    }
    facet = [_panel(values, name, encoding, "point", bars) for name in dict.fromkeys(str(v["name"]) for v in values)]
    return _stacked(facet, "Mean by weekday, with two standard errors")


def _chance(size: int) -> list[Layer]:
    """The band in which correlations of so many unrelated pairs lie 19 times of 20."""
    edge = NOISE / max(size, 4) ** 0.5
    return [
        {
            "data": charts.rows([{"low": -edge, "high": edge}]),
            "mark": {"type": "rect", "color": charts.BAND, "opacity": 0.45, "aria": False},
            "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
        }
    ]


def autocorrelation(profiles: dict[str, tuple[float | None, ...]], panel: pl.DataFrame) -> Spec | None:
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
        "x": _lags("steps earlier", 1, max(len(series) for series in profiles.values())),
        "y": _correlation(),
    }
    names = dict.fromkeys(str(v["name"]) for v in values)
    facet = [_panel(values, name, encoding, "bar", *_chance(panel.height - panel[name].null_count())) for name in names]
    return _stacked(facet, "Correlation with its own past; grey: what chance alone does")


def _lags(title: str, first: int, last: int) -> Spec:
    """Every lag has its place, also one without enough pairs."""
    scale = {"domain": list(range(first, last + 1)), "paddingInner": 0.45, "paddingOuter": 0.3}
    return {"field": "lag", "type": "ordinal", "title": title, "axis": {"labelAngle": 0}, "scale": scale}


def _correlation() -> Spec:
    scale = {"domain": [-1, 1]}
    return {"field": "value", "type": "quantitative", "title": "correlation", "scale": scale, "axis": TICKS}


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
            "x": _lags(f"steps by which {treatment} comes first", 0, max(a.lag for a in exploration.associations)),
            "y": _correlation(),
            "tooltip": [{"field": "lag"}, {"field": "value", "format": ".2f"}, {"field": "pairs"}],
        },
    }
    fewest = min(int(row["pairs"] or 0) for row in values)
    return _titled(
        [*_chance(fewest), bars],
        f"{treatment} and {outcome}",
        "association, not effect; grey: what chance alone does",
        200,
    )


def _panel(values: list[Row], name: str, encoding: Spec, mark: str, *behind: Layer) -> Spec:
    own = [row for row in values if row["name"] == name]
    style: Layer = {"type": mark, "color": charts.UNEXPOSED, "aria": False}
    if mark == "point":
        style |= {"filled": True, "size": 60}
    layers = [*behind, {"mark": style, "encoding": encoding}]
    return {"title": name, "width": 640, "height": 110, "data": charts.rows(own), "layer": layers}


def _stacked(panels: list[Spec], title: str) -> Spec:
    return {"description": title, "title": title, "vconcat": panels, "config": charts.CONFIG, "background": WHITE}
