"""Small random graphs, as hypothesis draws them."""

from hypothesis import strategies as st

from schemas.graph import CausalGraph, Node
from ssm_core.graphs.unrolled import instantaneous_cycle
from tests.ssm_core.graphs.making import edge, graph

OTHERS = ("A", "B", "C")


@st.composite
def confounded_graphs(draw) -> CausalGraph:
    """A small graph with an effect of X on Y and a hidden cause of both."""
    drawn = draw(small_graphs(hidden=0.6, most=1))
    nodes = (*drawn.nodes, Node(name="U", observed=False, memory=draw(st.booleans())))
    lags = [draw(st.integers(0, 1)) for _ in range(2)]
    more = (edge(f"U>X@{lags[0]}"), edge(f"U>Y@{lags[1]}"))
    at_once = drawn.model_copy(update={"nodes": nodes, "edges": (*drawn.edges, *more, edge("X>Y@0"))})
    later = at_once.model_copy(update={"edges": (*drawn.edges, *more, edge("X>Y@1"))})
    return later if instantaneous_cycle(at_once) else at_once


@st.composite
def small_graphs(draw, hidden: float = 0.5, most: int = 3) -> CausalGraph:
    """X, Y and up to three more, some hidden, some without memory, edges of lag 0 to 2, acyclic within a step."""
    names = ("X", "Y", *OTHERS[: draw(st.integers(0, most))])
    order = draw(st.permutations(names))
    words = [name + ("*" if name in OTHERS and draw(st.floats(0, 1)) < hidden else "") for name in names]
    words = [word + ("~" if draw(st.booleans()) else "") for word in words]
    pairs = [(a, b) for a in names for b in names if a != b]
    edges = []
    for a, b in draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=2 * len(names), unique=True)):
        soonest = 0 if order.index(a) < order.index(b) else 1
        edges.append(f"{a}>{b}@{draw(st.integers(soonest, 2 if len(names) < 4 else 1))}")
    return graph(" ".join(words), " ".join(edges))
