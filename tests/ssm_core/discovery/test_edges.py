"""Edge probabilities: against brute force, under rules, with hidden causes, as the record grows."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from schemas.errors import StudyError
from schemas.params import EdgeRule
from ssm_core.discovery import orders
from ssm_core.discovery.edges import edge_probabilities
from ssm_core.discovery.lagged import Cause, Record, scatter_of
from ssm_core.discovery.priors import EdgePrior, edge_priors
from ssm_core.discovery.score import log_scores
from tests.ssm_core.discovery.worlds import simulate, with_gaps
from tests.ssm_core.graphs.making import graph

TRUTH = graph("X Y W", "X>Y@0 W>X@1 W>Y@1")
PAIRS = [(a, b) for a in "XYW" for b in "XYW" if a != b]
PRIORS = tuple(EdgePrior(a, b, lag, 0.2 + 0.1 * lag) for a, b in PAIRS for lag in (0, 1))


def record_of(steps=60, seed=0, gaps=0.0, truth=TRUTH):
    rng = np.random.default_rng(seed)
    return with_gaps(simulate(truth, steps, rng), gaps, rng)


def brute_force(record, priors):
    """Every subset of edges, cycles within a step thrown away, each graph scored child by child."""
    free = [p for p in priors if 0 < p.weight < 1]
    fixed = [p for p in priors if p.weight == 1] + [EdgePrior(n, n, 1, 1.0) for n in record.names]
    columns = {Cause(n, 0) for n in record.names} | {Cause(p.source, p.lag) for p in [*free, *fixed]}
    scatter = scatter_of(record, sorted(columns))
    score = {}
    weights, members = [], []
    for chosen in product((False, True), repeat=len(free)):
        edges = fixed + [p for p, on in zip(free, chosen, strict=True) if on]
        now = np.zeros((3, 3), int)
        for p in edges:
            if p.lag == 0:
                now[record.names.index(p.source), record.names.index(p.target)] = 1
        if np.trace(np.linalg.matrix_power(now + np.eye(3, dtype=int), 3)) > 3:
            continue
        total = sum(np.log(p.weight if on else 1 - p.weight) for p, on in zip(free, chosen, strict=True))
        for child in record.names:
            parents = frozenset(Cause(p.source, p.lag) for p in edges if p.target == child)
            if (child, parents) not in score:
                at = scatter.columns.index(Cause(child, 0))
                score[child, parents] = log_scores(scatter, at, [scatter.positions(parents)])[0]
            total += score[child, parents]
        weights.append(total)
        members.append(chosen)
    shares = np.exp(np.array(weights) - logsumexp(weights))
    edges = [frozenset((p.source, p.target, p.lag) for p, on in zip(free, c, strict=True) if on) for c in members]
    return dict(zip([(p.source, p.target, p.lag) for p in free], shares @ np.array(members), strict=True)), sorted(
        zip(shares, edges, strict=True), key=lambda of: -of[0]
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_probabilities_and_heaviest_graphs_are_those_of_the_sum_over_all_graphs(seed):
    record = record_of(seed=seed, gaps=0.05)
    found = edge_probabilities(record, PRIORS, graphs=15)
    expected, heaviest = brute_force(record, PRIORS)
    assert found.unseen == 0
    for row in found.edges:
        if row.source != row.target:
            assert row.posterior == pytest.approx(expected[row.source, row.target, row.lag], abs=1e-9)
    own = {(n, n, 1) for n in "XYW"}
    for graph_, (share, edges) in zip(found.graphs, heaviest, strict=False):
        assert graph_.weight == pytest.approx(share, abs=1e-12)
        assert graph_.edges - own in [e for s, e in heaviest if s == pytest.approx(share)]
        assert edges is not None


def test_true_edges_gain_and_absent_ones_lose_as_the_record_grows():
    true = {("X", "Y", 0), ("W", "X", 1), ("W", "Y", 1)}
    priors = tuple(p for p in PRIORS if p[:3] != ("Y", "X", 0))
    means = []
    for steps in (30, 150, 1000):
        rows = [row for seed in range(3) for row in edge_probabilities(record_of(steps, seed), priors).edges]
        rows = [row for row in rows if row.source != row.target]
        means.append([
            np.mean([r.posterior for r in rows if (r[:3] in true) == wanted]) for wanted in (True, False)
        ])  # fmt: skip
    present, absent = np.array(means).T
    assert (np.diff(present) > 0).all()
    assert (np.diff(absent) < 0).all()
    assert present[-1] > 0.98
    assert absent[-1] < 0.05


def test_order_of_columns_changes_nothing():
    record = record_of(gaps=0.05)
    turned = Record(("W", "X", "Y"), record.values[:, [2, 0, 1]])
    one, other = edge_probabilities(record, PRIORS), edge_probabilities(turned, PRIORS)
    assert {r[:3] for r in one.edges} == {r[:3] for r in other.edges}
    right = {r[:3]: r.posterior for r in other.edges}
    assert all(r.posterior == pytest.approx(right[r[:3]], abs=1e-10) for r in one.edges)


def test_steps_without_any_record_change_nothing():
    record = record_of(gaps=0.05)
    longer = record._replace(values=np.vstack([record.values, np.full((5, 3), np.nan)]))
    assert edge_probabilities(record, PRIORS) == edge_probabilities(longer, PRIORS)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_required_edges_are_in_every_graph_and_forbidden_ones_in_none(data):
    known = [(a, b, lag) for a in "XYW" for b in "XYW" for lag in (0, 1) if a != b or lag]
    chosen = data.draw(st.permutations(known))
    require, forbid = set(chosen[:2]), set(chosen[2 : 2 + data.draw(st.integers(0, 6))])
    rules = [[EdgeRule(**{"from": a, "to": b, "lag": lag}) for a, b, lag in of] for of in (require, forbid)]
    priors = edge_priors([TRUTH], 1, 0.2, PAIRS, *rules)
    record = record_of(data.draw(st.integers(3, 60)), data.draw(st.integers(0, 99)))
    if {(b, a) for a, b, lag in require if lag == 0} & {(a, b) for a, b, lag in require if lag == 0}:
        with pytest.raises(StudyError, match="no cycle of required causes"):
            edge_probabilities(record, priors)
        return
    found = edge_probabilities(record, priors)
    assert found.graphs
    for each in found.graphs:
        assert require <= each.edges
        assert not forbid & each.edges
    assert {r[:3]: r.posterior for r in found.edges if r[:3] in require} == dict.fromkeys(require, 1.0)
    assert {r[:3]: r.posterior for r in found.edges if r[:3] in forbid} == dict.fromkeys(forbid, 0.0)


def test_equivalent_directions_keep_the_ratio_of_their_prior():
    truth = graph("X~ Y~", "X>Y@0")
    memoryless = [EdgePrior(n, n, 1, 0.0) for n in "XY"]
    priors = [*memoryless, EdgePrior("X", "Y", 0, 0.6), EdgePrior("Y", "X", 0, 0.3)]
    found = edge_probabilities(record_of(200, truth=truth), priors)
    forth, back = (next(r for r in found.edges if r[:3] == e) for e in (("X", "Y", 0), ("Y", "X", 0)))
    assert forth.posterior / back.posterior == pytest.approx(forth.prior / back.prior, rel=1e-9)
    assert forth.posterior + back.posterior > 0.99


def test_the_record_never_speaks_of_hidden_causes_nor_of_parents_beside_one():
    hidden = [EdgePrior("U", "X", 0, 1.0), EdgePrior("U", "Y", 0, 1.0), EdgePrior("W", "U", 1, 0.4)]
    found = edge_probabilities(record_of(300), [*PRIORS, *hidden])
    for row in found.edges:
        if "U" in row[:2] or row.target in "XY":
            assert row.posterior == pytest.approx(row.prior, abs=0.06 if row.lag == 0 else 1e-12)
    assert any(not r.scored for r in found.edges)
    assert all(each.hidden_causes == {"X", "Y"} for each in found.graphs)


def test_an_uncertain_hidden_cause_mixes_prior_and_evidence_by_its_prior_weight():
    priors = [EdgePrior("X", "Y", 1, 0.3), EdgePrior("W", "Y", 1, 0.3)]
    share = 0.25
    plain = {r[:3]: r for r in edge_probabilities(record_of(100), priors).edges}
    mixed = {r[:3]: r for r in edge_probabilities(record_of(100), [*priors, EdgePrior("U", "Y", 0, share)]).edges}
    assert mixed["U", "Y", 0].posterior == share
    for p in priors:
        expected = share * 0.3 + (1 - share) * plain[p[:3]].posterior
        assert mixed[p[:3]].posterior == pytest.approx(expected, abs=1e-12)


def test_a_search_that_stops_early_is_off_by_no_more_than_it_says(monkeypatch):
    record = record_of(40)
    exact = {r[:3]: r.posterior for r in edge_probabilities(record, PRIORS).edges}
    monkeypatch.setattr(orders, "MOST_VISITED", 8)
    found = edge_probabilities(record, PRIORS)
    assert 0 < found.unseen < 1
    for row in found.edges:
        assert abs(row.posterior - exact[row[:3]]) <= found.unseen + 1e-12


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([EdgePrior("X", "X", 0, 0.5)], "lag of at least one"),
        ([EdgePrior("X", "Y", 1, 1.5)], "between 0 and 1"),
        ([EdgePrior("X", "Y", 1, 0.5)] * 2, "every edge once"),
        ([EdgePrior("X", "Y", -1, 0.5)], "lags between"),
        ([EdgePrior(f"U{n}", n, 0, 0.5) for n in "ABCDEFGHI"], "uncertain hidden cause"),
    ],
)
def test_prior_weights_that_make_no_sense_are_refused(bad, words):
    names = tuple("XYWABCDEFGHI")
    record = Record(names, np.random.default_rng(0).normal(size=(30, len(names))))
    with pytest.raises(StudyError, match=words):
        edge_probabilities(record, bad)


def test_many_optional_parents_are_limited_in_number_and_the_limit_is_said():
    names = tuple("ABCDEFGHIJKLMNOP")
    record = Record(names, np.random.default_rng(0).normal(size=(60, len(names))))
    found = edge_probabilities(record, [EdgePrior(n, "A", 1, 0.1) for n in names[1:]])
    assert found.most_parents == {"A": 5}
    assert len(list(combinations(names[1:], 5))) < 5000
