"""The client against a fake server on loopback: what is sent, and what each fault becomes."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.errors import StudyError
from schemas.params import Llm
from schemas.recording import GraphsReply, NarrativeReply, PriorsReply, QuantilesReply, VariablesReply
from tasks.llm.budget import Metered, open_client
from tasks.llm.exchange import call_and_store
from tasks.llm.faults import BudgetSpent, Transient
from tasks.llm.reply_schema import LIST, bounded, reply_schema
from tasks.llm.store import Store

PLANTED = "sk-planted-0123456789abcdefXYZ"


@contextmanager
def connected(server, **changes: object) -> Iterator[Metered]:
    with open_client(Llm(model="asked-model", base_url=server.base_url, **changes)) as client:
        yield client


def test_the_schema_seed_and_limit_are_sent(server, planned, request_of):
    server.plan = [planned(content='{"roles": []}')]
    request = request_of(model="asked-model", seed=7, reply_schema=reply_schema(VariablesReply))
    with connected(server, max_tokens=123) as client:
        reply = client.complete(request)
    body = server.bodies[0]
    assert body["response_format"]["json_schema"] == {
        "name": "variables",
        "strict": True,
        "schema": bounded(reply_schema(VariablesReply)),
    }
    assert (body["model"], body["seed"], body["max_tokens"], body["temperature"]) == ("asked-model", 7, 123, 0.0)
    assert body["messages"] == [{"role": "user", "content": "Why?"}]
    assert (reply.model, reply.content, reply.completion_tokens) == ("fake-model-2026", '{"roles": []}', 7)


def test_sent_schemas_use_only_what_all_servers_know():
    def keys(node: object) -> set[str]:
        if isinstance(node, dict):
            return set(node).union(*map(keys, node.values()))
        return set().union(*map(keys, node)) if isinstance(node, list) else set()

    schema = reply_schema(VariablesReply)
    assert not keys(schema) & {"oneOf", "discriminator", "default", "maxLength", "minLength", "title"}
    assert schema["$defs"]["VariableRole"]["additionalProperties"] is False


def test_no_text_and_no_list_of_a_bounded_schema_can_go_on_for_ever():
    def endless(node: object) -> bool:
        if isinstance(node, dict):
            closed = {"enum", "const", "maxLength", "maxItems", "pattern", "format"} & node.keys()
            return (node.get("type") in ("string", "array") and not closed) or any(map(endless, node.values()))
        return isinstance(node, list) and any(map(endless, node))

    for document in (VariablesReply, GraphsReply, PriorsReply, QuantilesReply, NarrativeReply):
        assert endless(reply_schema(document))
        assert not endless(bounded(reply_schema(document)))
    schema = reply_schema(VariablesReply, {("VariableRole", "name"): ["coffee", "sleep"]})
    roles = bounded(schema)["properties"]["roles"]
    assert (roles["minItems"], roles["maxItems"]) == (2, 2)  # each name has one role
    assert bounded(schema)["properties"]["features"]["maxItems"] == LIST
    assert schema == reply_schema(VariablesReply, {("VariableRole", "name"): ["coffee", "sleep"]})


@pytest.mark.parametrize("said", ["'maxLength' is not permitted", "failed to parse grammar"])
def test_a_server_that_refuses_bounds_is_asked_without_them(server, planned, request_of, said: str):
    server.plan = [planned(status=400, error={"message": said}), planned()]
    plain = reply_schema(VariablesReply)
    with connected(server) as client:
        client.complete(request_of(reply_schema=plain))
    assert [body["response_format"]["json_schema"]["schema"] for body in server.bodies] == [bounded(plain), plain]
    server.plan = [planned(status=400, error={"message": said})] * 2
    with connected(server) as client, pytest.raises(StudyError, match="status 400"):
        client.complete(request_of(reply_schema=plain))


def test_a_refusal_and_a_cut_off_reply_are_told_apart(server, planned, request_of):
    server.plan = [planned(content=None, refusal="I cannot."), planned(content='{"a', finish_reason="length")]
    with connected(server) as client:
        assert client.complete(request_of()).finish_reason == "refusal"
        assert client.complete(request_of()).finish_reason == "length"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_busy_servers_are_transient_and_the_next_try_succeeds(server, planned, request_of, tmp_path: Path, status: int):
    server.plan = [planned(status=status), planned()]
    store = Store.of(tmp_path)
    with connected(server) as client:
        with pytest.raises(Transient, match=str(status)):
            call_and_store(request_of(), store, client)
        assert store.paths() == ()
        assert call_and_store(request_of(), store, client) == store.read(request_of())


def test_a_slow_server_is_transient(server, planned, request_of):
    server.plan = [planned(delay=0.5)]
    with connected(server, timeout_seconds=0.1) as client, pytest.raises(Transient, match="timeout_seconds"):
        client.complete(request_of())


def test_no_server_is_transient(server, request_of):
    server.close()
    with connected(server) as client, pytest.raises(Transient, match="no connection"):
        client.complete(request_of())


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (400, {"message": "context too long"}, "context too long"),
        (404, {"message": "no such model"}, "no such model"),
        (429, {"message": "pay", "code": "insufficient_quota"}, "quota"),
    ],
)
def test_faults_that_another_try_does_not_cure_are_final(server, planned, request_of, status, error, message):
    server.plan = [planned(status=status, error=error)]
    with connected(server) as client, pytest.raises(StudyError, match=message) as caught:
        client.complete(request_of())
    assert not isinstance(caught.value, Transient)


@pytest.mark.parametrize("raw", [b"<html>hello</html>", b"not json"])
def test_something_that_is_no_completion_is_told(server, planned, request_of, raw: bytes):
    server.plan = [planned(raw=raw)]
    with connected(server) as client, pytest.raises(StudyError, match="chat completion"):
        client.complete(request_of())


def test_a_planted_key_is_sent_in_the_header_and_nowhere_else(
    server, planned, request_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("OPENAI_API_KEY", PLANTED)
    caplog.set_level("DEBUG")
    echo = {"message": f"Incorrect API key provided: {PLANTED}"}
    server.plan = [
        planned(),
        planned(status=401, error=echo),
        planned(status=400, error=echo),
        planned(content=json.dumps({"key": PLANTED})),
    ]
    told = []
    with connected(server) as client:
        call_and_store(request_of("fine"), Store.of(tmp_path), client)
        for text in ("one", "two", "three"):
            with pytest.raises(StudyError) as caught:
                call_and_store(request_of(text), Store.of(tmp_path), client)
            told.append(repr(caught.value) + str(caught.value) + str(caught.value.__cause__))
    assert server.headers[0]["authorization"] == f"Bearer {PLANTED}"
    stored = [path.read_text(encoding="utf-8") for path in Store.of(tmp_path).paths()]
    assert len(stored) == 1
    assert all(PLANTED not in text for text in (*stored, *told, caplog.text, json.dumps(server.bodies)))


@pytest.mark.parametrize(
    "text", [PLANTED, "ghp_" + "a" * 30, "me@example.org", "Bearer abcdefghijklmnopqrst", "-----BEGIN PRIVATE KEY-----"]
)
def test_private_texts_never_leave(server, request_of, tmp_path: Path, text: str):
    with connected(server) as client, pytest.raises(StudyError) as caught:
        call_and_store(request_of(f"mood of {text}"), Store.of(tmp_path), client)
    assert text not in str(caught.value)
    assert server.bodies == []


def test_the_budget_stops_before_the_next_call(server, planned, request_of, tmp_path: Path):
    server.plan = [planned(), planned(status=500), planned()]
    with connected(server, max_calls=2) as client:
        call_and_store(request_of("one"), Store.of(tmp_path), client)
        with pytest.raises(Transient):
            call_and_store(request_of("two"), Store.of(tmp_path), client)
        with pytest.raises(BudgetSpent, match=re.escape("at most 2 calls")):
            call_and_store(request_of("two"), Store.of(tmp_path), client)
        assert [spent.tokens for spent in client.log] == [18]
    assert len(server.bodies) == 2
    assert len(Store.of(tmp_path).paths()) == 1


def test_the_hosted_service_needs_a_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(StudyError, match="OPENAI_API_KEY"), open_client(Llm(model="m")):
        pass


def test_a_model_must_be_named():
    with pytest.raises(StudyError, match=re.escape("configure.llm.model")), open_client(Llm()):
        pass


@pytest.mark.parametrize("address", ["localhost:8080", "ftp://host/v1", "http://", "model"])
def test_an_address_must_be_one(address: str):
    with (
        pytest.raises(StudyError, match=re.escape("configure.llm.base_url")),
        open_client(Llm(model="m", base_url=address)),
    ):
        pass


def test_a_password_in_the_address_is_not_told(server, planned, request_of):
    server.plan = [planned(status=503)]
    address = server.base_url.replace("http://", "http://me:hidden@") + "?token=hidden"
    with open_client(Llm(model="m", base_url=address)) as client, pytest.raises(Transient) as caught:
        client.complete(request_of())
    assert "hidden" not in str(caught.value)


def test_spent_tokens_stop_the_run_before_the_next_call(server, planned, request_of, tmp_path: Path):
    server.plan = [planned(), planned(), planned()]
    with connected(server, max_total_tokens=20) as client:
        call_and_store(request_of("one"), Store.of(tmp_path), client)
        call_and_store(request_of("two"), Store.of(tmp_path), client)
        with pytest.raises(BudgetSpent, match=re.escape("at most 20 tokens")):
            call_and_store(request_of("three"), Store.of(tmp_path), client)
    assert len(server.bodies) == len(Store.of(tmp_path).paths()) == 2
