"""The causal graph unrolled over time: one column per step, edges styled by who asserted them."""

import json
from math import atan2, degrees, hypot

from schemas.graph import AssertedBy, CausalGraph, Edge
from tasks.reporting import charts
from tasks.reporting.charts import Layer, Row, Spec
from tasks.reporting.prose import clean

MOST_NODES, MOST_LAG = 12, 4
ROW_PIXELS, PLOT_PIXELS, NODE_PIXELS, BOW_PIXELS = 48, 480, 12, 45
MEMORY = "its own past"
ASSERTED: dict[AssertedBy, tuple[str, str, list[int]]] = {
    "person": ("the person", charts.EXPOSED, [1, 0]),
    "model": ("the language model", charts.TRUTH, [6, 3]),
    "data": ("the data", charts.UNEXPOSED, [2, 2]),
    "rule": ("a rule", charts.INK, [8, 2, 2, 2]),
    "design": ("the design", "#009e73", [1, 0]),
    "default": ("default", charts.MUTED, [3, 3]),
}


def unrolled(graph: CausalGraph, treatment: str, outcome: str) -> tuple[Spec, int]:
    """Nodes by variable and step with their edges.

    Returns:
        The chart, and how many variables are left out because only the most connected ones fit.
    """
    kept = _kept(graph, treatment, outcome)
    row = {name: index for index, name in enumerate(kept)}
    memory = [Edge(source=n.name, target=n.name, lag=1) for n in graph.nodes if n.memory and n.name in row]
    edges = [e for e in graph.edges if e.source in row and e.target in row and e.lag <= MOST_LAG]
    columns = max([e.lag for e in edges], default=1)
    columns = max(columns, 1)
    lines, heads = _edges(edges, row, columns)
    quiet, _ = _edges(memory, row, columns, memory=True)
    hidden = {n.name for n in graph.nodes if not n.observed}
    extent = [-0.35, columns + 0.35]
    x: Spec = {"field": "x", "type": "quantitative", "title": None, "scale": {"domain": extent, "nice": False}}
    x["axis"] = {"values": list(range(columns + 1)), "labelExpr": _labels(columns), "domain": False, "ticks": False}
    y: Spec = {"field": "y", "type": "quantitative", "scale": {"domain": [len(kept) - 0.5, -0.5], "nice": False}}
    y |= {"title": None, "axis": {"values": list(range(len(kept))), "grid": False, "domain": False, "ticks": False}}
    y["axis"]["labelExpr"] = _names(kept)
    who = sorted({_who(e) for e in edges} | ({MEMORY} if quiet else set()))
    layers = [
        _lines(quiet + lines, x, y, who),
        _heads(heads, x, y, who),
        _nodes(kept, columns, hidden, treatment, outcome, x, y),
    ]
    text = f"Causal graph {graph.name} over {columns + 1} steps: " + "; ".join(
        f"{e.source} to {e.target} after {e.lag} steps" for e in edges[:20]
    )
    return charts.chart(layers, description=text, height=60 + ROW_PIXELS * len(kept)), len(graph.nodes) - len(kept)


def _kept(graph: CausalGraph, treatment: str, outcome: str) -> list[str]:
    degree = {n.name: sum(n.name in (e.source, e.target) for e in graph.edges) for n in graph.nodes}
    others = sorted((n for n in degree if n not in (treatment, outcome)), key=lambda n: (-degree[n], n))
    ends = [n for n in (treatment, outcome) if n in degree]
    room = others[: MOST_NODES - len(ends)]
    return [*ends[:1], *room, *ends[1:]]


def _who(edge: Edge) -> str:
    return ASSERTED[edge.asserted_by][0]


def _labels(columns: int) -> str:
    return f"datum.value == {columns} ? 'this step' : ({columns} - datum.value) + ' before'"


def _names(kept: list[str]) -> str:
    return f"{json.dumps([clean(name) for name in kept])}[datum.value]"


