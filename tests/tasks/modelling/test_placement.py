"""Where the nodes of a graph go in its model, hidden ones included, and that the model then finds the effect."""

import numpy as np
import pytest

from schemas.graph import CausalGraph, Edge, Node
from schemas.params import Components, Infer
from schemas.prior import HalfNormal
from ssm_core.effects.responses import impulse_response, linear_of
from ssm_core.graphs.identification import identify
from ssm_core.model.structure import structure_of
from tasks.fitting.record import prepared
from tasks.fitting.sampling import drawn, posterior_of
from tasks.modelling.placement import placement_of
from tasks.modelling.prior_check import prior_checks
from tasks.modelling.question import question_of
from tasks.modelling.specification import spec_of
from tests.tasks.modelling.making import catalog_of, panel_of, params

CONFOUNDED = [("u", "x", 0), ("u", "y", 0)]
FRONT_DOOR = [*CONFOUNDED, ("x", "m", 0), ("m", "y", 0)]
MEDIATOR_CONFOUNDED = [("u", "m", 0), ("u", "y", 0), ("x", "m", 0), ("m", "y", 0), ("x", "y", 0)]
PROXY = [("u", "p", 0), ("u", "y", 0), ("p", "x", 0), ("x", "y", 0)]


def graph(edges, memoryless=()):
    names = dict.fromkeys(name for source, target, _ in edges for name in (source, target))
    return CausalGraph(
        nodes=tuple(Node(name=n, observed=not n.startswith("u"), memory=n not in memoryless) for n in names),
        edges=tuple(Edge(source=a, target=b, lag=lag) for a, b, lag in edges),
    )


def placed(edges, binary=("x",), **how):
    return placement_of(graph(edges, **how), "x", "y", 0, frozenset(binary))


def test_a_hidden_cause_of_exposure_and_outcome_is_a_state_where_the_effect_is_identified():
    got = placed(FRONT_DOOR)
    assert (got.states, got.hidden, got.indexed, got.inputs) == (("y", "m"), ("u",), ("x",), ("x",))


def test_hidden_nodes_are_left_out_where_no_number_will_be_given():
    edges = [*CONFOUNDED, ("x", "y", 0)]
    assert not identify(graph(edges), "x", "y", 0).identified
    got = placed(edges)
    assert (got.hidden, got.indexed) == ((), ())


def test_a_hidden_cause_of_mediator_and_outcome_is_a_state_and_the_exposure_stays_as_recorded():
    got = placed(MEDIATOR_CONFOUNDED)
    assert (got.states, got.hidden, got.indexed) == (("y", "m"), ("u",), ())


def test_a_hidden_cause_of_one_node_is_its_noise():
    assert placed([("u", "y", 0), ("x", "y", 0)]).hidden == ()
    assert placed([("u1", "u2", 0), ("u2", "y", 0), ("x", "y", 0)]).hidden == ()


def test_a_hidden_node_on_the_way_is_a_state():
    assert placed([("x", "u", 0), ("u", "y", 0)]).hidden == ("u",)


def test_a_proxy_is_explained_by_what_it_stands_for():
    assert placed(PROXY).states == ("y", "p")
    coded = placed(PROXY, binary=("x", "p"))
    assert (coded.states, coded.indexed, coded.inputs) == (("y",), ("p",), ("x", "p"))


@pytest.mark.parametrize("edges", [FRONT_DOOR, MEDIATOR_CONFOUNDED, PROXY], ids=["front door", "mediator", "proxy"])
@pytest.mark.parametrize("binary", [True, False], ids=["binary", "continuous"])
def test_a_model_with_hidden_nodes_fits_together_and_one_sign_of_each_is_fixed(edges, binary):
    columns = record(edges, np.random.default_rng(1), 60, binary)
    spec, _, question = model(edges, columns)
    structure_of(spec)
    signed = [p for p in spec.parameters if p.column == "u" and p.row != "u" and isinstance(p.prior, HalfNormal)]
    assert len(signed) == 1
    assert prior_checks([spec], question, True)["graph"].passed


def record(edges, rng, steps, binary):
    """A linear record of any of these graphs: every edge 0.7, memory 0.3 (hidden 0.8), noise 0.7."""
    order = ["u", "p", "x", "m", "y"]
    out = {name: np.zeros(steps) for name in order if any(name in edge for edge in edges)}
    for t in range(steps):
        for name in order:
            if name not in out:
                continue
            memory = (0.8 if name == "u" else 0.3) * out[name][t - 1] if t else 0.0
            causes = sum(0.7 * out[source][t] for source, target, _ in edges if target == name)
            value = memory + causes + (0.6 if name == "u" else 0.7) * rng.normal()
            out[name][t] = float(value > 0) if binary and name == "x" else value
    return {name: values for name, values in out.items() if name != "u"}


def model(edges, columns):
    panel = panel_of(columns)
    question = question_of(params(treatment="x", outcome="y"), catalog_of(panel))
    spec = spec_of(graph(edges), question, 0, Components(trend="none", weekday="none"), True)
    return spec, panel, question


@pytest.mark.mcmc
@pytest.mark.slow
@pytest.mark.parametrize(
    ("edges", "truth"), [(FRONT_DOOR, 0.49), (MEDIATOR_CONFOUNDED, 1.19), (PROXY, 0.7)],
    ids=["front door", "mediator", "proxy"],
)  # fmt: skip
def test_the_effect_is_found_where_a_hidden_cause_would_mislead(edges, truth):
    misses = []
    for seed in range(4):
        columns = record(edges, np.random.default_rng(seed), 400, binary=False)
        spec, panel, _ = model(edges, columns)
        ready, settings = prepared(spec, panel), Infer(ess=400, rhat=1.02, most_draws=600)
        theta = drawn(posterior_of(spec, ready, settings), ready, settings, lambda _text: None).theta
        linear = linear_of(spec, theta.reshape(-1, theta.shape[-1]))
        effect = impulse_response(linear, spec.inputs.index("x"), spec.states.index("y"), 0)[:, 0]
        misses.append((effect.mean() - truth) / effect.std())
    assert np.abs(np.mean(misses)) < 1.5  # three standard errors of the mean of four
