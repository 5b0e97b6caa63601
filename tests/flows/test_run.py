"""Laws of `causal-ssm run`: what is computed, what is kept, what DVC says afterwards."""

import json
import shutil

import pytest
from dvc.repo import Repo

import flows.provenance.code_version
from schemas.stages import STAGE_NAMES
from tasks.settings import set_params
from tests.flows import standins

pytestmark = pytest.mark.usefixtures("plain_engine")


def dvc_status(root):
    with Repo(str(root)) as repo:
        return repo.status()


def last_run(root):
    return json.loads(max((root / ".causal-ssm" / "runs").glob("*/run.json")).read_text())


def succeeds(answer):
    assert answer.exit_code == 0, answer.stderr
    return answer.stdout


def test_a_first_run_computes_every_stage_and_leaves_dvc_clean(cli, study, stand_ins, outputs):
    told = succeeds(cli("run", study))
    assert tuple(stand_ins) == STAGE_NAMES
    assert "missing" not in outputs(study).values()
    assert dvc_status(study) == {}
    assert [stage["status"] for stage in last_run(study)["stages"]] == ["computed"] * 6
    assert "Cannot tell yet whether x changes y" in told


def test_after_a_run_dvc_repro_runs_no_stage(cli, done):
    assert "nothing was recomputed" in succeeds(cli("repro", done))


@pytest.mark.slow
def test_repro_from_scratch_gives_the_same_bytes_as_run_and_a_run_after_it_computes_nothing(
    cli, done, new_study, outputs, stand_ins
):
    fresh = new_study("fresh")
    assert succeeds(cli("repro", fresh)) == f"Computed: {', '.join(STAGE_NAMES)}.\n"
    assert outputs(fresh) == outputs(done)
    assert dvc_status(fresh) == {}
    assert "nothing was recomputed" in succeeds(cli("run", fresh))
    assert stand_ins == []


def test_a_second_run_computes_nothing_and_says_so(cli, done, stand_ins):
    told = succeeds(cli("run", done))
    assert stand_ins == []
    assert told.startswith("Nothing changed since the last run; nothing was recomputed.")
    assert dvc_status(done) == {}
    assert [stage["status"] for stage in last_run(done)["stages"]] == ["unchanged"] * 6


@pytest.mark.parametrize(
    ("key", "value", "computed"),
    [
        ("infer.seed", 2, ("infer", "estimate", "report")),
        ("report.audience", "technical", ("report",)),
        ("explore.max_lag", 3, ("explore", "configure", "report")),
    ],
)
def test_one_changed_parameter_computes_only_what_depends_on_it(cli, done, stand_ins, key, value, computed):
    set_params(done, {key: value})
    succeeds(cli("run", done))
    assert tuple(stand_ins) == computed
    assert dvc_status(done) == {}


def test_a_comment_in_the_parameters_computes_nothing_and_leaves_dvc_clean(cli, done, stand_ins):
    with (done / "params.yaml").open("a") as stream:
        stream.write("# a thought\n")
    succeeds(cli("run", done))
    assert stand_ins == []
    assert dvc_status(done) == {}


def test_a_forced_stage_is_computed_and_the_ones_after_it_only_if_its_outputs_change(cli, done, stand_ins):
    succeeds(cli("run", done, "--force", "infer"))
    assert stand_ins == ["infer"]


def test_forcing_configure_renews_the_protocol_and_names_the_old_one(cli, done):
    succeeds(cli("run", done, "--force", "configure"))
    assert len(json.loads((done / "model/protocol.yaml").read_text())["replaces"]) == 1


def test_a_question_asked_again_does_not_bring_back_the_first_protocol(cli, done, stand_ins):
    succeeds(cli("run", done, "--outcome", "z"))
    succeeds(cli("run", done, "--outcome", "y"))
    assert len(json.loads((done / "model/protocol.yaml").read_text())["replaces"]) == 2
    stand_ins.clear()
    succeeds(cli("run", done))
    assert stand_ins == []


def test_going_back_to_an_earlier_parameter_takes_its_results_from_the_cache(cli, done, stand_ins, outputs):
    before = outputs(done)
    set_params(done, {"infer.seed": 2})
    succeeds(cli("run", done))
    assert outputs(done) != before
    set_params(done, {"infer.seed": 1})
    stand_ins.clear()
    succeeds(cli("run", done))
    assert outputs(done) == before
    assert "infer" not in stand_ins
    assert dvc_status(done) == {}


@pytest.mark.parametrize("damage", ["delete", "alter"])
def test_missing_or_altered_outputs_are_restored_by_hash(cli, done, stand_ins, outputs, damage):
    before = outputs(done)
    for path in ("model/posterior.nc", "results/report.html", "data/figures/one.json", "model/protocol.yaml"):
        (done / path).unlink()
        if damage == "alter":
            (done / path).write_text("altered")
    answer = cli("run", done)
    succeeds(answer)
    assert "model/posterior.nc was missing or altered and is restored" in answer.stderr
    assert stand_ins == []
    assert outputs(done) == before
    assert dvc_status(done) == {}


@pytest.mark.parametrize("damage", ["delete", "alter"])
def test_what_no_cache_has_is_computed_again(cli, done, stand_ins, outputs, damage):
    before = outputs(done)
    (done / "model/posterior.nc").unlink()
    blobs = [path for path in (done / ".dvc" / "cache" / "files").rglob("*") if path.is_file()]
    assert blobs
    for blob in blobs:
        blob.unlink()
        if damage == "alter":
            blob.write_text("damaged")
    succeeds(cli("run", done))
    assert stand_ins == ["infer"]
    assert outputs(done) == before


def test_lost_records_lead_to_computing_and_never_to_a_wrong_result(cli, done, stand_ins, outputs):
    before = outputs(done)
    shutil.rmtree(done / ".causal-ssm")
    (done / "model/posterior.nc").write_text("altered")
    succeeds(cli("run", done))
    assert "infer" in stand_ins
    assert outputs(done) == before
    assert dvc_status(done) == {}


def test_a_changed_code_hash_computes_that_stage_alone(cli, done, stand_ins, monkeypatch):
    monkeypatch.setattr(flows.provenance.code_version, "code_hashes", lambda: standins.CODE | {"report": "edited"})
    succeeds(cli("run", done))
    assert stand_ins == ["report"]
    assert dvc_status(done) == {}


def test_new_rows_do_not_renew_the_protocol(cli, done, stand_ins):
    protocol = (done / "model/protocol.yaml").read_bytes()
    with (done / "data/raw/panel.csv").open("a") as stream:
        stream.write("2024-01-02,0,1\n")
    succeeds(cli("run", done))
    assert "infer" in stand_ins
    assert (done / "model/protocol.yaml").read_bytes() == protocol


def test_the_run_log_knows_times_and_when_the_protocol_was_frozen(done):
    log = last_run(done)
    assert log["finished"] > log["started"]
    assert all(stage["wall_seconds"] >= 0 and stage["cpu_seconds"] >= 0 for stage in log["stages"])
    assert log["error"] is None
    assert log["protocol_frozen"]


def test_stage_computes_its_stage_always_and_touches_no_other(cli, done, stand_ins):
    succeeds(cli("stage", "infer", done))
    assert stand_ins == ["infer"]
    assert "nothing was recomputed" in succeeds(cli("run", done))
    assert dvc_status(done) == {}
