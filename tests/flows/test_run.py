"""Laws of `causal-ssm run`: what is computed, what is kept, what DVC says afterwards."""

import json

import pytest
from dvc.repo import Repo

from schemas.stages import STAGE_NAMES

pytestmark = pytest.mark.usefixtures("prefect_server")


def dvc_status(root):
    with Repo(str(root)) as repo:
        return repo.status()


def last_run(root):
    return json.loads(max((root / ".causal-ssm" / "runs").glob("*/run.json")).read_text())


def test_a_first_run_computes_every_stage_and_leaves_dvc_clean(cli, study, stand_ins, outputs):
    answer = cli("run", study)
    assert answer.exit_code == 0, answer.stderr
    assert tuple(stand_ins) == STAGE_NAMES
    assert "missing" not in outputs(study).values()
    assert dvc_status(study) == {}
    assert [stage["status"] for stage in last_run(study)["stages"]] == ["computed"] * 6
    assert "Cannot tell yet whether x changes y" in answer.stdout


def test_after_a_run_dvc_repro_runs_no_stage(cli, study, stand_ins):
    cli("run", study)
    answer = cli("repro", study)
    assert answer.exit_code == 0, answer.stderr
    assert "nothing was recomputed" in answer.stdout


def test_repro_from_scratch_gives_the_same_bytes_as_run(cli, new_study, outputs):
    first, second = new_study("first"), new_study("second")
    assert cli("run", first).exit_code == 0
    answer = cli("repro", second)
    assert answer.exit_code == 0, answer.stderr
    assert outputs(first) == outputs(second)
    assert dvc_status(second) == {}


def test_a_run_after_repro_computes_nothing(cli, study, stand_ins):
    cli("repro", study)
    answer = cli("run", study)
    assert "nothing was recomputed" in answer.stdout
    assert stand_ins == []


def test_a_second_run_computes_nothing_and_says_so(cli, study, stand_ins):
    cli("run", study)
    stand_ins.clear()
    answer = cli("run", study)
    assert stand_ins == []
    assert answer.stdout.startswith("Nothing changed since the last run; nothing was recomputed.")
    assert dvc_status(study) == {}


@pytest.mark.parametrize(
    ("key", "value", "computed"),
    [
        ("infer.seed", 2, ("infer", "estimate", "report")),
        ("report.audience", "technical", ("report",)),
        ("explore.max_lag", 3, ("explore", "configure", "report")),
    ],
)
def test_one_changed_parameter_computes_only_what_depends_on_it(cli, study, stand_ins, key, value, computed):
    from tasks.settings import set_params

    cli("run", study)
    stand_ins.clear()
    set_params(study, {key: value})
    assert cli("run", study).exit_code == 0
    assert tuple(stand_ins) == computed
    assert dvc_status(study) == {}


def test_a_forced_stage_is_computed_and_the_ones_after_it_only_if_its_outputs_change(cli, study, stand_ins):
    cli("run", study)
    stand_ins.clear()
    assert cli("run", study, "--force", "infer").exit_code == 0
    assert stand_ins == ["infer"]


def test_forcing_configure_renews_the_protocol_and_names_the_old_one(cli, study, stand_ins):
    cli("run", study)
    assert cli("run", study, "--force", "configure").exit_code == 0
    assert len(json.loads((study / "model/protocol.yaml").read_text())["replaces"]) == 1


def test_a_question_asked_again_does_not_bring_back_the_first_protocol(cli, study, stand_ins):
    cli("run", study)
    cli("run", study, "--outcome", "x")
    cli("run", study, "--outcome", "y")
    assert len(json.loads((study / "model/protocol.yaml").read_text())["replaces"]) == 2
    stand_ins.clear()
    cli("run", study)
    assert stand_ins == []


def test_going_back_to_an_earlier_parameter_takes_its_results_from_the_cache(cli, study, stand_ins, outputs):
    from tasks.settings import set_params

    cli("run", study)
    before = outputs(study)
    set_params(study, {"infer.seed": 2})
    cli("run", study)
    assert outputs(study) != before
    set_params(study, {"infer.seed": 1})
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert stand_ins == []
    assert outputs(study) == before
    assert dvc_status(study) == {}


@pytest.mark.parametrize("path", ["model/posterior.nc", "results/report.html", "data/figures/one.json"])
@pytest.mark.parametrize("damage", ["delete", "alter"])
def test_a_missing_or_altered_output_is_restored_by_hash(cli, study, stand_ins, outputs, path, damage):
    cli("run", study)
    before = outputs(study)
    if damage == "delete":
        (study / path).unlink()
    else:
        (study / path).write_text("altered")
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert stand_ins == []
    assert outputs(study) == before
    assert dvc_status(study) == {}


def test_an_output_that_no_cache_has_is_computed_again(cli, study, stand_ins, outputs):
    import shutil

    cli("run", study)
    before = outputs(study)
    (study / "model/posterior.nc").unlink()
    shutil.rmtree(study / ".dvc" / "cache")
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert stand_ins == ["infer"]
    assert outputs(study) == before
    assert dvc_status(study) == {}


def test_a_damaged_cache_restores_nothing(cli, study, stand_ins, outputs):
    cli("run", study)
    before = outputs(study)
    (study / "model/posterior.nc").unlink()
    for blob in (study / ".dvc" / "cache" / "files").rglob("*"):
        if blob.is_file():
            blob.chmod(0o600)
            blob.write_text("damaged")
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert stand_ins == ["infer"]
    assert outputs(study) == before


def test_a_changed_code_hash_computes_that_stage_and_a_comment_none(cli, study, stand_ins, monkeypatch):
    import flows.code_version
    from tests.flows import standins

    cli("run", study)
    stand_ins.clear()
    monkeypatch.setattr(flows.code_version, "code_hashes", lambda: standins.CODE | {"report": "edited"})
    assert cli("run", study).exit_code == 0
    assert stand_ins == ["report"]
    assert dvc_status(study) == {}


def test_new_rows_do_not_renew_the_protocol(cli, study, stand_ins):
    cli("run", study)
    protocol = (study / "model/protocol.yaml").read_bytes()
    with (study / "data/raw/panel.csv").open("a") as stream:
        stream.write("2024-01-02,0,1\n")
    stand_ins.clear()
    assert cli("run", study).exit_code == 0
    assert "infer" in stand_ins
    assert (study / "model/protocol.yaml").read_bytes() == protocol


def test_the_run_log_has_times_and_the_artifacts_have_none(cli, study):
    cli("run", study)
    log = last_run(study)
    assert log["finished"] > log["started"]
    assert all(stage["wall_seconds"] >= 0 for stage in log["stages"])
    assert log["error"] is None
    assert log["protocol_frozen"]
