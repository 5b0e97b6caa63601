"""All roles against a real llama.cpp server with a small real model.

Make it with `scripts/llm_server.sh`, then `python -m pytest -n 0 -m llm_server tests/tasks/llm` (about seven minutes on
two busy cores). The model is far too small to be right; protocol, structure, determinism, time-outs, overflow and
recording must be.
"""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.errors import StudyError
from schemas.params import Llm
from schemas.recording import Reply, VariableRole, VariablesReply
from tasks.llm.budget import open_client
from tasks.llm.exchange import Answerer, call_and_store, recording, replaying
from tasks.llm.faults import ReplyUnusable, Transient
from tasks.llm.inputs import AskedPrior, NarrativeFacts, VariableSummary
from tasks.llm.narrative_check import check_narrative
from tasks.llm.pair_scores import scored
from tasks.llm.reply_schema import reply_schema
from tasks.llm.roles.graphs import candidate_graphs
from tasks.llm.roles.narrative import narrate
from tasks.llm.roles.pairs import edge_probabilities
from tasks.llm.roles.priors import parameter_priors
from tasks.llm.roles.variables import variable_roles
from tasks.llm.store import Store

pytestmark = [pytest.mark.llm_server, pytest.mark.timeout(1800)]
ROOT = Path(__file__).resolve().parents[3]
MODEL = "SmolLM2-135M-Instruct"
VARIABLES = tuple(
    VariableSummary(name, unit, "continuous", None, "nearly complete", None)
    for name, unit in (("coffee", "cups"), ("sleep", "h"))
)
SAID = VariablesReply(
    roles=(
        VariableRole(name="coffee", role="exposure", reason="The question."),
        VariableRole(name="sleep", role="outcome", reason="The question."),
    )
)
FACTS = NarrativeFacts("cannot_tell", "none", randomised=False, audience="lay")
ASKED = (AskedPrior("effect", "change of sleep per cup of coffee", "h", ("normal",), None),)
QUESTION = "Does coffee change my sleep?"


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not (ROOT / ".llm-server" / "stamp").is_file():
        pytest.skip("no server here: scripts/llm_server.sh makes one")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "server.log"
    with log.open("wb") as out:
        command = [ROOT / "scripts/llm_server.sh", "serve", str(port)]
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/health", server, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(30)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            pass
        time.sleep(0.5)
    raise AssertionError(log.read_text(errors="replace"))


