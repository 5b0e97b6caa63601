"""Weights of candidate graphs: data speak where they can, and stay silent where they cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_core.discovery.lagged import Record
from ssm_core.discovery.weights import graph_weights
from tests.ssm_core.discovery.worlds import simulate, with_gaps
from tests.ssm_core.graphs.making import graph
from tests.ssm_core.graphs.random_graphs import small_graphs

TRUE = graph("X Y W", "X>Y@0 W>X@1 W>Y@1")
WRONG = (graph("X Y W", "X>Y@0 W>X@1"), graph("X Y W", "X>Y@1 W>X@1 W>Y@1"), graph("X Y W", "X>Y@0 W>X@1 W>Y@1 Y>X@1"))
THREE = np.array([0.2, 0.5, 0.3])


def record_of(steps=80, seed=0, truth=TRUE, gaps=0.0):
    rng = np.random.default_rng(seed)
    return with_gaps(simulate(truth, steps, rng), gaps, rng)


def test_weight_goes_to_the_true_graph_as_the_record_grows():
    graphs, prior = (TRUE, *WRONG), np.full(4, 0.25)
    means = [
        np.mean([graph_weights(graphs, record_of(steps, seed), prior).weights[0] for seed in range(5)])
        for steps in (30, 150, 2000)
    ]
    assert means[0] < means[1] < means[2]
    assert means[2] > 0.97


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("X~ Y~ | X>Y@0", "X~ Y~ | Y>X@0"),
        ("X~ Y~ W | W>X@0 W>Y@0 X>Y@0", "X~ Y~ W | W>X@0 W>Y@0 Y>X@0"),
        ("X Y~ W~ | X>Y@0 X>W@0 Y>W@0", "X Y~ W~ | X>Y@0 X>W@0 W>Y@0"),
    ],
)
def test_equivalent_graphs_keep_the_ratio_of_their_prior(one, other):
    graphs = [graph(*(part.strip() for part in words.split("|"))) for words in (one, other)]
    record, prior = record_of(gaps=0.05), np.array([0.3, 0.7])
    assert graph_weights(graphs, record, prior).weights == pytest.approx(prior, rel=1e-9)


def test_memory_tells_directions_apart():
    graphs = [graph("X Y", "X>Y@0"), graph("X Y", "Y>X@0")]
    found = graph_weights(graphs, record_of(500, truth=graphs[0]), np.array([0.5, 0.5]))
    assert found.weights[0] > 0.99


def test_order_of_columns_and_candidates_changes_nothing():
    record = record_of(gaps=0.05)
    one = graph_weights((TRUE, *WRONG[:2]), record, THREE)
    turned = Record(("W", "Y", "X"), record.values[:, [2, 1, 0]])
    other = graph_weights((*WRONG[:2], TRUE), turned, THREE[[1, 2, 0]])
    np.testing.assert_allclose(one.weights, other.weights[[2, 0, 1]], rtol=1e-9)


def test_steps_without_any_record_change_nothing():
    record = record_of(gaps=0.05)
    longer = record._replace(values=np.vstack([record.values, np.full((5, 3), np.nan)]))
    one, other = (graph_weights((TRUE, *WRONG[:2]), r, THREE) for r in (record, longer))
    np.testing.assert_array_equal(one.weights, other.weights)
    assert one.rows == other.rows


def test_a_column_that_no_candidate_names_changes_nothing():
    record = record_of()
    more = Record((*record.names, "Z"), np.column_stack([record.values, np.full(len(record.values), np.nan)]))
    one, other = (graph_weights((TRUE, *WRONG[:2]), r, THREE).weights for r in (record, more))
    np.testing.assert_array_equal(one, other)


def test_a_class_of_graphs_with_the_same_hidden_causes_keeps_its_prior_weight():
    hidden = "U*", "U>X@0 U>Y@0"
    graphs = [
        TRUE,
        WRONG[0],
        graph(f"X Y W {hidden[0]}", f"W>X@1 W>Y@1 {hidden[1]}"),
        graph(f"X Y W {hidden[0]}", f"X>Y@0 W>X@1 W>Y@1 {hidden[1]}"),
        graph(f"X Y W {hidden[0]}", f"X>Y@0 W>X@1 W>Y@1 X>W@1 {hidden[1]}"),
    ]
    prior = np.array([0.3, 0.3, 0.2, 0.1, 0.1])
    found = graph_weights(graphs, record_of(400), prior)
    assert found.classes == (0, 0, 1, 1, 1)
    assert found.weights[:2].sum() == pytest.approx(0.6)
    assert found.weights[2:].sum() == pytest.approx(0.4)
    assert found.weights[2] / found.weights[3] == pytest.approx(2.0)  # they differ in causes of Y only, which U drives
    assert found.weights[4] < 0.05  # W has no hidden cause: the record may speak of its parents


@settings(max_examples=30, deadline=None)
@given(small_graphs(), small_graphs(), st.floats(0.05, 0.95))
def test_presence_of_hidden_causes_is_never_reweighted(one, other, share):
    names = tuple(dict.fromkeys(n.name for g in (one, other) for n in g.nodes if n.observed))
    record = Record(names, np.random.default_rng(1).normal(size=(60, len(names))).cumsum(axis=0))
    found = graph_weights((one, other), record, np.array([share, 1 - share]))
    assert found.weights.sum() == pytest.approx(1.0)
    if found.classes[0] != found.classes[1]:
        np.testing.assert_allclose(found.weights, [share, 1 - share])


def test_a_candidate_without_prior_weight_stays_without():
    found = graph_weights((TRUE, *WRONG[:2]), record_of(), np.array([0.0, 0.5, 0.5]))
    assert found.weights[0] == 0.0
