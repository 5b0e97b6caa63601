"""The primary graph as a small picture: nodes in order of cause, an arrow per edge with its lag."""

from html import escape

from schemas.graph import CausalGraph, GraphSet

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 150, 40, 230, 90, 30
CHARACTERS = 18
INK, PAPER, CAUSE, EFFECT, OTHER = "#1d2733", "#ffffff", "#fbe3d6", "#d9e8f5", "#eef1f4"


def graph_sentence(graphs: GraphSet) -> str:
    """Which graph it is, and whether the effect follows from it."""
    primary = graphs.graphs[0]
    count = len(graphs.graphs)
    others = f", the first of {count} candidates" if count > 1 else ""
    found = graphs.identification[primary.name]
    follows = "follows" if found.identified else "does not follow"
    return f"Graph “{primary.name}”{others}: the effect {follows} from it. Numbers on arrows are lags in steps."


def ranks(graph: CausalGraph) -> dict[str, int]:
    """Length of the longest chain of edges that ends at each node; edges that lead back (at a lag) are left out."""
    edges = sorted({(e.source, e.target) for e in graph.edges if e.source != e.target and e.lag == 0})
    late = sorted({(e.source, e.target) for e in graph.edges if e.source != e.target and e.lag > 0} - set(edges))
    kept: list[tuple[str, str]] = []
    for edge in (*edges, *late):
        if not _leads(kept, edge[1], edge[0]):
            kept.append(edge)
    rank = {node.name: 0 for node in graph.nodes}
    for _ in graph.nodes:
        for source, target in kept:
            rank[target] = max(rank[target], rank[source] + 1)
    return rank


def _leads(edges: list[tuple[str, str]], start: str, end: str) -> bool:
    reached, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        for source, target in edges:
            if source == node and target not in reached:
                reached.add(target)
                waiting.append(target)
    return end in reached


def graph_picture(graphs: GraphSet) -> str:
    """SVG of the primary graph; exposure and outcome are coloured, hidden nodes dashed."""
    graph = graphs.graphs[0]
    rank, place, rows = ranks(graph), {}, {}
    for node in graph.nodes:
        column = rank[node.name]
        row = rows[column] = rows.get(column, -1) + 1
        place[node.name] = (MARGIN + column * ACROSS, MARGIN + row * DOWN + (column % 2) * DOWN / 3)
    fill = {graphs.treatment: CAUSE, graphs.outcome: EFFECT}
    boxes = [_box(n.name, *place[n.name], fill.get(n.name, OTHER), dashed=not n.observed) for n in graph.nodes]
    pairs: dict[tuple[str, str], list[int]] = {}
    for edge in graph.edges:
        if edge.source != edge.target:
            pairs.setdefault((edge.source, edge.target), []).append(edge.lag)
    arrows = [_arrow(place[source], place[target], lags) for (source, target), lags in pairs.items()]
    wide = 2 * MARGIN + WIDTH + ACROSS * max(rank.values(), default=0)
    high = 2 * MARGIN + HEIGHT + DOWN * max(rows.values(), default=0) + DOWN / 2
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" width="{wide:g}" '
            f'height="{high:g}" font-family="Arial, Liberation Sans, sans-serif" font-size="14">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            f'<path d="M0 0L8 4L0 8z" fill="{INK}"/></marker></defs>',
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            *arrows,
            *boxes,
            "</svg>",
        ]
    )


def _box(name: str, x: float, y: float, fill: str, *, dashed: bool) -> str:
    shown = name if len(name) <= CHARACTERS else f"{name[: CHARACTERS - 1]}…"
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{fill}" stroke="{INK}"{dash}/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2 + 5:g}" text-anchor="middle" fill="{INK}">'
        f"{escape(shown)}</text>"
    )


def _arrow(start: tuple[float, float], end: tuple[float, float], lags: list[int]) -> str:
    """Straight from side to side where it leads on; bent from below to below where it leads back."""
    (x0, y0), (x1, y1) = start, end
    if x1 > x0:
        a, b = (x0 + WIDTH, y0 + HEIGHT / 2), (x1, y1 + HEIGHT / 2)
        control = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    else:
        a, b = (x0 + WIDTH / 2, y0 + HEIGHT), (x1 + WIDTH / 2, y1 + HEIGHT)
        control = ((a[0] + b[0]) / 2, max(a[1], b[1]) + DOWN / 2)
    middle = ((a[0] + 2 * control[0] + b[0]) / 4, (a[1] + 2 * control[1] + b[1]) / 4)
    told = ", ".join(map(str, sorted(lags)))
    return (
        f'<path d="M{a[0]:g} {a[1]:g}Q{control[0]:g} {control[1]:g} {b[0]:g} {b[1]:g}" fill="none" stroke="{INK}" '
        f'marker-end="url(#tip)"/><text x="{middle[0]:g}" y="{middle[1] - 6:g}" text-anchor="middle" '
        f'fill="{INK}" font-size="12">{told}</text>'
    )
