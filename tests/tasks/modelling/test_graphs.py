"""Rule graphs and the person's constraints."""

import pytest

from schemas.errors import StudyError
from tasks.modelling.candidates import rule_graphs
from tasks.modelling.constraints import HIDDEN, check_rules, constrained
from tasks.modelling.question import question_of
from tests.tasks.modelling.making import catalog_of, params, record, with_section


def graphs(given):
    return rule_graphs(question_of(given, catalog_of(record())), given)


def edges(graph):
    return {(e.source, e.target, e.lag) for e in graph.edges}


def test_a_randomised_exposure_has_no_causes_and_one_graph_suffices():
    (only,) = graphs(params(randomised=True))
    assert not [e for e in only.edges if e.target == "coffee"]
    assert only.no_hidden_common_cause[0].asserted_by == "design"
    assert next(n for n in only.nodes if n.name == "coffee").memory is False


def test_people_react_to_their_past_outcome_unless_the_exposure_is_randomised():
    assert ("sleep", "coffee", 1) in edges(graphs(params())[0])


def test_undecided_columns_act_only_from_the_step_before_and_in_a_second_graph():
    first, second = graphs(params())
    assert "stress" not in {n.name for n in first.nodes}
    assert ("stress", "sleep", 1) in edges(second)
    assert ("stress", "sleep", 0) not in edges(second)
    assert first.weight + second.weight == pytest.approx(1.0)


def test_a_declared_confounder_is_adjusted_for_on_the_same_step():
    given = with_section(params(), "configure", roles={"stress": "confounder"})
    (only,) = graphs(given)
    assert {("stress", "sleep", 0), ("stress", "coffee", 0)} <= edges(only)


@pytest.mark.parametrize("role", ["mediator", "collider", "ignore"])
def test_a_declared_mediator_or_collider_is_never_adjusted_for(role):
    given = with_section(params(), "configure", roles={"stress": role})
    assert all("stress" not in {n.name for n in g.nodes} for g in graphs(given))


def test_a_forbidden_edge_is_in_no_graph_and_a_required_one_in_all():
    given = with_section(
        params(),
        "configure",
        forbid=[{"from": "sleep", "to": "coffee"}],
        require=[{"from": "stress", "to": "sleep", "lag": 2}],
    )
    for graph in graphs(given):
        got = edges(constrained(graph, given))
        assert not {e for e in got if e[:2] == ("sleep", "coffee")}
        assert ("stress", "sleep", 2) in got


def test_forbidding_a_variable_to_itself_takes_its_memory():
    given = with_section(params(), "configure", forbid=[{"from": "sleep", "to": "sleep"}])
    got = constrained(graphs(given)[0], given)
    assert next(n for n in got.nodes if n.name == "sleep").memory is False


def test_strict_adds_a_hidden_cause_until_somebody_rules_it_out():
    strict = with_section(params(), "configure", strict=True)
    assert HIDDEN in {n.name for n in constrained(graphs(strict)[0], strict).nodes}
    asserted = with_section(strict, "configure", no_hidden_common_cause={"reason": "same routine every day"})
    assert HIDDEN not in {n.name for n in constrained(graphs(asserted)[0], asserted).nodes}


@pytest.mark.parametrize(
    ("rules", "study", "message"),
    [
        ({"require": [{"from": "tea", "to": "sleep"}]}, {}, "'tea'"),
        ({"forbid": [{"from": "tea", "to": "sleep"}]}, {}, "'tea'"),
        ({"roles": {"tea": "confounder"}}, {}, "'tea'"),
        (
            {"require": [{"from": "stress", "to": "sleep"}], "forbid": [{"from": "stress", "to": "sleep"}]},
            {},
            "both",
        ),
        ({"require": [{"from": "stress", "to": "coffee"}]}, {"randomised": True}, "at random"),
        ({"require": [{"from": "sleep", "to": "sleep", "lag": 0}]}, {}, "itself"),
    ],
)  # fmt: skip
def test_contradictory_rules_are_refused(rules, study, message):
    with pytest.raises(StudyError, match=message):
        check_rules(with_section(params(**study), "configure", **rules), frozenset({"coffee", "sleep", "stress"}))


def test_a_cycle_within_one_step_is_refused():
    given = with_section(params(), "configure", require=[{"from": "sleep", "to": "coffee", "lag": 0}])
    with pytest.raises(StudyError, match="cycle"):
        constrained(graphs(given)[0], given)


def test_a_declared_confounder_is_kept_however_seldom_it_was_recorded():
    sparse = record()
    sparse = sparse.with_columns(stress=sparse["stress"].set(sparse["step"] > 20, None))
    given = with_section(params(), "configure", roles={"stress": "confounder"})
    (only,) = rule_graphs(question_of(given, catalog_of(sparse)), given)
    assert ("stress", "coffee", 0) in edges(only)


def test_a_required_edge_to_itself_without_a_lag_is_the_next_step():
    given = with_section(params(), "configure", require=[{"from": "stress", "to": "stress"}])
    check_rules(given, frozenset({"coffee", "sleep", "stress"}))
    assert ("stress", "stress", 1) in edges(constrained(graphs(given)[0], given))


def test_exposure_and_outcome_have_no_other_role():
    given = with_section(params(), "configure", roles={"coffee": "mediator"})
    with pytest.raises(StudyError, match="which the question is about"):
        check_rules(given, frozenset({"coffee", "sleep", "stress"}))
