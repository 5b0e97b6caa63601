"""Replay, record and live: one conversation, the same in each, and never the network on replay."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemas.errors import StudyError
from schemas.params import Llm
from schemas.recording import Reply, Request, VariablesReply
from tasks.llm.exchange import Answerer, call_and_store, recording, replaying
from tasks.llm.faults import RecordingMissing, ReplyUnusable
from tasks.llm.inputs import NarrativeFacts, VariableSummary
from tasks.llm.roles.graphs import candidate_graphs
from tasks.llm.roles.narrative import narrate, narrative
from tasks.llm.roles.variables import variable_roles
from tasks.llm.store import Store

VARIABLES = tuple(
    VariableSummary(name, None, "continuous", None, "nearly complete", None) for name in ("coffee", "sleep", "stress")
)
ROLES = {"coffee": "exposure", "sleep": "outcome", "stress": "confounder"}
GOOD = {"roles": [{"name": name, "role": role, "reason": "So it is."} for name, role in ROLES.items()]}
BAD = {"roles": [{"name": "tea", "role": "exposure", "reason": "So it is."}]}


def ask(answer: Answerer):
    return variable_roles(answer, "Does coffee change my sleep?", VARIABLES, "coffee", "sleep")


class Scripted:
    """A client that gives a script's replies."""

    def __init__(self, script) -> None:
        self.complete = script


def recorder(root: Path, llm: Llm, script, *, live: bool = False) -> Answerer:
    store = Store.of(root)
    return recording(root, llm, lambda request: call_and_store(request, store, Scripted(script)), live=live)


def test_a_miss_names_role_request_and_command(tmp_path: Path, llm: Llm):
    root = tmp_path / "my study"
    answer = replaying(root, llm)
    with pytest.raises(RecordingMissing) as caught:
        ask(answer)
    text = str(caught.value)
    assert f"causal-ssm run '{root}' --llm record" in text
    assert "'variables'" in text
    assert caught.value.sha256 in text
    assert answer.asked == (caught.value.request,)
    assert isinstance(caught.value, StudyError)


def test_what_was_recorded_is_replayed_with_the_same_turns(tmp_path: Path, llm: Llm, script):
    calls = script("no JSON", BAD, GOOD)
    recorded = recorder(tmp_path, llm, calls)
    reply = ask(recorded)
    replayed = replaying(tmp_path, llm)
    assert ask(replayed) == reply
    assert replayed.calls == recorded.calls
    assert len(replayed.calls) == len(Store.of(tmp_path).paths()) == 3
    assert '"tea" is not one of the variables; the valid names are "coffee", "sleep", "stress"' in (
        calls.requests[2].messages[-1].content
    )


def test_record_calls_only_what_is_missing_and_live_calls_all(tmp_path: Path, llm: Llm, script):
    ask(recorder(tmp_path, llm, script(GOOD)))
    ask(recorder(tmp_path, llm, script()))
    live = script(GOOD)
    ask(recorder(tmp_path, llm, live, live=True))
    assert len(live.requests) == 1


def test_a_cut_off_reply_is_one_turn_and_is_recorded_again_later(tmp_path: Path, llm: Llm, script):
    cut = Reply(model="m", content='{"roles": [', finish_reason="length")
    ask(recorder(tmp_path, llm, script(cut, GOOD)))
    again = script(GOOD)
    ask(recorder(tmp_path, llm, again))
    assert len(again.requests) == 1
    assert len(replaying(tmp_path, llm).asked) == 0


def test_turns_are_bounded_and_the_last_reasons_are_told(answerer, script):
    calls = script(BAD, BAD, BAD, GOOD)
    with pytest.raises(ReplyUnusable, match=r"none after 3 turns.*tea"):
        ask(answerer(calls))
    assert len(calls.requests) == 3


def test_a_refusal_ends_the_conversation(answerer, script):
    calls = script(Reply(model="m", content="No.", finish_reason="refusal"), GOOD)
    with pytest.raises(ReplyUnusable, match="declined"):
        ask(answerer(calls))
    assert len(calls.requests) == 1


@pytest.mark.parametrize("content", ["", "null", "[]", "{}", '{"roles": 3}', '{"roles": []}', "{" * 2000])
def test_whatever_comes_back_is_told_in_words(answerer, script, content: str):
    with pytest.raises(ReplyUnusable):
        ask(answerer(script(content, content, content)))


def test_a_fenced_reply_is_read(answerer, script):
    assert ask(answerer(script(f"```json\n{json.dumps(GOOD)}\n```"))).roles[0].role == "exposure"


def test_an_address_in_a_rejected_reply_is_not_sent_back(answerer, script):
    calls = script("write to me@example.org", GOOD)
    ask(answerer(calls))
    assert calls.requests[1].messages[-2].content == "(withheld)"


def test_an_altered_recording_stops_the_replay(tmp_path: Path, llm: Llm, script):
    ask(recorder(tmp_path, llm, script(GOOD)))
    (path,) = Store.of(tmp_path).paths()
    path.write_text(path.read_text(encoding="utf-8").replace("confounder", "mediator"), encoding="utf-8")
    with pytest.raises(StudyError, match="altered"):
        ask(replaying(tmp_path, llm))


def test_replaying_does_not_even_import_the_client():
    code = "import sys, tasks.llm.exchange, tasks.llm.roles.narrative; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


FACTS = NarrativeFacts("effect", "increase", randomised=True, audience="lay")
WRONG = {
    "answer": "{treatment} lowered {outcome}.",
    "how_sure": "The probability that the direction is right is {prob_direction}.",
    "why": "The exposure was randomised.",
    "what_next": "{next_step}",
}
RIGHT = {**WRONG, "answer": "{treatment} raised {outcome} by {estimate.size}."}


def test_a_rejected_narrative_gets_its_reasons_and_another_try(answerer, script):
    calls = script(WRONG, RIGHT)
    assert narrative(answerer(calls), FACTS).answer == RIGHT["answer"]
    assert "it would fit the verdict effect, direction: decrease" in calls.requests[1].messages[-1].content


def test_after_the_last_attempt_the_template_stands_in_and_says_so(answerer, script):
    narrated = narrate(answerer(script(WRONG, WRONG)), FACTS, attempts=2)
    assert narrated.written_by == "template"
    assert any("lowered" in reason for reason in narrated.rejected)
    assert narrate(None, FACTS).reply == narrated.reply


def test_parallel_samples_keep_their_order(tmp_path: Path, llm: Llm):
    def slow_first(request: Request) -> Reply:
        time.sleep(0.05 if request.sample == 0 else 0.0)
        edges = [{"cause": "coffee", "effect": "sleep", "lag": request.sample, "reason": "Known."}]
        graph = {
            "summary": "One.",
            "plausibility": 1,
            "edges": edges,
            "hidden_common_cause": False,
            "hidden_reason": "",
        }
        return Reply(model="m", content=json.dumps({"graphs": [graph]}), finish_reason="stop")

    recorded = recorder(tmp_path, llm, slow_first)
    roles = VariablesReply.model_validate(GOOD)

    def graphs(answer: Answerer):
        return candidate_graphs(answer, "?", VARIABLES, "coffee", "sleep", roles, False, 7, samples=3)

    assert [each.edges[0].lag for each in graphs(recorded).graphs] == [0, 1, 2]
    replayed = replaying(tmp_path, llm)
    graphs(replayed)
    assert recorded.calls == replayed.calls
    missing = replaying(tmp_path / "elsewhere", llm)
    with pytest.raises(RecordingMissing):
        graphs(missing)
    assert [request.sample for request in missing.asked] == [0, 1, 2]
