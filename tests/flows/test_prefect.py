"""The same through Prefect's real engine: cache, refresh, faults and retries."""

import json

import pytest

from flows.recording import RETRIES, ask_model
from schemas.errors import StudyError
from schemas.recording import Message, Reply, Request
from schemas.stages import STAGE_NAMES
from tasks.llm.faults import Transient
from tasks.llm.store import Store
from tasks.settings import set_params

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


def states_of(root):
    log = json.loads(max((root / ".causal-ssm" / "runs").glob("*/run.json")).read_text())
    return {stage["stage"]: stage["status"] for stage in log["stages"]}, log["error"]


def test_run_computes_what_changed_and_finds_the_rest_in_prefects_cache(cli, study, stand_ins, outputs):
    assert cli("run", study).exit_code == 0
    assert tuple(stand_ins) == STAGE_NAMES
    before = outputs(study)
    set_params(study, {"infer.seed": 2})
    assert cli("run", study).exit_code == 0
    set_params(study, {"infer.seed": 1})
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert "infer" not in stand_ins
    assert outputs(study) == before
    stand_ins.clear()
    assert cli("run", study, "--force", "infer").exit_code == 0
    assert stand_ins == ["infer"]
    (study / "model/posterior.nc").unlink()
    for blob in (study / ".dvc" / "cache" / "files").rglob("*"):
        if blob.is_file():
            blob.unlink()
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert stand_ins == ["infer"]
    assert outputs(study) == before


def test_a_users_mistake_in_a_stage_is_status_2_and_what_came_before_is_kept(cli, done, outputs, stand_ins):
    before = outputs(done)
    set_params(done, {"infer.seed": 666})
    answer = cli("run", done)
    assert answer.exit_code == 2
    assert answer.stderr.count("params.yaml at infer.seed: expected a seed that works") == 1
    assert "Traceback" not in answer.stderr
    assert outputs(done) == before
    states, error = states_of(done)
    assert (states["infer"], states["estimate"]) == ("failed", "not_reached")
    assert "a seed that works" in error


def test_a_fault_of_ours_is_status_1_and_shows_its_traceback_only_when_asked(cli, done):
    set_params(done, {"infer.seed": 667})
    answer = cli("run", done)
    assert answer.exit_code == 1
    assert "A fault of causal-ssm, not of your data: ZeroDivisionError" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Traceback" in cli("run", done, "-v").stderr


class Scripted:
    """A client whose faults are written down beforehand."""

    def __init__(self, *faults):
        self.faults, self.asked = list(faults), 0

    def complete(self, request):
        self.asked += 1
        if self.faults:
            raise self.faults.pop(0)
        return Reply(model="scripted", content="{}", finish_reason="stop")


REQUEST = Request(
    model="scripted",
    messages=(Message(role="user", content="?"),),
    reply_schema={"type": "object"},
    temperature=0,
    seed=0,
    prompt="graphs",
    prompt_version="1",
)
PATIENT = ask_model.with_options(retry_delay_seconds=0, retry_jitter_factor=None)


def test_a_busy_server_is_asked_again(tmp_path):
    client = Scripted(Transient("status 503", "the server"), Transient("status 429", "the server"))
    assert PATIENT("graphs", REQUEST, Store(tmp_path), client).content == "{}"
    assert client.asked == 3
    assert len(list(tmp_path.iterdir())) == 1


def test_a_server_that_stays_busy_is_given_up(tmp_path):
    client = Scripted(*[Transient("status 503", "the server")] * 20)
    with pytest.raises(Transient, match="status 503"):
        PATIENT("graphs", REQUEST, Store(tmp_path), client)
    assert client.asked == RETRIES + 1


def test_a_lasting_fault_is_not_asked_again(tmp_path):
    client = Scripted(StudyError("a key", "status 401", "the server"))
    with pytest.raises(StudyError, match="status 401"):
        PATIENT("graphs", REQUEST, Store(tmp_path), client)
    assert client.asked == 1
