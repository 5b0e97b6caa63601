"""Falsification: its numbers against other libraries, its level and power by simulation."""

import numpy as np
import pytest
import statsmodels.api as sm

from benchmarks.falsification.cells import STRENGTH
from benchmarks.falsification.worlds import Kind, draw_removal, draw_world, partial_correlation, record_of
from ssm_core.discovery.falsify import falsify
from ssm_core.discovery.lagged import Cause, Record
from ssm_core.discovery.partial import moments, partial_correlations
from ssm_core.discovery.surrogates import STEADY, fit_equation, steadied, surrogates
from tests.ssm_core.discovery.worlds import simulate, with_gaps
from tests.ssm_core.graphs.making import graph

TRUE = graph("X Y W", "X>Y@0 W>X@1 W>Y@1")


def test_p_is_that_of_the_regression_with_the_candidate_added():
    values = np.random.default_rng(0).normal(size=(2, 50, 3)).cumsum(axis=1)
    rows = np.arange(50) >= 2
    fixed = np.column_stack([np.ones(50), np.sin(np.arange(50))])
    S = moments(values, [(0, 0), (1, 0), (2, 1), (0, 1), (1, 2)], fixed, rows)
    found = partial_correlations(S, 0, [1, 4], [2, 3], freedom=48 - 5)
    for copy in range(2):
        y, z, w = values[copy].T
        given = np.column_stack([w[1:-1], y[1:-1], fixed[2:]])
        for place, other in enumerate((z[2:], z[:-2])):
            fit = sm.OLS(y[2:], np.column_stack([other, given])).fit()
            assert found.p[copy, place] == pytest.approx(fit.pvalues[0], rel=1e-7)
            assert np.sign(found.correlation[copy, place]) == np.sign(fit.params[0])


def test_a_candidate_that_is_a_regressor_correlates_with_nothing():
    values = np.random.default_rng(0).normal(size=(1, 30, 2))
    S = moments(values, [(0, 0), (1, 0)], np.ones((30, 1)), np.ones(30, bool))
    assert partial_correlations(S, 0, [1], [1], freedom=27).p[0, 0] == 1.0


def test_surrogates_have_the_covariances_of_the_record_they_imitate():
    rng = np.random.default_rng(0)
    record = simulate(TRUE, 4000, rng)
    causes = {"X": [("X", 1), ("W", 1)], "Y": [("Y", 1), ("X", 0), ("W", 1)], "W": [("W", 1)]}
    equations = {n: fit_equation(record, n, [Cause(*c) for c in of]) for n, of in causes.items()}
    copies = surrogates(record, equations, 20, rng)
    for lag in (0, 1, 3):
        wanted = record.values[lag:].T @ record.values[: 4000 - lag] / 4000
        got = np.einsum("bti,btj->ij", copies[:, lag:], copies[:, : 4000 - lag]) / 4000 / 20
        np.testing.assert_allclose(got, wanted, atol=0.15)


def test_explosive_dynamics_are_shrunk_to_just_within_the_stable():
    A = np.array([[[1.3, 0.2], [0.0, 0.4]], [[0.1, 0.0], [0.3, 0.2]]])
    companion = np.eye(4, k=-2)
    companion[:2] = np.concatenate(list(steadied(A)), axis=1)
    assert np.abs(np.linalg.eigvals(companion)).max() == pytest.approx(STEADY)
    np.testing.assert_array_equal(steadied(A * 0.3), A * 0.3)


def test_a_missing_strong_edge_is_found_and_named():
    record = simulate(TRUE, 365, np.random.default_rng(0))
    found = falsify(graph("X Y W", "X>Y@0 W>X@1"), record, np.random.default_rng(1))
    assert found.rejected
    assert (found.findings[0].implication.child, found.findings[0].implication.other) == ("Y", Cause("W", 1))


def test_the_true_graph_stands():
    record = with_gaps(simulate(TRUE, 365, np.random.default_rng(0)), 0.05, np.random.default_rng(2))
    found = falsify(TRUE, record, np.random.default_rng(1))
    assert not found.rejected
    assert found.left_out == 0
    assert all(f.adjusted >= f.p - 0.01 for f in found.findings)


