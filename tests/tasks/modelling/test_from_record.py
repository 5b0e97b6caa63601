"""The record as an asserter of edges: what it adds, what it never touches, and that it counts once."""

import numpy as np
import pytest

from ssm_core.graphs.unrolled import edges_with_memory, smallest_lag
from tasks.fitting.weights import weighed
from tasks.modelling.candidates import rule_graphs
from tasks.modelling.constraints import constrained, with_hidden_cause
from tasks.modelling.from_record.discovered import RECORD, enlarged
from tasks.modelling.question import question_of
from tests.tasks.modelling.making import catalog_of, panel_of, params, with_section

COLUMNS = ("w", "noise_1", "noise_2", "noise_3")


def record(steps=250, seed=1, on_exposure=1.5, on_outcome=0.8, onwards=0.0):
    """`w` drives exposure and outcome a step later; exposure drives `noise_3`; the effect is zero."""
    rng = np.random.default_rng(seed)
    x, y = np.zeros(steps), np.zeros(steps)
    w = rng.normal(size=(steps, len(COLUMNS)))
    coin = rng.random(steps)
    for t in range(1, steps):
        w[t] += 0.4 * w[t - 1]
        w[t, 3] += onwards * x[t - 1]
        x[t] = coin[t] < 1 / (1 + np.exp(-on_exposure * w[t - 1, 0]))
        y[t] = 0.3 * y[t - 1] + on_outcome * w[t - 1, 0] + rng.normal()
    return panel_of({"x": x, "y": y, **dict(zip(COLUMNS, w.T, strict=True))})


def given_by(**configure):
    return with_section(params(treatment="x", outcome="y"), "configure", **configure)


def found(panel, given=None, lag=0, hidden=False):
    """Candidates of the rules, and the same with what the record adds."""
    given = given or given_by()
    question = question_of(given, catalog_of(panel))
    asserted = [constrained(graph, given) for graph in rule_graphs(question, given)]
    if hidden:
        asserted[1] = with_hidden_cause(asserted[1], "x", "y", "somebody fears it")
    return asserted, enlarged(asserted, (), question, given, lag, panel)


def drawn(graph):
    return {(e.source, e.target, e.lag) for e in graph.edges}


def added(enlargement):
    return [graph for graph in enlargement.graphs if graph.name.startswith("from_record")]


def test_the_record_adds_the_graph_that_it_supports_and_nothing_where_it_supports_none():
    panel = record()
    _, more = found(panel)
    new = added(more)
    assert {e for e in drawn(new[0]) if e[0] in COLUMNS} == {("w", "x", 1), ("w", "y", 1)}
    edge = next(e for e in new[0].edges if (e.source, e.target) == ("w", "y"))
    assert edge.weights[RECORD] > 0.95
    assert max(weighed(more.graphs, panel, given_by().infer).graphs, key=lambda g: g.weight).name == new[0].name
    asserted, none = found(record(on_exposure=0.0, on_outcome=0.0))
    assert [g.name for g in none.graphs] == [g.name for g in asserted]
    assert none.says.note


def test_the_record_counts_once():
    """A graph enters with its weight before the record, which does not depend on what was recorded."""
    asserted, more = found(record(), given_by(discovery={"graphs": 1, "share": 0.2, "unasserted": 0.1}))
    (new,) = added(more)
    chosen = 2 + sum(e[0] in COLUMNS for e in drawn(new)) - 2
    mass = 0.2 * 0.5**8  # eight edges, held by half of the weight of the candidates, there or not
    assert chosen == 2
    assert new.weight == pytest.approx(mass / (0.8 + mass))
    assert [g.weight for g in more.graphs[:2]] == pytest.approx([g.weight * 0.8 / (0.8 + mass) for g in asserted])


