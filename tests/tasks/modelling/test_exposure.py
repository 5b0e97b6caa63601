"""How the exposure comes about: when its model exists, and that it finds what drives a choice."""

import numpy as np
import pytest

from schemas.graph import CausalGraph, Edge, Node
from schemas.params import Components, Infer
from tasks.fitting.record import prepared
from tasks.fitting.sampling import drawn, posterior_of
from tasks.modelling.exposure import exposure_spec_of
from tasks.modelling.question import question_of
from tests.tasks.modelling.making import catalog_of, panel_of, params

PLAIN = Components(trend="none", weekday="none")
CHOICE = {"x": 0.5, "y": 0.6}


def record(steps=60, seed=2, binary=True):
    """`x` answers to its own past and to the last outcome; `y` to `x` and its past."""
    rng = np.random.default_rng(seed)
    x, y = np.zeros(steps), np.zeros(steps)
    for t in range(steps):
        index = (CHOICE["x"] * x[t - 1] + CHOICE["y"] * y[t - 1] if t else 0.0) - 0.3 + rng.normal()
        x[t] = float(index > 0) if binary else index
        y[t] = 0.5 * x[t] + (0.3 * y[t - 1] if t else 0.0) + rng.normal()
    return panel_of({"x": x, "y": y})


def model(edges, panel, memory=True, hidden=()):
    names = dict.fromkeys(name for source, target, _ in edges for name in (source, target))
    nodes = tuple(Node(name=n, observed=n not in hidden, memory=memory or n != "x") for n in names)
    graph = CausalGraph(nodes=nodes, edges=tuple(Edge(source=a, target=b, lag=k) for a, b, k in edges))
    question = question_of(params(treatment="x", outcome="y"), catalog_of(panel))
    return exposure_spec_of(graph, question, PLAIN, True)


def test_an_exposure_that_answers_to_nothing_it_changes_needs_no_model():
    assert model([("x", "y", 0), ("z", "x", 0)], record(), memory=False) is None


def test_an_exposure_that_answers_to_the_outcome_or_to_itself_has_one():
    assert model([("x", "y", 0), ("y", "x", 1)], record(), memory=False).inputs == ("y",)
    assert model([("x", "y", 0)], record()).inputs == ("x",)


def test_a_hidden_cause_of_the_exposure_alone_is_its_noise_and_one_of_both_is_not():
    edges = [("x", "y", 0), ("u", "x", 0)]
    assert model(edges, record(), hidden=("u",)).inputs == ("x",)
    assert model([*edges, ("u", "y", 0)], record(), hidden=("u",)) is None


@pytest.mark.mcmc
@pytest.mark.parametrize("binary", [True, False], ids=["binary", "continuous"])
def test_what_drives_a_choice_is_found(binary):
    panel = record(700, binary=binary)
    spec = model([("x", "y", 0), ("y", "x", 1)], panel)
    ready, settings = prepared(spec, panel), Infer(ess=200, rhat=1.05, most_draws=300, starts=4)
    theta = drawn(posterior_of(spec, ready, settings), ready, settings, lambda _text: None).theta
    for index, parameter in enumerate(spec.parameters[:2]):
        draws = theta[..., index]
        assert abs(draws.mean() - CHOICE[parameter.column]) < 3.5 * draws.std()
        assert draws.std() < 0.2