def test_order_of_columns_and_steps_without_any_record_change_nothing():
    record = with_gaps(simulate(TRUE, 120, np.random.default_rng(0)), 0.05, np.random.default_rng(2))
    other = Record(("W", "Y", "X"), np.vstack([record.values[:, [2, 1, 0]], np.full((5, 3), np.nan)]))
    one, two = (falsify(TRUE, r, np.random.default_rng(1)) for r in (record, other))
    assert {(f.implication, f.rows) for f in one.findings} == {(f.implication, f.rows) for f in two.findings}
    right = {f.implication: f.p for f in two.findings}
    assert all(f.p == pytest.approx(right[f.implication], rel=1e-9) for f in one.findings)


def test_weekday_columns_are_no_dependence():
    rng = np.random.default_rng(3)
    record = simulate(graph("X~ Y~"), 200, rng)
    week = np.eye(7)[np.arange(200) % 7][:, 1:]
    moved = record._replace(values=record.values + (week @ np.arange(6))[:, None])
    assert falsify(graph("X~ Y~"), moved, np.random.default_rng(1)).rejected
    assert not falsify(graph("X~ Y~"), moved._replace(beside=week), np.random.default_rng(1)).rejected


def test_a_record_too_short_to_tell_gives_no_p():
    record = simulate(TRUE, 9, np.random.default_rng(0))
    found = falsify(TRUE, record, np.random.default_rng(1))
    assert found.p is None
    assert not found.rejected
    assert found.left_out > 0


def test_nothing_is_tested_where_hidden_causes_reach_every_past():
    whole = graph("X Y U*", "X>Y@0 U>X@0 U>Y@0")
    record = simulate(whole, 100, np.random.default_rng(0))
    found = falsify(whole, record, np.random.default_rng(1))
    assert found.p is None
    assert set(found.untested) == {"X", "Y"}


def test_removed_edges_have_the_strength_that_is_said():
    rng = np.random.default_rng(0)
    removal = draw_removal(Kind(), STRENGTH, rng)
    (edge,) = set(removal.world.graph.edges) - set(removal.without.edges)
    place = {node.name: i for i, node in enumerate(removal.world.graph.nodes)}
    B, child, cause = removal.world.B, place[edge.target], place[edge.source]
    assert partial_correlation(B, child, edge.lag, cause) == pytest.approx(STRENGTH, abs=1e-3)
    record = record_of(removal.world, 100_000, 0.0, rng)
    parents = [(k, j) for k in range(3) for j in range(B.shape[1]) if B[k, child, j]]
    columns = np.column_stack([np.roll(record.values[:, j], k) for k, j in parents])[3:]
    fit = sm.OLS(record.values[3:, child], columns).fit()
    t = fit.tvalues[parents.index((edge.lag, cause))]
    assert t / np.sqrt(t**2 + fit.df_resid) == pytest.approx(STRENGTH, abs=0.02)


@pytest.mark.parametrize(
    "kind", [Kind(), Kind(hidden="brief"), pytest.param(Kind(missing=0.1), marks=pytest.mark.slow)]
)
def test_true_graphs_are_rejected_about_as_often_as_said(kind):
    rejected = 0
    for number in range(40):
        rng = np.random.default_rng([7, number])
        world = draw_world(kind, rng)
        rejected += falsify(world.graph, record_of(world, 60, kind.missing, rng), rng, copies=99).rejected
    assert rejected <= 7  # binomial with 5 %: more than 7 of 40 has probability 0.0007


def test_a_code_that_hardly_ever_changed_says_nothing():
    record = simulate(TRUE, 60, np.random.default_rng(0))
    values = record.values.copy()
    values[:, record.names.index("X")] = np.arange(60) == 30
    found = falsify(TRUE, record._replace(values=values), np.random.default_rng(1))
    assert not any("X" in (f.implication.child, f.implication.other.name) for f in found.findings)
    assert found.p is None or np.isfinite(found.p)
