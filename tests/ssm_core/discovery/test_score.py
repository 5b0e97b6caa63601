"""The closed form is what it says it is, and says nothing that no data could know."""

import numpy as np
import pytest
from scipy.stats import multivariate_t

from schemas.errors import StudyError
from ssm_core.discovery.lagged import Cause, Record, scatter_of
from ssm_core.discovery.score import PRIOR_ROWS, PRIOR_SCALE, log_evidence, log_scores
from tests.ssm_core.discovery.worlds import simulate, with_gaps
from tests.ssm_core.graphs.making import graph

ALL = [Cause(name, lag) for name in "XYW" for lag in range(3)]


def random_record(seed=0, steps=40, gaps=0.0):
    rng = np.random.default_rng(seed)
    return with_gaps(simulate(graph("X Y W", "X>Y@0 W>X@1 W>Y@2"), steps, rng), gaps, rng)


def projected(record, columns):
    """Textbook: standardised residuals after regressing on the intercept, in an orthonormal basis of what is left."""
    D = np.column_stack([np.r_[np.full(c.lag, np.nan), record.values[: len(record.values) - c.lag,
                         record.names.index(c.name)]] for c in columns])  # fmt: skip
    D = D[~np.isnan(D).any(axis=1)]
    basis = np.linalg.svd(np.ones((len(D), 1)))[0][:, 1:]
    out = basis.T @ D
    unit = {c.name: np.sqrt((out[:, i] ** 2).mean()) for i, c in enumerate(columns) if c.lag == 0}
    return out / np.array([unit[c.name] for c in columns])


@pytest.mark.parametrize("parents", [[], [Cause("Y", 1)], [Cause("Y", 1), Cause("X", 0), Cause("W", 2)]])
def test_score_is_the_multivariate_t_density_of_the_regression(parents):
    record = random_record()
    scatter = scatter_of(record, ALL)
    D = projected(record, ALL)
    y, X = D[:, ALL.index(Cause("Y", 0))], D[:, [ALL.index(c) for c in parents]]
    shape, scale = (PRIOR_ROWS + 1 + len(parents)) / 2, PRIOR_SCALE / 2
    covariance = scale / shape * (np.eye(len(y)) + X @ X.T / PRIOR_SCALE)
    expected = multivariate_t(np.zeros(len(y)), covariance, df=2 * shape).logpdf(y)
    found = log_scores(scatter, scatter.columns.index(Cause("Y", 0)), [scatter.positions(parents)])
    assert found[0] == pytest.approx(expected, abs=1e-8)


def test_turning_a_covered_edge_leaves_the_sum_as_it_is():
    scatter = scatter_of(random_record(), ALL)
    x, y, before = 0, 3, [6, 7, 8]
    one = log_scores(scatter, x, [before])[0] + log_scores(scatter, y, [sorted([*before, x])])[0]
    other = log_scores(scatter, y, [before])[0] + log_scores(scatter, x, [sorted([*before, y])])[0]
    assert one == pytest.approx(other, abs=1e-9)


def test_units_and_additions_of_calendar_columns_change_nothing():
    record = random_record()
    beside = np.random.default_rng(1).normal(size=(len(record.values), 2))
    moved = record.values * [100.0, 0.01, 3.0] + [5.0, -2.0, 9.0] + beside[:, :1] * [1.0, 0.3, -2.0]
    # lagged copies carry the calendar of an earlier step, so only what stands at lag 0 can be moved freely
    now = [Cause(name, 0) for name in "XYW"]
    one = scatter_of(record._replace(beside=beside), now)
    other = scatter_of(Record(record.names, moved, beside), now)
    np.testing.assert_allclose(one.S, other.S, atol=1e-8)


def test_steps_without_any_record_change_nothing():
    record = random_record(gaps=0.1)
    longer = record._replace(values=np.vstack([record.values, np.full((9, 3), np.nan)]))
    one, other = scatter_of(record, ALL), scatter_of(longer, ALL)
    assert one.rows == other.rows
    np.testing.assert_array_equal(one.S, other.S)


def test_no_complete_step_means_no_evidence():
    record = random_record()
    record.values[::2, 0] = np.nan
    record.values[1::2, 1] = np.nan
    scatter = scatter_of(record, ALL)
    assert scatter.rows == 0
    np.testing.assert_allclose(log_evidence(scatter, [[0], [0, 3], [0, 1, 2]]), 0.0, atol=1e-12)


def test_a_constant_column_is_refused():
    record = random_record()
    record.values[:, 1] = 4.0
    with pytest.raises(StudyError, match="'Y' does not"):
        scatter_of(record, ALL)
