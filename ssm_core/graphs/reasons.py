"""Why an effect is not identified, in plain words: the paths that nothing recorded can block."""

from itertools import pairwise

from schemas.graph import CausalGraph
from ssm_core.graphs.bits import members
from ssm_core.graphs.paths import open_path
from ssm_core.graphs.unrolled import Unrolled

MOST_PATHS = 5
LONGEST_SHOWN = 9


def open_paths(graph: CausalGraph, cut: Unrolled, x: int, y: int, given: int) -> tuple[str, ...]:
    """A sentence per open non-causal path, each through another hidden cause.

    Args:
        graph: tells which names are recorded.
        cut: the unrolled graph without the first edges of causal paths.
        x: number of the exposure.
        y: number of the outcome.
        given: everything recorded that may be adjusted for, and what the record conditions on.
    """
    hidden = {node.name for node in graph.nodes if not node.observed}
    sentences: list[str] = []
    banned = 0
    while len(sentences) < MOST_PATHS and (path := open_path(cut, x, y, given, banned)) is not None:
        sources = _common_causes(cut, path)
        sentences.append(_sentence(cut, path, sources, hidden, given))
        names = {cut.nodes[number].name for number in sources}
        blocked = sum(1 << i for i, at in enumerate(cut.nodes) if at.name in names) & ~(1 << x) & ~(1 << y)
        if not blocked & ~banned:
            break
        banned |= blocked
    return tuple(dict.fromkeys(sentences))


def _common_causes(cut: Unrolled, path: list[int]) -> list[int]:
    """Nodes of the path that act on both of their neighbours."""
    inner = zip(path, path[1:], path[2:], strict=False)
    return [b for a, b, c in inner if cut.parents[a] >> b & 1 and cut.parents[c] >> b & 1]


def _sentence(cut: Unrolled, path: list[int], sources: list[int], hidden: set[str], given: int) -> str:
    x, y = cut.nodes[path[0]].name, cut.nodes[path[-1]].name
    unrecorded = list(dict.fromkeys(cut.nodes[n].name for n in sources if cut.nodes[n].name in hidden))
    shown = f"the path {path_text(cut, path)} cannot be blocked by anything recorded"
    tied = [n for n in path[1:-1] if given >> n & 1]
    if len(unrecorded) == 1 and not tied:
        return f"{unrecorded[0]} is not recorded and acts on both {x} and {y}: {shown}"
    if unrecorded and tied:
        fixed = listed([cut.nodes[n].name for n in tied])
        return f"{listed(unrecorded)} {_are(unrecorded)} not recorded, and holding {fixed} fixed ties causes: {shown}"
    if unrecorded:
        return f"{listed(unrecorded)} {_are(unrecorded)} not recorded: {shown}"
    return f"what lies before the window is not recorded: {shown}"


def path_text(cut: Unrolled, path: list[int]) -> str:
    """`X[t] ← U[t-1] → Y[t]`; a long path without its middle."""
    words = [str(cut.nodes[path[0]])]
    for before, after in pairwise(path):
        arrow = "→" if cut.parents[after] >> before & 1 else "←"
        words.append(f"{arrow} {cut.nodes[after]}")
    if len(words) > LONGEST_SHOWN:
        words = [*words[: LONGEST_SHOWN // 2], "…", *words[-(LONGEST_SHOWN // 2) :]]
    return " ".join(words)


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def names_in(unrolled: Unrolled, mask: int) -> list[str]:
    """Names of the members, each once."""
    return list(dict.fromkeys(unrolled.nodes[number].name for number in members(mask)))
