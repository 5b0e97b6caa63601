"""Every way a reply can go wrong has a written outcome: another turn with the reason, or the end with a sentence."""

import json

import pytest

from schemas.recording import Reply
from tasks.llm.faults import ReplyUnusable
from tasks.llm.inputs import VariableSummary
from tasks.llm.roles.graphs import candidate_graphs
from tasks.llm.roles.variables import variable_roles

VARIABLES = tuple(
    VariableSummary(name, None, "continuous", None, "nearly complete", None) for name in ("coffee", "sleep")
)
ROLES = [{"name": "coffee", "role": "exposure", "reason": "So."}, {"name": "sleep", "role": "outcome", "reason": "So."}]
GOOD = {"roles": ROLES}


def reply(content: object, finish_reason: str = "stop") -> Reply:
    text = content if isinstance(content, str) else json.dumps(content)
    return Reply(model="m", content=text, finish_reason=finish_reason)


CURABLE = {
    "cut off": (reply('{"roles": [{"na', "length"), "cut off"),
    "invalid JSON": (reply("{'roles': nothing}"), "Invalid JSON"),
    "free text": (reply("Coffee is the exposure."), "Invalid JSON"),
    "empty": (reply(""), "Invalid JSON"),
    "another document": (reply({"answer": 1}), "Field required"),
    "a field too many": (reply({**GOOD, "note": "x"}), "Extra inputs"),
    "an unknown role": (reply({"roles": [{**ROLES[0], "role": "cause"}, ROLES[1]]}), "Input should be"),
    "an empty list": (reply({"roles": []}), "has no role"),
    "a duplicated name": (reply({"roles": [*ROLES, ROLES[0]]}), "more than one role"),
    "an unknown name": (reply({"roles": [*ROLES, {**ROLES[0], "name": "tea", "role": "ignore"}]}), "valid names are"),
    "an empty reason": (reply({"roles": [{**ROLES[0], "reason": ""}, ROLES[1]]}), "at least 1 character"),
    "no exposure": (reply({"roles": [{**ROLES[0], "role": "ignore"}, ROLES[1]]}), "exactly one variable"),
}


def asked(answer):
    return variable_roles(answer, "?", VARIABLES, None, None)


@pytest.mark.parametrize("fault", CURABLE)
def test_a_faulty_reply_goes_back_with_its_reason_and_the_next_one_counts(answerer, script, fault: str):
    wrong, reason = CURABLE[fault]
    calls = script(wrong, GOOD)
    assert [role.name for role in asked(answerer(calls)).roles] == ["coffee", "sleep"]
    assert reason in calls.requests[1].messages[-1].content


@pytest.mark.parametrize("fault", CURABLE)
def test_after_three_faulty_replies_the_reason_and_the_way_out_are_told(answerer, script, fault: str):
    wrong, reason = CURABLE[fault]
    with pytest.raises(ReplyUnusable, match="none after 3 turns") as caught:
        asked(answerer(script(wrong, wrong, wrong)))
    assert reason in str(caught.value)
    assert "--llm off" in str(caught.value)


@pytest.mark.parametrize("ending", ["refusal", "content_filter"])
def test_a_refusal_is_final_at_once(answerer, script, ending: str):
    calls = script(reply("I cannot help with that.", ending), GOOD)
    with pytest.raises(ReplyUnusable, match="declined"):
        asked(answerer(calls))
    assert len(calls.requests) == 1


def graph(*edges: tuple[str, str, int], plausibility: float = 1.0) -> dict:
    listed = [{"cause": c, "effect": e, "lag": lag, "reason": "So."} for c, e, lag in edges]
    one = {"summary": "One.", "plausibility": plausibility, "edges": listed}
    return {"graphs": [{**one, "hidden_common_cause": False, "hidden_reason": ""}]}


GRAPHS = {
    "a self-loop within the step": (graph(("sleep", "sleep", 0)), "cycle"),
    "a cycle": (graph(("coffee", "sleep", 0), ("sleep", "coffee", 0)), "cycle"),
    "an edge twice": (graph(("coffee", "sleep", 0), ("coffee", "sleep", 0)), "twice"),
    "a lag beyond the limit": (graph(("coffee", "sleep", 9)), "largest lag"),
    "a negative lag": (graph(("coffee", "sleep", -1)), "greater than or equal to 0"),
    "a number out of range": (graph(("coffee", "sleep", 0), plausibility=7), "less than or equal to 1"),
    "no edge": (graph(), "at least 1 item"),
    "no graph": ({"graphs": []}, "at least 1 item"),
}


@pytest.mark.parametrize("fault", GRAPHS)
def test_a_graph_that_cannot_be_goes_back_with_its_reason(answerer, script, fault: str):
    wrong, reason = GRAPHS[fault]
    calls = script(wrong, graph(("coffee", "sleep", 0)))
    said = asked(answerer(script(GOOD)))
    found = candidate_graphs(answerer(calls), "?", VARIABLES, "coffee", "sleep", said, False, 3, 1)
    assert len(found.graphs) == 1
    assert reason in calls.requests[1].messages[-1].content
