"""`causal-ssm features`: what a language model would derive is shown, and written down at a person's word only."""

import json

import pytest

import flows.commands.features as command
from schemas.protocol import FeatureProposal
from tasks.settings import load_params

MADE = {"kind": "rolling", "of": "z", "by": "mean", "steps": 3, "asserted_by": "model"}
WAITING = FeatureProposal(
    name="z_days", of="z", kind="rolling", made=MADE, role="confounder", reason="It lasts.", derived=False
)


@pytest.fixture
def proposed(study, monkeypatch):
    (study / "model").mkdir()
    (study / "model/protocol.yaml").write_text("a protocol")

    class Frozen:
        proposed_features = (WAITING, WAITING.model_copy(update={"name": "there", "derived": True}))

    monkeypatch.setattr(command, "read_protocol", lambda _: Frozen)
    return study


def test_without_a_name_they_are_only_shown(cli, proposed):
    told = cli("features", proposed).stdout
    assert "proposed z_days: rolling of z (confounder) - It lasts." in told
    assert "derived  there" in told
    assert load_params(proposed).ingest.features == {}


@pytest.mark.parametrize("words", [("--accept", "z_days"), ("--accept-all",)])
def test_accepted_ones_are_written_with_their_origin_and_comments_stay(cli, proposed, words):
    rows = json.loads(cli("features", proposed, *words, "--json").stdout)
    assert [row["name"] for row in rows if row["accepted"]] == ["z_days"]
    assert load_params(proposed).ingest.features["z_days"].model_dump() == MADE
    assert "# comments stay" in (proposed / "params.yaml").read_text()


def test_an_unknown_name_and_a_study_without_a_protocol_are_told(cli, proposed):
    answer = cli("features", proposed, "--accept", "tea")
    assert answer.exit_code == 2
    assert "'tea'" in answer.stderr
    assert "z_days, there" in answer.stderr
    (proposed / "model/protocol.yaml").unlink()
    assert cli("features", proposed).exit_code == 2