@pytest.mark.parametrize(("lag", "roles"), [(0, {}), (1, {}), (1, {"noise_3": "confounder"})])
def test_the_record_never_decides_on_the_effect_it_is_asked_to_measure(lag, roles):
    given = with_section(given_by(discovery={"lags": 2}, roles=roles), "study", lag=lag)
    asserted, more = found(record(onwards=1.5), given, lag)
    assert added(more)
    for graph in added(more):
        own = {e for e in edges_with_memory(graph) if {e[0], e[1]} <= {"x", "y"}}
        assert own == {e for e in edges_with_memory(asserted[0]) if {e[0], e[1]} <= {"x", "y"}}
        assert smallest_lag(graph, "x", "y") == lag
        through = [(k, j) for s, c, k in drawn(graph) if s == "x" for t, y, j in drawn(graph) if t == c and y == "y"]
        assert all(first + second > lag for first, second in through)
        assert all(e.lag > lag for e in graph.edges if e.asserted_by == "data" and e.target == "y")


def test_what_the_exposure_does_to_a_column_is_in_every_graph_that_is_added():
    _, more = found(record(onwards=1.5))
    assert added(more)
    assert all(("x", "noise_3", 1) in drawn(graph) for graph in added(more))


RULES = [
    {"forbid": [{"from": "w", "to": "y"}]},
    {"forbid": [{"from": "w", "to": "x", "lag": 1}], "require": [{"from": "noise_1", "to": "y", "lag": 1}]},
    {"require": [{"from": "noise_2", "to": "x", "lag": 2}, {"from": "w", "to": "noise_1", "lag": 1}]},
    {"forbid": [{"from": "x", "to": "noise_3"}, {"from": "y", "to": "y"}], "roles": {"noise_1": "confounder"}},
    {"roles": {"w": "mediator", "noise_2": "confounder"}},
]


@pytest.mark.parametrize("rules", RULES)
def test_what_a_person_requires_forbids_or_declares_is_never_violated(rules):
    panel = record(onwards=1.5)
    given = given_by(discovery={"graphs": 6, "least": 0.0, "lags": 2}, **rules)
    _, more = found(panel, given)
    assert added(more)
    for graph in more.graphs:
        edges = edges_with_memory(graph)
        for rule in given.configure.require:
            assert (rule.source, rule.target, rule.lag) in edges
        for rule in given.configure.forbid:
            lags = {k for s, t, k in edges if (s, t) == (rule.source, rule.target)}
            assert not (lags if rule.lag is None else lags & {rule.lag})
        for name, role in given.configure.roles.items():
            if role == "confounder":
                assert {(name, "x", 0), (name, "y", 0)} <= drawn(graph)
            else:
                assert name not in {node.name for node in graph.nodes}
    for row in more.says.edges:
        assert not any(
            (r.source, r.target) == (row.cause, row.effect) and r.lag in (None, row.lag) for r in given.configure.forbid
        )


def test_a_cause_of_the_exposure_is_adjusted_for_however_weakly_it_goes_with_the_outcome():
    _, more = found(record(on_exposure=2.5, on_outcome=0.0), given_by(discovery={"least": 0.0}))
    for graph in added(more):
        for cause in {s for s, t, _ in drawn(graph) if t == "x" and s in COLUMNS}:
            assert (cause, "y", 1) in drawn(graph)
    assert any(("w", "x", 1) in drawn(graph) for graph in added(more))


def test_nothing_is_added_to_a_trial_or_where_every_graph_has_a_hidden_cause_of_both():
    for given, why in [
        (with_section(given_by(), "study", randomised=True), "assigned at random"),
        (given_by(strict=True), "hidden cause"),
    ]:
        asserted, more = found(record(), given)
        assert more.graphs == tuple(asserted)
        assert why in more.says.note
    off = given_by(discovery={"graphs": 0})
    assert found(record(), off)[1] == (tuple(found(record(), off)[0]), None)


def test_a_candidate_with_a_hidden_cause_keeps_its_weight():
    asserted, more = found(record(), hidden=True)
    assert added(more)
    assert more.graphs[1].weight == asserted[1].weight
    assert sum(graph.weight for graph in more.graphs) == pytest.approx(1.0)


def test_too_few_complete_steps_add_nothing():
    panel = record(40)
    _, more = found(panel.with_columns(noise_1=panel["noise_1"].set(panel["step"] > 24, None)))
    assert added(more) == []
    assert "steps have all variables recorded" in more.says.note
