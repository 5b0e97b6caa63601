"""`causal-ssm recordings`: what is missing is shown, a reply is re-filed only with a person's word."""

import json

import pytest

import flows.commands.recordings as command
from schemas.recording import Message, Reply, Request
from tasks.llm.prompt import prompt_version
from tasks.llm.store import Store, request_sha256
from tasks.settings import set_params


def request(version, text):
    return Request(
        model="scripted",
        messages=(Message(role="user", content=text),),
        reply_schema={"type": "object"},
        temperature=0,
        seed=0,
        prompt="narrative",
        prompt_version=version,
    )


OLD = request("0.1", "the prompt as it was")
NEW = request(prompt_version("narrative"), "the prompt as it is now")


@pytest.fixture
def edited(study, monkeypatch):
    """A study whose only reply was given to an earlier wording of the prompt."""
    set_params(study, {"configure.llm.mode": "replay"})
    Store.of(study).write(OLD, Reply(model="hand-written/test", content="{}", finish_reason="stop"))
    monkeypatch.setattr(command, "needed", lambda root, params: (NEW,))
    return study


def test_list_shows_what_is_unused_and_what_is_missing(cli, edited):
    rows = {row["sha256"]: row for row in json.loads(cli("recordings", "list", edited, "--json").stdout)}
    assert rows[request_sha256(OLD)]["state"] == "unused"
    assert rows[request_sha256(NEW)]["state"] == "missing"
    told = cli("recordings", "list", edited).stdout
    assert "missing" in told
    assert "hand-written/test" in told


def test_rekey_asks_first_and_without_a_yes_changes_nothing(cli, edited):
    answer = cli("recordings", "rekey", edited)
    assert "the prompt as it was" in answer.output
    assert "the prompt as it is now" in answer.output
    assert Store.of(edited).read(NEW) is None
    assert Store.of(edited).read(OLD) is not None


def test_rekey_files_the_reply_word_for_word_and_says_where_it_came_from(cli, edited):
    answer = cli("recordings", "rekey", edited, "--yes")
    assert answer.exit_code == 0, answer.stderr
    assert Store.of(edited).read(OLD) is None
    recording = json.loads(Store.of(edited).path(request_sha256(NEW)).read_text())
    assert recording["reply"]["content"] == "{}"
    assert recording["rekeyed_from"] == request_sha256(OLD)
    assert "Nothing was re-filed." in cli("recordings", "rekey", edited, "--yes").stdout


def test_list_on_a_fresh_study_says_that_nothing_is_needed(cli, study):
    assert cli("recordings", "list", study).stdout == "Nothing is recorded, and nothing is needed.\n"
