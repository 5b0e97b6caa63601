"""Edge-by-edge answers reach the candidate graphs, their weights and the list of calls."""

import json
import math
import re

import pytest

from schemas.params import Configure, EdgeRule, Llm, Study, StudyParams
from schemas.recording import Reply, Token
from tasks.llm.exchange import Answerer
from tasks.modelling.edge_beliefs import PAIRS, WHOLE
from tasks.modelling.elicited import elicit
from tests.tasks.modelling.making import catalog_of, record

ROLES = {"coffee": "exposure", "sleep": "outcome", "stress": "confounder"}
VALUES = {
    "normal": {"mean": 0.0, "sd": 1.0},
    "student_t": {"df": 4.0, "mean": 0.0, "scale": 1.0},
    "log_normal": {"median": 1.0, "log_sd": 0.5},
    "half_normal": {"sd": 1.0},
    "truncated_normal": {"mean": 0.2, "sd": 0.3, "low": -0.99, "high": 0.99},
}
LIKELY = {("coffee", "sleep"), ("stress", "coffee"), ("stress", "sleep")}


def said(request):
    """The reply of a model that knows its way."""
    text = next((m.content for m in request.messages if "<data>" in m.content), "")
    match request.prompt:
        case "variables":
            return {"roles": [{"name": n, "role": r, "reason": "So."} for n, r in ROLES.items()]}
        case "graphs":
            edge = {"cause": "coffee", "effect": "sleep", "lag": 0, "reason": "So."}
            graph = {"summary": "One.", "plausibility": 1.0, "edges": [edge]}
            return {"graphs": [{**graph, "hidden_common_cause": False, "hidden_reason": ""}]}
        case "priors":
            asked = json.loads(text[text.index("<data>\n") + 7 : text.index("\n</data>")])["parameters"]
            return {"priors": [_prior(each) for each in asked]}


def _prior(asked):
    family = next(name for name in asked["families"] if name in VALUES)
    prior = {"family": family, **VALUES[family], **({"mean": 7.0} if asked["name"] == "sleep: intercept" else {})}
    return {"parameter": asked["name"], "prior": prior, "unit": asked["unit"], "reason": "So."}


def source(request):
    if request.prompt != "pairs":
        return Reply(model="m", content=json.dumps(said(request)), finish_reason="stop")
    text = request.messages[-1].content
    pair = re.search(r'"(\w+)" cause a change of "(\w+)"', text)
    if pair:
        chances = {"Yes": 0.9, "No": 0.1} if pair.groups() in LIKELY else {"Yes": 0.1, "No": 0.9}
    else:
        stated = {label: (a, b) for label, a, b in re.findall(r'([ABC]): .*?"(\w+)" causes a change of "(\w+)"', text)}
        chances = {label: 0.9 if stated.get(label) in LIKELY else 0.05 for label in "ABC"}
    first = tuple(Token(token=label, logprob=math.log(p)) for label, p in chances.items())
    return Reply(model="m", content=max(chances, key=chances.get), finish_reason="length", first=first)


def elicited(**configure):
    panel = record()
    params = StudyParams(
        study=Study(question="Does coffee change my sleep?", treatment="coffee", outcome="sleep"),
        configure=Configure(llm=Llm(mode="replay", model="m", pairwise=True, pair_lag=0), **configure),
    )
    return elicit(Answerer(params.configure.llm, source), params, catalog_of(panel), daily=True)[2]


def test_the_graph_of_likely_edges_becomes_a_candidate_and_weights_add_up():
    found = elicited()
    edges = [{(e.source, e.target) for e in graph.edges} for graph in found.graphs]
    assert LIKELY in edges
    assert {("coffee", "sleep")} in edges
    assert sum(graph.weight for graph in found.graphs) == pytest.approx(1)


def test_edges_and_protocol_tell_what_each_way_of_asking_believes():
    found = elicited()
    weights = [edge.weights for graph in found.graphs for edge in graph.edges if edge.source == "coffee"]
    assert all(each[WHOLE] == 1.0 and each[PAIRS] > 0.8 for each in weights)
    beliefs = {(b.cause, b.effect): b for b in found.beliefs}
    assert len(beliefs) == 6
    assert beliefs["stress", "sleep"].combined > 0.4 > 0.1 > beliefs["sleep", "stress"].combined


def test_every_question_stands_among_the_calls():
    calls = elicited().calls
    assert sum(call.role == "pairs" for call in calls) == 3 * 10
    assert {call.role for call in calls} == {"variables", "graphs", "pairs", "priors"}


def test_a_forbidden_edge_is_not_asked_about():
    found = elicited(forbid=(EdgeRule(source="stress", target="coffee"),))
    assert ("stress", "coffee") not in {(b.cause, b.effect) for b in found.beliefs}
