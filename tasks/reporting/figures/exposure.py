"""The exposure's history, and whether both kinds of steps started from comparable states."""

import polars as pl

from tasks.reporting import charts
from tasks.reporting.charts import Layer, Row, Spec
from tasks.reporting.record import UNKNOWN_GROUP, Names

MOST_RUNS, BINS = 600, 14


def history(frame: pl.DataFrame, called: Names, treatment: str) -> tuple[Spec, int]:
    """A strip of runs of equal exposure.

    Returns:
        The chart, and how many runs are left out because only the last ones fit.
    """
    runs = (
        frame.with_columns(pl.col("group").rle_id().alias("run"))
        .group_by("run", maintain_order=True)
        .agg(pl.col("group").first(), pl.col("step").min().alias("x"), (pl.col("step").max() + 1).alias("x2"))
    )
    drawn = runs.tail(MOST_RUNS)
    values: list[Row] = [
        {"x": row["x"], "x2": row["x2"], "group": row["group"], "length": row["x2"] - row["x"]}
        for row in drawn.iter_rows(named=True)
    ]
    pairs = [(called.exposed, charts.EXPOSED), (called.unexposed, charts.UNEXPOSED), (UNKNOWN_GROUP, charts.RULE)]
    layer: Layer = {
        "data": charts.rows(values),
        "mark": {"type": "rect", "aria": False},
        "encoding": {
            "x": charts.axis("x", "step of the record", scale={"zero": False, "nice": False}),
            "x2": {"field": "x2"},
            "color": charts.colours(pairs),
            "tooltip": [{"field": "group", "title": " "}, {"field": "x", "title": "from step"}, {"field": "length"}],
        },
    }
    return charts.chart([layer], description=f"When {treatment} was present.", height=110), runs.height - drawn.height


def overlap(frame: pl.DataFrame, called: Names, outcome: str, unit: str) -> Spec | None:
    """Distribution of the outcome one step earlier, by exposure: the two should cover the same range."""
    before = frame.with_columns(pl.col("value").shift(1).alias("before")).drop_nulls("before")
    known = before.filter(pl.col("group") != UNKNOWN_GROUP)
    low, high = known["before"].min(), known["before"].max()
    if known.height < 4 or not isinstance(low, float) or not isinstance(high, float) or low == high:
        return None
    width = (high - low) / BINS
    place = ((pl.col("before") - low) / width).floor().clip(0, BINS - 1).alias("bin")
    counts = known.group_by("group", place, maintain_order=True).agg(pl.len().alias("n"))
    shares = counts.with_columns((pl.col("n") / pl.col("n").sum().over("group")).alias("share")).sort("group", "bin")
    values: list[Row] = [
        {"x": low + row["bin"] * width, "x2": low + (row["bin"] + 1) * width, "share": row["share"], "n": row["n"]}
        | {"group": row["group"]}
        for row in shares.iter_rows(named=True)
    ]
    pairs = [(called.exposed, charts.EXPOSED), (called.unexposed, charts.UNEXPOSED)]
    title = f"{outcome} one step earlier" + (f" ({unit})" if unit else "")
    layer: Layer = {
        "data": charts.rows(values),
        "mark": {"type": "bar", "opacity": 0.5, "aria": False},
        "encoding": {
            "x": charts.axis("x", title, scale={"zero": False, "nice": False}, bin="binned"),
            "x2": {"field": "x2"},
            "y": {"field": "share", "type": "quantitative", "stack": None, "title": "share", "axis": {"format": "%"}},
            "color": charts.colours(pairs),
            "tooltip": [{"field": "group", "title": " "}, {"field": "n", "title": "steps"}],
        },
    }
    text = f"Distribution of {outcome} one step before exposed and before unexposed steps."
    return charts.chart([layer], description=text, height=190)
