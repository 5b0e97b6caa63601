"""A graph over time: memory, windows, the hidden past, paths."""

import pytest

from ssm_core.graphs.bits import members
from ssm_core.graphs.unrolled import (
    At,
    causal_order,
    edges_with_memory,
    instantaneous_cycle,
    recorded,
    smallest_lag,
    unroll,
    window_of,
)
from tests.ssm_core.graphs.making import graph


def test_the_past_before_the_window_exists_and_is_hidden():
    example = graph("X Y", "X>Y@1")
    unrolled = unroll(example, 3)
    seen = {unrolled.nodes[i] for i in members(recorded(example, unrolled, 3))}
    assert At("Y", -2) in seen
    assert At("Y", -3) not in seen
    assert unrolled.nodes[0].step == -2 - 3


def test_causes_come_before_effects():
    unrolled = unroll(graph("Y M X U*", "X>M@0 M>Y@0 U>X@2 Y>X@1"), 4)
    assert all(max(members(parents), default=-1) < i for i, parents in enumerate(unrolled.parents))


def test_edges_of_every_lag_take_part():
    unrolled = unroll(graph("X Y", "X>Y@7"), 9)
    parents = {unrolled.nodes[i] for i in members(unrolled.parents[unrolled.number(At("Y", 0))])}
    assert parents == {At("X", -7), At("Y", -1)}


def test_memory_false_removes_only_the_own_edge_and_an_explicit_one_wins():
    assert ("X", "X", 1) in edges_with_memory(graph("X Y"))
    assert ("X", "X", 1) not in edges_with_memory(graph("X~ Y", "X>X@2"))
    assert ("X", "X", 2) in edges_with_memory(graph("X~ Y", "X>X@2"))
    assert ("X", "X", 1) in edges_with_memory(graph("X~ Y", "X>X@1"))


def test_ancestors_and_descendants_mirror_each_other():
    unrolled = unroll(graph("X Y C", "X>Y@0 C>X@2 Y>C@1"), 3)
    count = len(unrolled.nodes)
    up = [unrolled.ancestors(1 << i) for i in range(count)]
    down = [unrolled.descendants(1 << i) for i in range(count)]
    assert all((up[i] >> j & 1) == (down[j] >> i & 1) for i in range(count) for j in range(count))


def test_window_grows_with_nodes_and_lags():
    assert window_of(graph("X Y", "X>Y@0"), 0) == 4
    assert window_of(graph("X Y U*", "X>Y@2"), 2) == 11


def test_smallest_lag_is_over_whole_paths():
    assert smallest_lag(graph("X M Y", "X>Y@3 X>M@1 M>Y@1"), "X", "Y") == 2
    assert smallest_lag(graph("X Y", "Y>X@1"), "X", "Y") is None


def test_a_cycle_within_a_step_is_found_and_one_over_time_is_none():
    assert instantaneous_cycle(graph("X Y", "X>Y@0 Y>X@1")) is None
    cycle = instantaneous_cycle(graph("W X Y Z", "W>X@0 X>Y@0 Y>Z@0 Z>X@0"))
    assert sorted(cycle) == ["X", "Y", "Z"]
    assert {(a, b) for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True)} == {("X", "Y"), ("Y", "Z"), ("Z", "X")}
    assert instantaneous_cycle(graph("X Y", "X>X@0")) == ["X"]
    with pytest.raises(ValueError, match="cycle"):
        causal_order(graph("X Y", "X>Y@0 Y>X@0"))
