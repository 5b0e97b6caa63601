"""What people, models and rules say of each possible edge, before the record is looked at."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from ssm_core.graphs.unrolled import edges_with_memory


class EdgePrior(NamedTuple):
    """`source` at step t - `lag` is a direct cause of `target` at t with probability `weight`, cycles aside.

    1 is required and 0 forbidden: no data change either. A source that is no recorded node is a hidden cause.
    """

    source: str
    target: str
    lag: int
    weight: float


class Rule(Protocol):
    """An edge that a person requires or forbids; without `lag`: at every lag."""

    @property
    def source(self) -> str:
        """The cause."""
        ...

    @property
    def target(self) -> str:
        """The effect."""
        ...

    @property
    def lag(self) -> int | None:
        """Steps between them."""
        ...


def edge_priors(
    graphs: Sequence[CausalGraph],
    lags: int,
    unasserted: float,
    same_step: Collection[tuple[str, str]] = (),
    require: Sequence[Rule] = (),
    forbid: Sequence[Rule] = (),
) -> tuple[EdgePrior, ...]:
    """Prior weights of all edges that time order allows, from candidate graphs and a person's rules.

    An edge's weight is its share among the candidates, `sum of weights of graphs that hold it`, kept within
    [unasserted, 1 - unasserted] so that data can speak; edges of hidden nodes keep the plain share. Lag-1 memory is
    the share too, unbounded: whether a node remembers is a property of nodes. Required edges get 1, forbidden ones 0.

    Args:
        graphs: candidates with weights; nodes recorded in one must not be hidden in another.
        lags: longest lag of edges that no candidate holds.
        unasserted: prior weight of an edge that nobody asserted.
        same_step: pairs (cause, effect) that may act within a step though no candidate says so.
        require: edges that are always there; without a lag: on the same step (the next one for a self-edge).
        forbid: edges that never are.

    Raises:
        StudyError: an edge is required and forbidden.
    """
    total = sum(graph.weight for graph in graphs)
    recorded = [*dict.fromkeys(node.name for graph in graphs for node in graph.nodes if node.observed)]
    share: dict[tuple[str, str, int], float] = {}
    for graph in graphs:
        for edge in edges_with_memory(graph):
            share[edge] = share.get(edge, 0.0) + graph.weight / total
    named = {edge.source for edge in require} | {edge.target for edge in require}
    recorded += [name for name in sorted(named) if name not in {n.name for g in graphs for n in g.nodes}]
    pairs = [(a, b, lag) for a in recorded for b in recorded for lag in range(1, lags + 1)]
    pairs += [(a, b, 0) for a, b in same_step]
    wanted = {(r.source, r.target, int(r.source == r.target) if r.lag is None else r.lag) for r in require}
    out = []
    for edge in sorted({*pairs, *share, *wanted}):
        source, target, lag = edge
        forbidden = any((r.source, r.target) == (source, target) and r.lag in (None, lag) for r in forbid)
        if forbidden and edge in wanted:
            raise StudyError(
                "edges either required or forbidden", f"{source} -> {target} at lag {lag} in both", "rules"
            )
        free = source in recorded and target in recorded and not (source == target and lag == 1)
        plain = min(share.get(edge, 0.0), 1.0)
        weight = min(max(plain, unasserted), 1 - unasserted) if free else plain
        out.append(EdgePrior(source, target, lag, 1.0 if edge in wanted else 0.0 if forbidden else weight))
    return tuple(out)
