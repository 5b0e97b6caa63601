"""`recordings verify`, `recordings prune` and `run --llm-show`: nothing is sent, nothing needed is deleted."""

import json

import pytest

import flows.commands.recordings as command
from schemas.recording import Message, Reply, Request
from tasks.llm.store import Store, request_sha256
from tasks.settings import set_params


def request(text, model="scripted"):
    return Request(
        model=model,
        messages=(Message(role="system", content="You help."), Message(role="user", content=text)),
        reply_schema={"type": "object"},
        temperature=0,
        seed=0,
        prompt="variables",
        prompt_version="1",
    )


USED, OLD, NEW = request("used"), request("old"), request("not recorded yet")


@pytest.fixture
def recorded(study, monkeypatch):
    """A study with one reply that it uses and one that it does not."""
    set_params(study, {"configure.llm.mode": "replay", "configure.llm.model": "scripted"})
    for each in (USED, OLD):
        Store.of(study).write(each, Reply(model="hand-written/test", content="{}", finish_reason="stop"))
    monkeypatch.setattr(command, "needed", lambda root, params: (USED,))
    return study


def names(study):
    return {path.stem for path in Store.of(study).paths()}


def test_whole_recordings_are_called_whole(cli, recorded):
    answer = cli("recordings", "verify", recorded)
    assert (answer.exit_code, answer.stdout) == (0, "2 recording(s), all as they were written.\n")


@pytest.mark.parametrize("content", ["", "{}", "not JSON"])
def test_one_altered_recording_is_told_with_status_2(cli, recorded, content):
    Store.of(recorded).path(request_sha256(OLD)).write_text(content)
    answer = cli("recordings", "verify", recorded)
    assert answer.exit_code == 2
    assert request_sha256(OLD)[:12] in answer.stderr
    assert "Traceback" not in answer.stderr


def test_prune_deletes_what_is_unused_and_only_with_a_yes(cli, recorded):
    cli("recordings", "prune", recorded)
    assert len(names(recorded)) == 2
    assert cli("recordings", "prune", recorded, "--yes").exit_code == 0
    assert names(recorded) == {request_sha256(USED)}
    assert "nothing was deleted" in cli("recordings", "prune", recorded, "--yes").stdout


def test_prune_keeps_what_other_models_said_unless_asked_otherwise(cli, recorded, monkeypatch):
    compared, half = request("used", "compared"), request("half", "half recorded")
    for each in (compared, half):
        Store.of(recorded).write(each, Reply(model="scripted", content="{}", finish_reason="stop"))
    monkeypatch.setattr(command, "needed", lambda root, params: (USED, compared))
    answer = cli("recordings", "prune", recorded, "--yes")
    assert "1 of other models kept (--other-models deletes them)" in answer.stdout
    assert names(recorded) == {request_sha256(each) for each in (USED, compared, half)}
    assert "nothing was deleted. 1 of other models kept" in cli("recordings", "prune", recorded, "--yes").stdout
    answer = cli("recordings", "prune", recorded, "--yes", "--other-models")
    assert "kept" not in answer.stdout
    assert names(recorded) == {request_sha256(each) for each in (USED, compared)}


def test_prune_keeps_narratives_until_there_is_a_verdict(cli, recorded):
    narrative = request("said").model_copy(update={"prompt": "narrative"})
    Store.of(recorded).write(narrative, Reply(model="scripted", content="{}", finish_reason="stop"))
    assert cli("recordings", "prune", recorded, "--yes").exit_code == 0
    assert names(recorded) == {request_sha256(USED), request_sha256(narrative)}
    (recorded / "results").mkdir()
    (recorded / "results/verdict.json").write_text("{}")
    assert cli("recordings", "prune", recorded, "--yes").exit_code == 0
    assert names(recorded) == {request_sha256(USED)}


def test_prune_deletes_nothing_of_a_study_whose_model_is_off(cli, recorded):
    set_params(recorded, {"configure.llm.mode": "off"})
    answer = cli("recordings", "prune", recorded, "--yes")
    assert answer.exit_code == 2
    assert "mode off" in answer.stderr
    assert len(names(recorded)) == 2


def test_prune_refuses_while_a_reply_is_missing(cli, recorded, monkeypatch):
    monkeypatch.setattr(command, "needed", lambda root, params: (USED, NEW))
    answer = cli("recordings", "prune", recorded, "--yes")
    assert answer.exit_code == 2
    assert len(names(recorded)) == 2


def test_show_prints_what_would_be_sent_and_sends_nothing(cli, recorded, monkeypatch, stand_ins):
    monkeypatch.setattr(command, "needed", lambda root, params: (USED, NEW))
    answer = cli("run", recorded, "--llm-show")
    assert answer.exit_code == 0
    assert "not recorded yet" in answer.stdout
    assert "would be sent to the hosted service" in answer.stdout
    assert stand_ins == []
    document = json.loads(cli("run", recorded, "--llm-show", "--json").stdout)
    assert [each["sha256"] for each in document] == [request_sha256(USED), request_sha256(NEW)]


def test_show_on_a_fresh_study_says_what_to_do_first(cli, study):
    answer = cli("run", study, "--llm-show")
    assert answer.exit_code == 2
    assert "causal-ssm run" in answer.stderr
