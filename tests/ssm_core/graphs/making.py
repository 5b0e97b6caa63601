"""Graphs written on one line."""

from schemas.graph import CausalGraph, Edge, Node


def graph(nodes: str, edges: str = "", selected_on: str = "", **missing_because: str) -> CausalGraph:
    """Nodes by name, `*` hidden, `~` without memory; edges as `X>Y@1`; `Y="X C"` says why Y goes missing."""
    return CausalGraph(
        nodes=tuple(
            Node(
                name=(name := word.strip("*~")),
                observed="*" not in word,
                memory="~" not in word,
                missing_because=tuple(missing_because.get(name, "").split()),
            )
            for word in nodes.split()
        ),
        edges=tuple(edge(word) for word in edges.split()),
        selected_on=tuple(selected_on.split()),
    )


def edge(word: str) -> Edge:
    source, rest = word.split(">")
    target, lag = rest.split("@")
    return Edge(source=source, target=target, lag=int(lag))
