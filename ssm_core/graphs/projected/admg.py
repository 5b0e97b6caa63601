"""The latent projection of an unrolled graph: what hidden nodes leave behind among the recorded ones."""

from typing import NamedTuple

from ssm_core.graphs.bits import joined, members
from ssm_core.graphs.unrolled import At, Unrolled


class Admg(NamedTuple):
    """A mixed graph over recorded nodes, numbered causes first.

    Attributes:
        nodes: name and step of each number.
        parents: causes of each that reach it directly or through hidden nodes, as bits.
        cliques: groups of nodes that share a hidden cause; any two members are joined by a bidirected edge.
    """

    nodes: tuple[At, ...]
    parents: tuple[int, ...]
    cliques: tuple[int, ...]

    @property
    def everything(self) -> int:
        """All nodes."""
        return (1 << len(self.nodes)) - 1

    def number(self, at: At) -> int:
        """Where a node stands."""
        return self.nodes.index(at)

    def ancestors(self, of: int, within: int) -> int:
        """`of` and what is upstream of it in the subgraph over `within`."""
        found = pending = of & within
        while pending:
            last = pending.bit_length() - 1
            new = self.parents[last] & within & ~found
            found |= new
            pending = (pending ^ (1 << last)) | new
        return found

    def causes(self, of: int) -> int:
        """`of` and the parents of its members."""
        found = of
        for number in members(of):
            found |= self.parents[number]
        return found

    def district(self, seed: int, within: int) -> int:
        """The c-component of the subgraph over `within` that contains `seed`."""
        found, before = seed, 0
        while found != before:
            before = found
            for clique in self.cliques:
                if clique & found:
                    found |= clique & within
        return found

    def districts(self, within: int) -> list[int]:
        """All c-components of the subgraph over `within`."""
        cliques = [clique & within for clique in self.cliques if clique & within]
        shared = joined(cliques, within)
        alone = within & ~sum(shared)
        return [*shared, *(1 << number for number in members(alone))]

    def without_edges_out_of(self, cut: int) -> "Admg":
        """The same graph when the nodes `cut` cause nothing."""
        return self._replace(parents=tuple(parents & ~cut for parents in self.parents))


def project(unrolled: Unrolled, recorded: int, relevant: int) -> Admg:
    """Marginalise the hidden nodes.

    `a -> b` when a directed path leads from a to b through hidden nodes only; a and b share a clique when a hidden node
    reaches both through hidden nodes only. A hidden node with a hidden cause adds nothing to that cause's clique.

    Args:
        unrolled: the graph with its hidden past.
        recorded: its recorded nodes.
        relevant: nodes that take part, hidden ones included; must contain the ancestors of its members.

    Source: Verma & Pearl (1990); Evans (2016), canonical form.
    """
    kept = list(members(recorded & relevant))
    short = {number: 1 << position for position, number in enumerate(kept)}
    causes: dict[int, int] = {}
    reach: dict[int, int] = {}
    roots = []
    for number in members(relevant):
        visible, has_hidden_cause = 0, False
        for cause in members(unrolled.parents[number]):
            visible |= short[cause] if cause in short else causes[cause]
            has_hidden_cause |= cause not in short
        causes[number] = visible
        if number not in short:
            reach[number] = 0
            if not has_hidden_cause:
                roots.append(number)
    for number in reversed(list(members(relevant))):
        below = short[number] if number in short else reach[number]
        for cause in members(unrolled.parents[number]):
            if cause not in short:
                reach[cause] |= below
    cliques = _largest({reach[root] for root in roots if reach[root].bit_count() > 1})
    return Admg(tuple(unrolled.nodes[n] for n in kept), tuple(causes[n] for n in kept), cliques)


def _largest(cliques: set[int]) -> tuple[int, ...]:
    """Those that are not part of another, in a fixed order."""
    ordered = sorted(cliques, key=lambda clique: (-clique.bit_count(), clique))
    out: list[int] = []
    for clique in ordered:
        if not any(clique & larger == clique for larger in out):
            out.append(clique)
    return tuple(out)