@pytest.fixture
def local(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Llm:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    limits = {"max_tokens": 200, "timeout_seconds": 600, "max_calls": 200, "prior_samples": 1}
    return Llm(mode="replay", model=MODEL, base_url=base_url, **limits)


def everything(answer: Answerer) -> dict[str, object]:
    """What each role comes to: its document, or the reasons why no reply could be used."""

    def outcome(ask: Callable[[], object]) -> object:
        try:
            return ask()
        except ReplyUnusable as fault:
            return fault.reasons

    return {
        "variables": outcome(lambda: variable_roles(answer, QUESTION, VARIABLES, "coffee", "sleep")),
        "graphs": outcome(
            lambda: candidate_graphs(answer, QUESTION, VARIABLES, "coffee", "sleep", SAID, False, 1, samples=1)
        ),
        "pairs": edge_probabilities(answer, ("coffee", "sleep"), lambda *_: True, 0, "day"),
        "priors": outcome(lambda: parameter_priors(answer, QUESTION, "coffee", "sleep", ASKED)),
        "narrative": narrate(answer, FACTS, 1),
    }


def test_every_role_ends_in_a_checked_document_or_in_reasons_and_replays_to_the_same(local: Llm, tmp_path: Path):
    store = Store.of(tmp_path)
    with open_client(local) as client:
        first = recording(tmp_path, local, lambda request: call_and_store(request, store, client), parallel=1)
        told = everything(first)
    again = replaying(tmp_path, local)
    assert everything(again) == told
    assert again.calls == first.calls
    assert all(told.values())  # a document, or at least one reason
    assert {call.role for call in first.calls} == {"variables", "graphs", "pairs", "priors", "narrative"}
    assert all(call.prompt_tokens and call.completion_tokens for call in first.calls)
    for edge in told["pairs"]:
        assert not edge.sampled
        assert edge.probability is not None
        assert 0 < edge.probability < 1
    narrated = told["narrative"]
    assert check_narrative(narrated.reply, FACTS) == []
    assert narrated.written_by == "model" or narrated.rejected


def test_a_whole_reply_has_the_structure_of_its_schema(local: Llm, request_of):
    schema = reply_schema(VariablesReply, {("VariableRole", "name"): ["coffee", "sleep"]})
    request = request_of('Give "coffee" the role exposure.', model=MODEL, reply_schema=schema)
    with open_client(local) as client:
        reply = client.complete(request)
    if reply.finish_reason == "stop":
        roles = VariablesReply.model_validate_json(reply.content).roles
        assert {role.name for role in roles} <= {"coffee", "sleep"}
    else:
        assert reply.finish_reason == "length"
        assert reply.content.lstrip().startswith("{")


def test_the_vocabulary_of_features_is_a_grammar_that_the_server_takes(local: Llm, tmp_path: Path):
    store, possible = Store.of(tmp_path), {"window": ("coffee",), "rolling": ("coffee", "sleep"), "load": ("coffee",)}
    with open_client(local.model_copy(update={"max_tokens": 40})) as client:
        answer = recording(tmp_path, local, lambda request: call_and_store(request, store, client), parallel=1)
        with pytest.raises(ReplyUnusable, match="cut off"):  # forty tokens cannot hold two roles with reasons
            variable_roles(answer, QUESTION, VARIABLES, "coffee", "sleep", possible)
    first = store.read(answer.asked[0])
    assert first.finish_reason == "length"
    assert first.content.lstrip().startswith("{")


def test_temperature_zero_gives_the_same_reply_twice(local: Llm, request_of):
    request = request_of("Name three kinds of tea.", model=MODEL, reply_schema={}, max_tokens=24)
    with open_client(local) as client:
        client.complete(request)  # later ones find the same start in the server's cache
        replies = [client.complete(request) for _ in range(2)]
    assert replies[0] == replies[1]


def test_a_cut_off_reply_says_so(local: Llm, request_of):
    schema = reply_schema(VariablesReply)
    with open_client(local.model_copy(update={"max_tokens": 3})) as client:
        reply = client.complete(request_of("Why?", model=MODEL, reply_schema=schema))
    assert reply.finish_reason == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.content)


def test_a_request_beyond_the_context_is_a_final_fault_that_says_so(local: Llm, request_of):
    long = request_of("tea " * 6000, model=MODEL)
    with open_client(local) as client, pytest.raises(StudyError, match="context") as caught:
        client.complete(long)
    assert not isinstance(caught.value, Transient)


def test_a_reply_that_takes_too_long_is_worth_another_try(local: Llm, request_of):
    slow = request_of("Count to one thousand.", model=MODEL, reply_schema={}, max_tokens=400)
    hurried = local.model_copy(update={"timeout_seconds": 0.2})
    with open_client(hurried) as client, pytest.raises(Transient, match="timeout_seconds"):
        client.complete(slow)
    with open_client(local) as client:
        assert isinstance(client.complete(request_of("Tea?", model=MODEL, reply_schema={}, max_tokens=2)), Reply)


def test_the_first_word_of_a_yes_or_no_question_has_both_answers(local: Llm, request_of):
    request = request_of("Is ice cold? Answer Yes or No.", model=MODEL, reply_schema={}, top_logprobs=20, max_tokens=2)
    with open_client(local) as client:
        reply = client.complete(request)
    chances = scored(reply.first, ("Yes", "No"))
    assert sum(chances.values()) == pytest.approx(1)


def test_a_wrong_model_name_is_answered_all_the_same_and_the_recording_tells_who_did(local: Llm, request_of):
    with open_client(local) as client:
        reply = client.complete(request_of("Tea?", model="no-such-model", reply_schema={}, max_tokens=2))
    assert reply.model
