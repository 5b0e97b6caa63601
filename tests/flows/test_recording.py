"""Recording before replay: what is missing is asked with patience, what is wrong is asked once."""

import json
from contextlib import contextmanager

import pytest

import flows.pipeline
import flows.recording
import tasks.llm.budget
from schemas.errors import StudyError
from schemas.recording import Message, Reply, Request, VariablesReply
from tasks.settings import load_params, set_params

pytestmark = pytest.mark.usefixtures("plain_engine")


def request(prompt):
    return Request(
        model="scripted",
        messages=(Message(role="user", content=f"{prompt}?"),),
        reply_schema={"type": "object"},
        temperature=0,
        seed=0,
        prompt=prompt,
        prompt_version="1",
    )


class Scripted:
    """A client whose replies and faults are written down beforehand."""

    def __init__(self, *script):
        self.script, self.asked, self.log = list(script), [], []

    def complete(self, request):
        self.asked.append(request.prompt)
        turn = self.script.pop(0) if self.script else "answer"
        if isinstance(turn, Exception):
            raise turn
        return Reply(model="scripted", content=json.dumps(turn), finish_reason="stop")


@pytest.fixture
def scripted(monkeypatch):
    """Both asking stages ask one thing."""
    client = Scripted()

    def ask(root, stage, params, answer, *, renew):
        answer._source(request("graphs" if stage == "configure" else "narrative"))

    @contextmanager
    def opened(llm):
        yield client

    monkeypatch.setattr(flows.recording, "ask", ask)
    monkeypatch.setattr(flows.recording, "ask_first", lambda *_, renew: None)
    monkeypatch.setattr(tasks.llm.budget, "open_client", opened)
    return client


def recordings(root):
    return sorted((root / "recordings").glob("*.json"))


def test_recording_asks_once_and_later_runs_replay(cli, study, scripted, stand_ins):
    assert cli("run", study, "--llm", "record").exit_code == 0
    assert scripted.asked == ["graphs", "narrative"]
    assert len(recordings(study)) == 2
    stand_ins.clear()
    answer = cli("run", study, "--llm", "record")
    assert scripted.asked == ["graphs", "narrative"]
    assert stand_ins == []
    assert "nothing was recomputed" in answer.stdout
    assert "mode: replay" in (study / "params.yaml").read_text()


def test_live_asks_again_and_renews_the_protocol(cli, study, scripted):
    cli("run", study, "--llm", "record")
    assert cli("run", study, "--llm", "live").exit_code == 0
    assert scripted.asked == ["graphs", "narrative"] * 2
    assert len(json.loads((study / "model/protocol.yaml").read_text())["replaces"]) == 1


def test_a_lasting_fault_is_not_asked_again(cli, study, scripted):
    scripted.script = [StudyError("a key that the server accepts", "status 401", "the server")]
    answer = cli("run", study, "--llm", "record")
    assert answer.exit_code == 2
    assert scripted.asked == ["graphs"]
    assert "Traceback" not in answer.stderr


def test_what_was_recorded_before_a_fault_is_kept(cli, study, scripted):
    scripted.script = ["answer", StudyError("something else", "a fault", "the server")]
    assert cli("run", study, "--llm", "record").exit_code == 2
    assert len(recordings(study)) == 1


def test_a_recorded_narrative_does_not_count_for_configure(cli, study, scripted, stand_ins):
    cli("run", study, "--llm", "record")
    narrative = next(p for p in recordings(study) if json.loads(p.read_text())["request"]["prompt"] == "narrative")
    narrative.unlink()
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert stand_ins == ["report"]


FEATURE = {"kind": "rolling", "of": "z", "by": "mean", "steps": 3}


@pytest.fixture
def proposing(scripted, monkeypatch):
    """Role 1 proposes one feature."""
    role = {"name": "z_days", "feature": FEATURE, "role": "confounder", "reason": "So."}
    reply = VariablesReply.model_validate({"roles": [], "features": [role]})
    monkeypatch.setattr(flows.recording, "ask_first", lambda *_, renew: reply)


@pytest.mark.usefixtures("proposing")
def test_a_proposed_feature_is_written_down_and_derived_before_the_rest(cli, study, stand_ins):
    answer = cli("run", study, "--llm", "record")
    assert answer.exit_code == 0, answer.stderr
    (feature,) = load_params(study).ingest.features.items()
    assert feature[0] == "z_days"
    assert feature[1].asserted_by == "model"
    assert stand_ins[:4] == ["ingest", "explore", "ingest", "explore"]
    assert "# comments stay" in (study / "params.yaml").read_text()
    stand_ins.clear()
    assert cli("run", study, "--llm", "record").exit_code == 0
    assert stand_ins == []


@pytest.mark.usefixtures("proposing")
@pytest.mark.parametrize("mode", ["propose", "off"])
def test_without_leave_nothing_is_written(cli, study, mode):
    set_params(study, {"configure.llm.features": mode})
    answer = cli("run", study, "--llm", "record")
    assert answer.exit_code == 0, answer.stderr
    assert load_params(study).ingest.features == {}


@pytest.mark.usefixtures("proposing")
def test_a_fault_after_it_leaves_the_parameters_as_they_were(cli, study, scripted):
    scripted.script = [StudyError("something else", "a fault", "the server")]
    before = (study / "params.yaml").read_bytes()
    assert cli("run", study, "--llm", "record").exit_code == 2
    assert (study / "params.yaml").read_bytes() == before
