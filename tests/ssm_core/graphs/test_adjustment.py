"""Adjustment sets against the criterion checked set by set with another library."""

from itertools import chain, combinations

import networkx as nx
import pytest
from hypothesis import assume, given, settings

from ssm_core.graphs.bits import members
from ssm_core.graphs.identification import identify
from ssm_core.graphs.projected.adjustment import back_door
from ssm_core.graphs.projected.separators import all_separators, is_minimal, separators_by_size
from ssm_core.graphs.unrolled import At, recorded, smallest_lag, unroll, window_of
from tests.ssm_core.graphs.making import graph
from tests.ssm_core.graphs.random_graphs import small_graphs

MOST_CANDIDATES = 6


def by_trying_all(candidate, lag, window):
    """Minimal sets by the adjustment criterion on the whole unrolled graph."""
    unrolled = unroll(candidate, window_of(candidate, lag))
    dag = nx.DiGraph()
    dag.add_nodes_from(unrolled.nodes)
    dag.add_edges_from((unrolled.nodes[p], at) for at, ps in zip(*unrolled, strict=True) for p in members(ps))
    x, y = At("X", -lag), At("Y", 0)
    causal = nx.descendants(dag, x) & (nx.ancestors(dag, y) | {y})
    forbidden = {d for node in causal for d in nx.descendants(dag, node) | {node}} | {x}
    seen = {unrolled.nodes[i] for i in members(recorded(candidate, unrolled, window))} - forbidden
    seen &= nx.ancestors(dag, x) | nx.ancestors(dag, y)
    if len(seen) > MOST_CANDIDATES:
        return None
    dag.remove_edges_from([(x, node) for node in causal if dag.has_edge(x, node)])
    valid = [
        frozenset(chosen)
        for chosen in chain.from_iterable(combinations(sorted(seen), k) for k in range(len(seen) + 1))
        if nx.is_d_separator(dag, {x}, {y}, set(chosen))
    ]
    return {chosen for chosen in valid if not any(other < chosen for other in valid)}


@settings(max_examples=40)
@given(small_graphs())
def test_the_minimal_sets_are_those_found_by_trying_all(candidate):
    lag = smallest_lag(candidate, "X", "Y")
    assume(lag is not None)
    got = identify(candidate, "X", "Y", lag)
    assume(got.method == "adjustment" and not got.truncated and not got.reasons)
    wanted = by_trying_all(candidate, lag, got.slices)
    assume(wanted is not None)
    assert {frozenset(s) for s in got.adjustment_sets} == {frozenset(map(str, s)) for s in wanted}
    assert [len(s) for s in got.adjustment_sets] == sorted(map(len, wanted))


@settings(max_examples=15)
@given(small_graphs(hidden=0.7, most=1))
def test_adjustment_is_refused_only_where_no_set_works(candidate):
    lag = smallest_lag(candidate, "X", "Y")
    assume(lag is not None)
    unrolled = unroll(candidate, window_of(candidate, lag))
    x, y = unrolled.number(At("X", -lag)), unrolled.number(At("Y", 0))
    for window in (lag + 1, lag + 2):
        wanted = by_trying_all(candidate, lag, window)
        if wanted is not None:
            question = back_door(unrolled, x, y, recorded(candidate, unrolled, window))
            assert question.possible() == bool(wanted)


def grid(height, width):
    """Neighbours in a grid; every path from corner to corner has many detours."""
    at = {(i, j): i * width + j for i in range(height) for j in range(width)}
    steps = ((0, 1), (1, 0), (0, -1), (-1, 0))
    return [sum(1 << at[i + a, j + b] for a, b in steps if (i + a, j + b) in at) for i, j in at]


@pytest.mark.parametrize(("height", "width"), [(2, 5), (3, 3), (3, 4)])
def test_separators_of_a_grid_are_complete_minimal_and_in_order(height, width):
    adjacent, last = grid(height, width), height * width - 1
    found = list(separators_by_size(adjacent, 0, last))
    sizes = [cut.bit_count() for cut in found]
    assert sizes == sorted(sizes)
    others = range(1, last)
    wanted = {
        mask
        for k in range(1, len(others) + 1)
        for chosen in combinations(others, k)
        if is_minimal(adjacent, 0, last, mask := sum(1 << n for n in chosen)) and parted(adjacent, 0, last, mask)
    }
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert sorted(all_separators(adjacent, 0, last)) == sorted(wanted)


def parted(adjacent, a, b, cut):
    lines = nx.Graph((i, j) for i, row in enumerate(adjacent) for j in members(row) if not (cut >> i | cut >> j) & 1)
    lines.add_nodes_from([a, b])
    return not nx.has_path(lines, a, b)


def test_a_wide_graph_is_cut_off_not_searched_forever():
    names = [f"N{i}" for i in range(14)]
    edges = [f"{a}>{b}@0" for i, a in enumerate(names) for b in names[i + 1 :]]
    edges += [f"{n}>X@0 {n}>Y@0" for n in names]
    got = identify(graph(" ".join(["X", "Y", *names]), " ".join(["X>Y@0", *edges])), "X", "Y", 0)
    assert got.adjustment_sets
    assert set(names) <= {node.removesuffix("[t]") for node in got.adjustment_sets[0]}
