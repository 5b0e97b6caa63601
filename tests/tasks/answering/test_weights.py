"""Weights of candidate graphs after the record, and the graph held against it."""

import numpy as np
import polars as pl
import pytest

from schemas.errors import StudyError
from schemas.graph import CausalGraph, Edge, Node
from schemas.params import Infer
from schemas.results import Diagnostics
from tasks.fitting.weights import weighed, with_weights

NAMES = ("x", "y", "z")


def graph(name, *edges, weight=0.5, hidden=()):
    nodes = tuple(Node(name=n) for n in NAMES) + tuple(Node(name=n, observed=False) for n in hidden)
    made = tuple(Edge(source=s, target=t, lag=lag, asserted_by="person", reason="") for s, t, lag in edges)
    return CausalGraph(name=name, nodes=nodes, edges=made, weight=weight)


def panel(effect, steps=600, seed=2):
    rng = np.random.default_rng(seed)
    x, y, z = rng.normal(size=steps), np.zeros(steps), rng.normal(size=steps)
    for t in range(1, steps):
        y[t] = 0.4 * y[t - 1] + 0.5 * x[t] + effect * z[t - 1] + rng.normal()
    days = pl.datetime_range(pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 1) + pl.duration(days=steps - 1), "1d")
    start = pl.select(days.alias("start"))["start"]
    return pl.DataFrame({"step": np.arange(steps), "start": start, "x": x, "y": y, "z": z})


PLAIN = graph("plain", ("x", "y", 0))
WITH_Z = graph("with_z", ("x", "y", 0), ("z", "y", 1))


@pytest.mark.parametrize(("effect", "heavier"), [(0.8, "with_z"), (0.0, "plain")])
def test_the_record_moves_weight_to_the_graph_that_predicts_it(effect, heavier):
    found = weighed((PLAIN, WITH_Z), panel(effect), Infer())
    weights = {g.name: g.weight for g in found.graphs}
    assert found.kept is None
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights[heavier] > 0.8


def test_a_person_may_keep_the_weights_that_were_asserted():
    found = weighed((PLAIN, WITH_Z), panel(0.8), Infer(graph_weights="prior"))
    assert [g.weight for g in found.graphs] == [0.5, 0.5]
    assert "prior" in found.kept


def test_a_hidden_cause_is_never_reweighted_by_the_record():
    hidden = graph("hidden", ("x", "y", 0), ("u", "x", 0), ("u", "y", 0), weight=0.3, hidden=("u",))
    found = weighed((PLAIN, hidden), panel(0.8), Infer())
    assert found.graphs[1].weight == pytest.approx(0.3 / 0.8)


def test_weights_stay_as_asserted_where_too_few_steps_are_complete():
    sparse = panel(0.8).with_columns(z=pl.when(pl.col("step") < 590).then(None).otherwise(pl.col("z")))
    found = weighed((PLAIN, WITH_Z), sparse, Infer())
    assert [g.weight for g in found.graphs] == [0.5, 0.5]
    assert "10 steps" in found.kept or "9 steps" in found.kept


def test_the_heaviest_graphs_are_fitted():
    found = weighed((PLAIN, WITH_Z), panel(0.8), Infer())
    assert found.fitted(1) == {"with_z"}


def test_estimate_takes_the_weights_that_infer_wrote_and_no_others():
    found = Diagnostics(graphs={}, sampler={}, summary={}, fit={}, weights={"plain": 0.2, "with_z": 0.8})
    assert [g.weight for g in with_weights((PLAIN, WITH_Z), found)] == [0.2, 0.8]
    with pytest.raises(StudyError, match=r"a weight for each of the graphs plain,\s+got weights of plain, with_z"):
        with_weights((PLAIN,), found)
