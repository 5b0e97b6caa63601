"""Prior weights from candidates and rules."""

import numpy as np
import pytest

from schemas.errors import StudyError
from schemas.params import EdgeRule
from ssm_core.discovery.edges import edge_probabilities
from ssm_core.discovery.lagged import Cause, Record
from ssm_core.discovery.layers import sum_over_graphs
from ssm_core.discovery.priors import EdgePrior, edge_priors
from tests.ssm_core.graphs.making import graph

CANDIDATES = [
    graph("X Y W", "X>Y@0 W>Y@1").model_copy(update={"weight": 0.6}),
    graph("X Y~ U*", "X>Y@0 U>X@0 U>Y@0").model_copy(update={"weight": 0.2}),
]


def rule(source, target, lag=None):
    return EdgeRule(**{"from": source, "to": target, "lag": lag})


def weights(**rules):
    return {p[:3]: p.weight for p in edge_priors(CANDIDATES, 1, 0.1, [("W", "X")], **rules)}


def test_an_edge_weighs_its_share_of_the_candidates_within_bounds_that_let_data_speak():
    found = weights()
    assert found["X", "Y", 0] == 0.9
    assert found["W", "Y", 1] == pytest.approx(0.75)
    assert found["Y", "X", 1] == found["W", "X", 0] == 0.1
    assert ("Y", "X", 0) not in found


def test_edges_of_hidden_nodes_and_memory_keep_the_plain_share():
    found = weights()
    assert found["U", "X", 0] == found["U", "U", 1] == pytest.approx(0.25)
    assert found["X", "X", 1] == 1.0
    assert found["Y", "Y", 1] == pytest.approx(0.75)


def test_rules_overrule_candidates():
    found = weights(require=[rule("Y", "X", 1), rule("W", "Y")], forbid=[rule("X", "Y")])
    assert found["Y", "X", 1] == found["W", "Y", 0] == 1.0
    assert found["X", "Y", 0] == found["X", "Y", 1] == 0.0


def test_a_required_self_edge_without_a_lag_is_memory():
    assert weights(require=[rule("Y", "Y")])["Y", "Y", 1] == 1.0


def test_an_edge_both_required_and_forbidden_is_refused():
    with pytest.raises(StudyError, match="X -> Y at lag 0 in both"):
        weights(require=[rule("X", "Y", 0)], forbid=[rule("X", "Y")])


def test_equal_weights_count_the_acyclic_graphs():
    """543 labelled acyclic graphs of four nodes, 29,281 of five: OEIS A003024."""
    for nodes, count in ((1, 1), (2, 3), (3, 25), (4, 543), (5, 29281)):
        own = [np.where(np.arange(1 << nodes) >> j & 1 == 1, -np.inf, 0.0) for j in range(nodes)]
        total = sum_over_graphs(own)
        assert np.exp(total.log_total) == pytest.approx(count)
        assert all(p.sum() == pytest.approx(1.0) for p in total.probabilities)


def test_probabilities_are_right_as_often_as_they_say():
    """Edges and coefficients drawn from the prior: of edges given probability p a share p is there."""
    priors = [EdgePrior(n, n, 1, 0.0) for n in "XYW"]
    priors += [EdgePrior("X", "Y", 0, 0.3), EdgePrior("W", "X", 1, 0.4), EdgePrior("W", "Y", 1, 0.4)]
    rng = np.random.default_rng(0)
    said, true = [], []
    for _ in range(150):
        present = {p[:3]: rng.random() < p.weight for p in priors}
        causes = {n: [Cause(s, lag) for (s, t, lag), on in present.items() if on and t == n] for n in "WXY"}
        x = dict.fromkeys("WXY", np.zeros(26))
        for name in "WXY":
            # in units of each cause's spread and the child's noise, as columns are standardised before they are scored
            moved = [np.roll(x[cause.name], cause.lag) / x[cause.name].std() for cause in causes[name]]
            x[name] = rng.normal(size=26) + sum(rng.normal() * column for column in moved)
        record = Record(("X", "Y", "W"), np.column_stack([x[n] for n in "XYW"])[1:])
        rows = [r for r in edge_probabilities(record, priors).edges if r.source != r.target]
        said += [r.posterior for r in rows]
        true += [present[r.source, r.target, r.lag] for r in rows]
    p, there = np.array(said), np.array(true)
    for low, high in ((0.0, 0.2), (0.2, 0.6), (0.6, 1.01)):
        inside = (p >= low) & (p < high)
        z = (there[inside] - p[inside]).sum() / np.sqrt((p[inside] * (1 - p[inside])).sum())
        assert abs(z) < 4
