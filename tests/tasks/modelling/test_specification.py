"""From graph to model, and whose prior stands where."""

import numpy as np
import pytest

from schemas.errors import StudyError
from schemas.graph import CausalGraph, Edge, Node
from schemas.params import Components
from schemas.prior import Beta, HalfNormal, Normal, TruncatedNormal
from schemas.recording import ProposedPrior
from ssm_core.model.structure import structure_of
from tasks.modelling.prior_check import prior_checks
from tasks.modelling.question import question_of
from tasks.modelling.specification import lag_of, spec_of
from tasks.modelling.stated_priors import check_names, with_stated_priors
from tests.tasks.modelling.making import catalog_of, params, record


def question(steps=40):
    return question_of(params(), catalog_of(record(steps)))


def graph(edges, names=("coffee", "sleep", "stress")):
    return CausalGraph(
        nodes=tuple(Node(name=n) for n in names),
        edges=tuple(Edge(source=a, target=b, lag=lag) for a, b, lag in edges),
    )


def spec(edges, steps=40, daily=True, **components):
    return spec_of(graph(edges), question(steps), 0, Components(**components), daily)


def cells(got):
    return {(p.matrix, p.row, p.column, p.lag) for p in got.parameters}


def test_edges_that_are_not_in_the_graph_have_no_parameter():
    got = spec([("coffee", "sleep", 0)])
    assert {c for c in cells(got) if c[0] in ("inputs", "dynamics", "instant")} == {
        ("inputs", "sleep", "coffee", 0),
        ("dynamics", "sleep", "sleep", 1),
    }


def test_a_mediator_gets_its_own_equation_and_a_confounder_enters_as_recorded():
    mediated = spec([("coffee", "stress", 0), ("stress", "sleep", 0)])
    assert mediated.states == ("sleep", "stress")
    confounded = spec([("coffee", "sleep", 0), ("stress", "coffee", 0), ("stress", "sleep", 0)])
    assert confounded.inputs == ("coffee", "stress")


def test_what_is_not_upstream_of_the_outcome_takes_no_part():
    got = spec([("coffee", "sleep", 0), ("sleep", "stress", 0)])
    assert "stress" not in (*got.states, *got.inputs)


def test_a_graph_without_a_path_leaves_the_exposure_out():
    assert spec([("sleep", "coffee", 1)]).inputs == ()


def test_every_parameter_has_its_own_cell():
    for edges in ([("coffee", "sleep", 0)], [("coffee", "stress", 0), ("stress", "sleep", 1), ("sleep", "stress", 1)]):
        structure_of(spec(edges))


def test_trend_and_weekday_come_with_the_length_of_the_record():
    assert spec([("coffee", "sleep", 0)], steps=12).regressors == ("intercept",)
    assert len(spec([("coffee", "sleep", 0)], steps=40).regressors) == 8
    assert spec([("coffee", "sleep", 0)], steps=40, daily=False).regressors == ("intercept", "trend")
    smooth = spec([("coffee", "sleep", 0)], steps=90, daily=False, trend="smooth")
    assert smooth.regressors == ("intercept", "trend", "wave_2", "wave_3")
    assert ("level_sd", "sleep", "", 0) in cells(spec([("coffee", "sleep", 0)], trend="random_walk"))
    with pytest.raises(StudyError, match="daily steps"):
        spec([("coffee", "sleep", 0)], daily=False, weekday="yes")


def test_the_lag_is_the_shortest_path_unless_declared():
    lagged = graph([("coffee", "sleep", 2), ("coffee", "stress", 1), ("stress", "sleep", 0)])
    assert lag_of(params(), lagged, question()) == 1
    assert lag_of(params(lag=4), lagged, question()) == 4


def test_a_persons_prior_wins_over_the_models_and_reaches_its_own_parameter_only():
    bare = spec([("coffee", "sleep", 0)])
    name = "sleep <- coffee, lag 0"
    proposal = ProposedPrior(parameter=name, prior=Normal(mean=1.0, sd=2.0), unit="x", reason="a guess")
    by_model = with_stated_priors(bare, {name: proposal}, {})
    by_person = with_stated_priors(bare, {name: proposal}, {name: Normal(mean=3.0, sd=4.0)})
    assert [p.asserted_by for p in by_model.parameters if p.name == name] == ["model"]
    assert [p.prior for p in by_person.parameters if p.name == name] == [Normal(mean=3.0, sd=4.0)]
    others = [(a, b) for a, b in zip(bare.parameters, by_person.parameters, strict=True) if a.name != name]
    assert all(a == b for a, b in others)


@pytest.mark.parametrize(
    ("name", "prior", "message"),
    [
        ("sleep <- tea, lag 0", Normal(mean=0.0, sd=1.0), "one of the parameters"),
        ("sleep <- coffee, lag 0", HalfNormal(sd=1.0), "real numbers"),
        ("sleep: noise sd", Normal(mean=0.0, sd=1.0), "positive numbers"),
        ("sleep <- sleep, lag 1", Normal(mean=0.0, sd=1.0), "stationary"),
        ("sleep <- sleep, lag 1", TruncatedNormal(mean=0.0, sd=1.0, low=-2.0, high=1.0), "stationary"),
        ("sleep <- coffee, lag 0", Beta(a=1.0, b=1.0), "real numbers"),
    ],
)
def test_a_prior_that_cannot_be_sampled_is_refused_not_replaced(name, prior, message):
    bare = spec([("coffee", "sleep", 0)])

    def put():
        check_names([bare], {name: prior})
        with_stated_priors(bare, {}, {name: prior})

    with pytest.raises(StudyError, match=message):
        put()


def test_the_prior_predictive_check_passes_for_defaults_and_fails_for_a_prior_far_off():
    bare = spec([("coffee", "sleep", 0)])
    (check,) = prior_checks([bare], question(), daily=True).values()
    assert check.passed
    assert check.prior_low < check.recorded_low < check.recorded_high < check.prior_high
    far = with_stated_priors(bare, {}, {"sleep: intercept": Normal(mean=500.0, sd=1.0)})
    (check,) = prior_checks([far], question(), daily=True).values()
    assert not check.passed
    assert "disagree" in check.sentence


def test_default_priors_follow_the_units_of_the_data():
    small, large = record(40), record(40)
    large = large.with_columns(large["sleep"] * 1000)
    one, two = (
        spec_of(graph([("coffee", "sleep", 0)]), question_of(params(), catalog_of(p)), 0, Components(), True)
        for p in (small, large)
    )
    first, second = (next(p.prior for p in s.parameters if p.matrix == "inputs") for s in (one, two))
    assert second.sd == pytest.approx(1000 * first.sd, rel=1e-3)
    assert np.isfinite(first.sd)
