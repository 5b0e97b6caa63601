"""`causal-ssm identify`: a verdict on a graph file alone."""

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from flows.commands.graph_file import read_graph
from schemas.errors import StudyError
from schemas.graph import Identification
from ssm_core.graphs.identification import identify as decide
from ssm_core.graphs.unrolled import At, smallest_lag
from ssm_core.graphs.validity import check_name

MOST_SHOWN = 5
WIDTH = 100
METHODS = {
    "adjustment": "by adjustment",
    "frontdoor": "through the front door",
    "id": "by the ID algorithm",
    "no_path": "it is zero by the graph",
}


class Judged(NamedTuple):
    """The answer with what was asked."""

    treatment: str
    outcome: str
    lag: int
    found: Identification

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        asked = {"treatment": self.treatment, "outcome": self.outcome, "lag": self.lag}
        return self.found.model_dump(mode="json") | asked

    @property
    def lines(self) -> tuple[str, ...]:
        """The form for people."""
        found = self.found
        effect = f"the effect of {At(self.treatment, -self.lag)} on {At(self.outcome, 0)}"
        if not found.identified:
            head = f"Not identified: {effect} does not follow from this graph and what it calls recorded."
            after = f"No window of up to {_slices(found.slices)} is enough."
            return (head, *_bullets("Why", found.reasons), after)
        head = f"Identified: {effect}, {METHODS[found.method]}."
        after = () if found.method == "no_path" else (f"A window of {_slices(found.slices)} is enough.",)
        return (head, *_how(found), *_bullets("Note", found.reasons), *after)


def identify(path: Path, treatment: str, outcome: str, lag: int | None) -> Judged:
    """Judge one graph file.

    Args:
        path: JSON with `nodes` and `edges`.
        treatment: node that is set.
        outcome: node that is asked about.
        lag: steps between them; by default the smallest total lag over directed paths, 0 without one.

    Raises:
        StudyError: the file or the request cannot be used.
    """
    graph = read_graph(path)
    names = [node.name for node in graph.nodes]
    for option, name in (("--treatment", treatment), ("--outcome", outcome)):
        check_name(name, set(names), names, option)
    if treatment == outcome:
        raise StudyError("two different nodes", f"'{treatment}' twice", "--treatment and --outcome")
    asked = lag if lag is not None else smallest_lag(graph, treatment, outcome) or 0
    return Judged(treatment, outcome, asked, decide(graph, treatment, outcome, asked))


def _how(found: Identification) -> tuple[str, ...]:
    match found.method:
        case "adjustment":
            return _adjusting(found)
        case "frontdoor" if found.front_door is not None:
            door = found.front_door
            beside = f", within {', '.join(door.given)}" if door.given else ""
            return (f"All of it passes through {', '.join(door.mediators)}{beside}.",)
        case "id" if found.functional is not None:
            return (f"  {found.functional}",)
        case _:
            return ()


def _adjusting(found: Identification) -> tuple[str, ...]:
    if found.adjustment_sets == ((),):
        return ("Nothing has to be adjusted for.",)
    more = len(found.adjustment_sets) - MOST_SHOWN
    shown = [", ".join(nodes) or "nothing" for nodes in found.adjustment_sets[:MOST_SHOWN]]
    others = f"{more} or more" if found.truncated else str(more)
    rest = (f"  ... and {others} other sets (--json lists them)",) if more > 0 else ()
    best = found.optimal_adjustment_set
    sharpest = () if best is None else (f"The most precise estimate: adjust for {', '.join(best) or 'nothing'}.",)
    return (*_bullets("Adjust for one of", shown), *rest, *sharpest)


def _bullets(title: str, sentences: Iterable[str]) -> tuple[str, ...]:
    listed = tuple(fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ") for text in sentences)
    return (f"{title}:", *listed) if listed else ()


def _slices(count: int) -> str:
    return "one step" if count == 1 else f"{count} steps"
