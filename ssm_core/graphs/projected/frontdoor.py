"""The front door: recorded nodes that carry the whole effect and are not confounded themselves."""

from collections.abc import Iterator
from typing import NamedTuple

from ssm_core.graphs.bits import members
from ssm_core.graphs.projected.admg import Admg
from ssm_core.graphs.projected.separation import separated


class Door(NamedTuple):
    """Mediators, and what precedes the exposure and is held fixed; bits over a latent projection."""

    mediators: int
    given: int


def front_door(graph: Admg, x: int, y: int) -> Door | None:
    """Mediators M and earlier nodes Z for which the front-door formula holds within each z.

    `P(y | do(x)) = sum_z P(z) sum_m P(m | x, z) sum_x' P(y | m, x', z) P(x' | z)`, valid when M meets every directed
    path from x to y, Z holds no consequence of x and blocks all back-door paths from x to M, and x with Z blocks all
    those from M to y.

    Args:
        graph: latent projection, restricted to the ancestors of y.
        x: number of the exposure.
        y: number of the outcome.

    Source: Pearl (1995), front-door criterion, applied given Z.
    """
    causal = _descendants(graph, x)
    if graph.parents[y] >> x & 1:
        return None
    earlier = graph.everything & ~causal
    for mediators in _mediators(graph, x, y, causal):
        for allowed in (earlier, earlier & graph.ancestors(mediators | 1 << x, graph.everything)):
            if _is_door(graph, x, y, mediators, allowed):
                return Door(mediators, _least(graph, x, y, mediators, allowed))
    return None


def _descendants(graph: Admg, x: int) -> int:
    found = 1 << x
    for number in range(x + 1, len(graph.nodes)):
        if graph.parents[number] & found:
            found |= 1 << number
    return found


def _mediators(graph: Admg, x: int, y: int, causal: int) -> Iterator[int]:
    """What the exposure causes directly, what causes the outcome directly, and everything between."""
    between = causal & ~(1 << x) & ~(1 << y)
    first = sum(1 << number for number in members(between) if graph.parents[number] >> x & 1)
    for mediators in dict.fromkeys((first, graph.parents[y] & between, between)):
        if mediators and _meets_every_path(graph, x, y, mediators):
            yield mediators


def _meets_every_path(graph: Admg, x: int, y: int, mediators: int) -> bool:
    return not graph.ancestors(1 << y, graph.everything & ~mediators) >> x & 1


def _is_door(graph: Admg, x: int, y: int, mediators: int, given: int) -> bool:
    exposure, outcome = 1 << x, 1 << y
    return separated(graph.without_edges_out_of(exposure), exposure, mediators, given) and separated(
        graph.without_edges_out_of(mediators), mediators, outcome, given | exposure
    )


def _least(graph: Admg, x: int, y: int, mediators: int, given: int) -> int:
    """Leave out what is not needed, oldest first."""
    for number in members(given):
        if _is_door(graph, x, y, mediators, given & ~(1 << number)):
            given &= ~(1 << number)
    return given
