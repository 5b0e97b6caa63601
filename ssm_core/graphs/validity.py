"""What no graph may contain, whoever wrote it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from ssm_core.graphs.unrolled import instantaneous_cycle

MOST_LISTED = 12


def check_graph(graph: CausalGraph, where: str) -> None:
    """Names are used once, are printable and exist where they are referred to; no cycle within a step.

    Raises:
        StudyError: the first thing that is wrong.
    """
    names = [node.name for node in graph.nodes]
    _check_names(names, where)
    known = set(names)
    for place, name in _references(graph):
        check_name(name, known, names, f"{where} at {place}")
    cycle = instantaneous_cycle(graph)
    if cycle is not None:
        fix = "give at least one of these edges a lag of one or more"
        raise StudyError("no cycle of causes within one step", _chain([*cycle, cycle[0]]), f"{where} at edges", fix)


def _check_names(names: Sequence[str], where: str) -> None:
    if not names:
        raise StudyError("at least two nodes", "none", f"{where} at nodes")
    for name, times in Counter(names).items():
        if times > 1:
            raise StudyError("every node once", f"{name!a} {times} times", f"{where} at nodes")
        if not name.isprintable() or name != name.strip():
            raise StudyError("printable names without spaces around them", f"{name!a}", f"{where} at nodes")


def _references(graph: CausalGraph) -> Iterator[tuple[str, str]]:
    """Every place that refers to a node, with the name."""
    for number, edge in enumerate(graph.edges):
        yield f"edges.{number}", edge.source
        yield f"edges.{number}", edge.target
    yield from (("selected_on", name) for name in graph.selected_on)
    for number, node in enumerate(graph.nodes):
        yield from ((f"nodes.{number}.missing_because", name) for name in node.missing_because)


def check_name(name: str, known: set[str], names: Sequence[str], where: str) -> None:
    """Refuse a name that is no node.

    Raises:
        StudyError: it is none; with the nodes, or those that look like it.
    """
    if name in known:
        return
    alike = get_close_matches(name, names, n=3, cutoff=0.6) if len(names) <= 1000 else []
    shown = ", ".join(names[:MOST_LISTED]) + (", ..." if len(names) > MOST_LISTED else "")
    fix = f"did you mean {' or '.join(alike)}?" if alike else ""
    raise StudyError(f"one of the nodes: {shown}", f"{name!a}", where, fix)


def _chain(names: list[str]) -> str:
    shown = names if len(names) <= MOST_LISTED else [*names[: MOST_LISTED - 1], "...", names[-1]]
    return " -> ".join(shown)
