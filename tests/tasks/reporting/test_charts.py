"""Laws of the charts: same bytes, bounded size, nothing executed, every figure drawn."""

import json
import time
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import polars as pl

from schemas.exploration import Association, Exploration, Profile
from schemas.graph import CausalGraph, Edge, Node
from schemas.results import Effect
from tasks.profiles import exploration_of
from tasks.reporting import charts
from tasks.reporting.charts import to_svg
from tasks.reporting.figures import exploration_figures
from tasks.reporting.figures.exposure import history
from tasks.reporting.figures.picture import days
from tasks.reporting.figures.response import response
from tasks.reporting.figures.unrolled import MOST_NODES, unrolled
from tasks.reporting.record import Names, steps

CALLED = Names("with x", "without x", True)
HOSTILE = "<script>alert(1)</script>"


def _panel(count: int, variables: int = 0) -> pl.DataFrame:
    start = [datetime(2014, 1, 1) + timedelta(days=i) for i in range(count)]
    columns = {"x": [float(i % 3 == 0) for i in range(count)], "y": [float(i % 17) for i in range(count)]}
    more = {f"v{j}": [float(i % (j + 2)) for i in range(count)] for j in range(variables)}
    return pl.DataFrame({"step": range(count), "start": start, **columns, **more})


def test_the_kept_script_of_the_charts_is_the_one_that_is_made_and_a_damaged_one_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(tmp_path))
    made = []
    monkeypatch.setattr(charts._renderer(), "javascript_bundle", lambda: made.append(1) or "vega(\r\n)")
    fresh = charts.bundle.__wrapped__
    assert fresh() == fresh() == "vega(\r\n)"
    assert len(made) == 1
    (kept,) = tmp_path.rglob("vega-*.js")
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert fresh() == "vega(\r\n)"
    assert len(made) == 2


def test_a_dated_record_is_drawn_over_its_dates_in_any_time_zone_alike(monkeypatch):
    days = [datetime(2024, 3, 30) + timedelta(days=n) for n in range(60)]
    panel = pl.DataFrame({"step": range(60), "start": days, "x": [float(n % 7) for n in range(60)]})
    drawn = []
    for zone in ("UTC", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        drawn.append(
            to_svg(exploration_figures(panel, exploration_of(panel, "x", None, 3), "x", None)["treatment_over_time"])
        )
    monkeypatch.undo()
    time.tzset()
    assert drawn[0] == drawn[1]
    assert "Apr 07" in drawn[0].decode()
    assert "median of" in drawn[0].decode()


def test_the_same_chart_gives_the_same_bytes():
    spec, _ = days(steps(_panel(60), "x", "y", 0, CALLED), CALLED, "y", "min", means=True)
    assert charts.to_svg(spec) == charts.to_svg(json.loads(json.dumps(spec)))


def test_text_from_data_is_escaped_in_a_drawing():
    spec, _ = days(steps(_panel(30), "x", "y", 0, CALLED), CALLED, HOSTILE, HOSTILE, means=True)
    svg = charts.to_svg(spec).decode()
    assert "<script" not in svg
    assert {element.tag.rsplit("}")[-1] for element in ET.fromstring(svg).iter()} <= {
        "svg",
        "g",
        "path",
        "text",
        "rect",
        "line",
        "tspan",
        "defs",
        "clipPath",
        "title",
    }


def test_ten_years_stay_small_and_say_that_they_are_averaged():
    frame = steps(_panel(3650), "x", "y", 0, CALLED)
    spec, width = days(frame, CALLED, "y", "", means=False)
    assert width > 1
    assert len(json.dumps(spec)) < 150_000
    strip, left_out = history(frame, CALLED, "x")
    assert left_out > 0
    assert len(json.dumps(strip)) < 60_000


def test_exploration_draws_forty_variables_and_says_what_is_left_out():
    panel = _panel(3650, variables=45)
    profile = Profile(
        variable="y",
        histogram_edges=(0.0, 1.0),
        histogram_counts=(1,),
        weekday=(1.0, 2.0, None, 4.0, 5.0, 6.0, 7.0),
        autocorrelation=(0.5, None),
        first_half_mean=None,
        second_half_mean=None,
        missing_runs=(),
        effective_size=None,
    )
    association = Association(first="x", second="y", lag=0, correlation=0.2, pairs=30)
    exploration = Exploration(steps=3650, profiles=(profile,), overlap=None, associations=(association,), figures=())
    figures = exploration_figures(panel, exploration, "x", "y")
    assert set(figures) == {
        "coverage",
        "treatment_over_time",
        "outcome_over_time",
        "weekday",
        "autocorrelation",
        "lagged_correlation",
    }
    assert "not shown" in figures["coverage"]["description"]
    assert "association, not effect" in figures["lagged_correlation"]["description"]
    assert all(len(charts.to_svg(spec)) < 1_000_000 for spec in figures.values())


def test_exploration_without_exposure_and_outcome_still_draws_coverage():
    exploration = Exploration(steps=5, profiles=(), overlap=None, associations=(), figures=())
    assert set(exploration_figures(_panel(5), exploration, None, None)) == {"coverage"}


def test_a_large_graph_keeps_exposure_and_outcome():
    nodes = tuple(Node(name=f"n{i}") for i in range(40))
    edges = tuple(Edge(source=f"n{i}", target="n39", lag=i % 3) for i in range(39))
    spec, left_out = unrolled(CausalGraph(nodes=nodes, edges=edges), "n7", "n39")
    assert left_out == 40 - MOST_NODES
    assert {"n7", "n39"} <= {row["name"] for row in spec["layer"][-1]["data"]["values"]}


def test_a_response_without_numbers_is_not_drawn():
    empty = Effect(
        estimand="impulse_response",
        graph="pooled",
        weight=1.0,
        kind="expected",
        horizon=0,
        contrast="1 versus 0",
        unit="",
        definition="",
        reason="not identified",
    )
    assert response([empty, empty], "y", "", "day") is None