def _edges(
    edges: list[Edge], row: dict[str, int], columns: int, *, memory: bool = False
) -> tuple[list[Row], list[Row]]:
    """Every copy of every edge that fits between the first and the last column, as bent lines and arrow heads."""
    lines: list[Row] = []
    heads: list[Row] = []
    for number, edge in enumerate(edges):
        for start in range(columns - edge.lag + 1):
            name = f"{'m' if memory else 'e'}{number}.{start}"
            ends = ((start, row[edge.source]), (start + edge.lag, row[edge.target]))
            points = _bend(*ends[0], *ends[1], columns, memory=memory)
            who = MEMORY if memory else _who(edge)
            tip = f"{clean(edge.source)} → {clean(edge.target)}"
            lines += [
                {"edge": name, "i": i, "x": x, "y": y, "group": who, "tip": tip, "reason": clean(edge.reason)[:160]}
                for i, (x, y) in enumerate(points)
            ]
            (x0, y0), (x1, y1) = points[-2], points[-1]
            angle = _angle(x1 - x0, y1 - y0, columns)
            heads.append({"x": x1, "y": y1, "angle": angle, "group": who})
    return lines, heads


def _bend(x0: float, y0: float, x1: float, y1: float, columns: int, *, memory: bool) -> list[tuple[float, float]]:
    """A quadratic curve that stops short of both nodes; edges within a step bow to the left."""
    if x0 == x1:
        middle = (x0 - 0.16 - 0.03 * abs(y1 - y0), (y0 + y1) / 2)
    elif y0 == y1 and not memory:
        middle = ((x0 + x1) / 2, y0 - 0.35)
    else:
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    bow = BOW_PIXELS if x0 == x1 else 0
    length = bow + hypot((x1 - x0) * PLOT_PIXELS / (columns + 0.7), (y1 - y0) * ROW_PIXELS)
    gap = min(0.3, NODE_PIXELS / length)
    along = [gap + (1 - 2 * gap) * i / 12 for i in range(13)]
    return [
        (
            (1 - t) ** 2 * x0 + 2 * t * (1 - t) * middle[0] + t**2 * x1,
            (1 - t) ** 2 * y0 + 2 * t * (1 - t) * middle[1] + t**2 * y1,
        )
        for t in along
    ]


def _angle(dx: float, dy: float, columns: int) -> float:
    """Direction on the page, in degrees clockwise from straight up."""
    return degrees(atan2(dy * ROW_PIXELS, dx * PLOT_PIXELS / (columns + 0.7))) + 90


def _lines(lines: list[Row], x: Spec, y: Spec, who: list[str]) -> Layer:
    style = {name: (colour, dash) for name, colour, dash in ASSERTED.values()} | {MEMORY: (charts.BAND, [1, 0])}
    colour = charts.colours([(name, style[name][0]) for name in who], legend={"columns": 3})
    dash = {"field": "group", "type": "nominal", "scale": {"domain": who, "range": [style[name][1] for name in who]}}
    dash["legend"] = {"columns": 3}
    return {
        "data": charts.rows(lines),
        "mark": {"type": "line", "strokeWidth": 1.8, "aria": False},
        "encoding": {
            "x": x,
            "y": y,
            "detail": {"field": "edge"},
            "order": {"field": "i"},
            "color": colour,
            "strokeDash": dash,
            "tooltip": [
                {"field": "tip", "title": "edge"},
                {"field": "group", "title": "asserted by"},
                {"field": "reason"},
            ],
        },
    }


def _heads(heads: list[Row], x: Spec, y: Spec, who: list[str]) -> Layer:
    style = {name: colour for name, colour, _ in ASSERTED.values()} | {MEMORY: charts.BAND}
    return {
        "data": charts.rows(heads),
        "mark": {"type": "point", "shape": "triangle-up", "filled": True, "size": 70, "opacity": 1, "aria": False},
        "encoding": {
            "x": x,
            "y": y,
            "angle": {"field": "angle", "type": "quantitative", "scale": None},
            "color": charts.colours([(name, style[name]) for name in who], legend={"columns": 3}),
        },
    }


def _nodes(kept: list[str], columns: int, hidden: set[str], treatment: str, outcome: str, x: Spec, y: Spec) -> Layer:
    special = {treatment: charts.EXPOSED, outcome: charts.UNEXPOSED}
    values: list[Row] = [
        {
            "x": column,
            "y": index,
            "name": clean(name),
            "fill": charts.PAPER if name in hidden else special.get(name, charts.MUTED),
            "line": special.get(name, charts.MUTED),
        }
        for index, name in enumerate(kept)
        for column in range(columns + 1)
    ]
    return {
        "data": charts.rows(values),
        "mark": {"type": "point", "filled": False, "size": 240, "opacity": 1, "fillOpacity": 1, "aria": False},
        "encoding": {
            "x": x,
            "y": y,
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "stroke": {"field": "line", "type": "nominal", "scale": None},
            "tooltip": [{"field": "name", "title": "variable"}],
        },
    }
