"""Time order within a step: an outcome that is over before its exposure is asked about a step later."""

import numpy as np
import pytest

from benchmarks.simulations.study import answered
from schemas.graph import CausalGraph, Edge, Node
from tasks.configure import new_protocol
from tasks.modelling.candidates import rule_graphs
from tasks.modelling.question import question_of
from tasks.modelling.time_order import Times, in_time, over_before, timely
from tests.tasks.modelling.making import catalog_of, panel_of, params, record, with_section

NIGHT = catalog_of(record(), nights=["sleep"])


def edges(given, catalog):
    given = timely(given, catalog)
    graphs = rule_graphs(question_of(given, catalog), given)
    return {(e.source, e.target, e.lag) for graph in graphs for e in graph.edges}


@pytest.mark.parametrize(
    ("first", "second", "is_over"),
    [
        (Times(), Times(), False),
        (Times(night=True), Times(), True),
        (Times(night=True), Times(night=True), False),
        (Times(), Times(night=True), False),
        (Times(True, -1.0, 8.1), Times(False, 14.2, 15.0), True),
        (Times(True, -1.0, 8.1), Times(False, 7.0, 22.0), True),
        (Times(True, -1.0, 8.1), Times(False, 0.5, 5.0), False),
        (Times(False, 6.0, 9.0), Times(False, 12.0, 13.0), True),
        (Times(False, 6.0, 9.0), Times(), False),
    ],
)
def test_order_follows_from_times_of_day_and_from_a_night(first, second, is_over):
    assert over_before(first, second) is is_over


def test_a_night_of_the_day_of_waking_is_asked_about_a_day_later():
    got = edges(params(), NIGHT)
    assert {("coffee", "sleep", 1), ("coffee", "sleep", 2), ("sleep", "coffee", 0)} <= got
    assert ("coffee", "sleep", 0) not in got
    assert {("stress", "sleep", 2), ("stress", "coffee", 1)} <= got


def test_a_declared_confounder_of_the_day_acts_on_the_night_that_follows():
    got = edges(with_section(params(), "configure", roles={"stress": "confounder"}), NIGHT)
    assert {("stress", "sleep", 1), ("stress", "coffee", 0)} <= got
    assert ("stress", "sleep", 0) not in got


def test_what_the_person_says_of_the_lag_stands():
    assert ("coffee", "sleep", 0) in edges(params(lag=0), NIGHT)
    assert ("coffee", "sleep", 2) in edges(params(lag=2), NIGHT)


def test_a_proposed_edge_that_time_forbids_is_moved_to_the_next_step_and_no_other():
    proposed = CausalGraph(
        name="primary",
        nodes=tuple(Node(name=name) for name in ("coffee", "sleep", "stress")),
        edges=tuple(
            Edge(source=source, target=target, lag=lag, asserted_by="model", reason="r")
            for source, target, lag in [
                ("coffee", "sleep", 0), ("coffee", "sleep", 1), ("stress", "sleep", 0), ("sleep", "coffee", 0),
                ("stress", "coffee", 0),
            ]
        ),
    )  # fmt: skip
    kept = {("sleep", "coffee", 0), ("stress", "coffee", 0), ("stress", "sleep", 1), ("coffee", "sleep", 1)}
    for lag, more in ((None, set()), (0, {("coffee", "sleep", 0)})):
        given = params(lag=lag)
        got = in_time(proposed, question_of(given, NIGHT), given)
        assert {(e.source, e.target, e.lag) for e in got.edges} == kept | more
        assert len(got.edges) == len(kept | more)


def test_without_times_the_same_step_is_asked_about():
    assert ("coffee", "sleep", 0) in edges(params(), catalog_of(record()))


@pytest.mark.mcmc
def test_a_bad_night_before_more_coffee_is_no_effect_of_coffee(tmp_path):
    rng, steps = np.random.default_rng(4), 150
    sleep = 7 + rng.normal(size=steps)
    coffee = (rng.random(steps) < 1 / (1 + np.exp(2 * (sleep - 7)))).astype(float)
    panel = panel_of({"coffee": coffee, "sleep": sleep})
    catalog, given = catalog_of(panel, nights=["sleep"]), with_section(params(), "infer", ess=400.0, rhat=1.01)
    protocol = new_protocol(tmp_path, given, catalog, panel, {})
    assert (protocol.lag, protocol.outcome_first) == (1, True)
    found, _ = answered(protocol, panel, given)
    assert found.headline.q05 < 0.0 < found.headline.q95
    naive = np.polyfit(coffee, sleep, 1)[0]
    assert naive < -0.8, "the same day looks like a large effect"
