"""The same six names everywhere, and the templates at the root equal to what the code says."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from flows import pipeline
from flows.provenance.keys import params_slice
from flows.recipes import recipe_of
from flows.versioning import dvc_yaml
from schemas.params import StudyParams
from schemas.stages import STAGE_NAMES, STAGES
from tasks.setup.create import TEMPLATE

ROOT = Path(__file__).resolve().parent.parent


def read_yaml(path):
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def test_dvc_yaml_has_the_six_stages_in_order_with_the_deps_and_outs_of_the_table():
    stages = read_yaml(ROOT / "dvc.yaml")["stages"]
    assert tuple(stages) == STAGE_NAMES
    for stage in STAGES:
        entry = stages[stage.name]
        outs = [next(iter(out)) if isinstance(out, dict) else out for out in entry["outs"]]
        assert entry["cmd"] == f"causal-ssm stage {stage.name}"
        assert tuple(entry["deps"]) == stage.reads
        assert sorted([*outs, *entry.get("metrics", [])]) == sorted(stage.writes)
        assert entry["params"] == [*stage.params, {"code.json": [stage.name]}]


def test_the_protocol_outlives_a_rerun_of_its_stage():
    assert {"model/protocol.yaml": {"persist": True}} in read_yaml(ROOT / "dvc.yaml")["stages"]["configure"]["outs"]


def test_dvc_yaml_at_the_root_is_what_init_writes():
    assert (ROOT / "dvc.yaml").read_bytes() == dvc_yaml()


def test_params_yaml_at_the_root_is_the_template_of_init():
    assert (ROOT / "params.yaml").read_bytes() == TEMPLATE.read_bytes()


def test_params_yaml_has_a_section_per_stage_in_order():
    assert tuple(read_yaml(ROOT / "params.yaml")) == ("study", *STAGE_NAMES)
    assert tuple(StudyParams.model_fields) == ("study", *STAGE_NAMES)


def test_every_parameter_of_the_stage_table_exists():
    content = read_yaml(ROOT / "params.yaml")
    for stage in STAGES:
        assert set(params_slice(StudyParams(), stage)) == set(stage.params)
        for dotted in stage.params:
            value = content
            for part in dotted.split("."):
                assert part in value, dotted
                value = value[part]


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_every_stage_has_its_recipe_in_tasks(name):
    recipe = recipe_of(name)
    assert recipe.__module__ == f"tasks.{name}"
    assert recipe.__name__ == name


def test_the_flow_runs_the_stages_of_the_table():
    assert pipeline.STAGE_NAMES is STAGE_NAMES
    assert pipeline.causal_ssm.name == "causal-ssm"


def test_no_stage_reads_what_a_later_one_writes():
    written: set[str] = set()
    for stage in STAGES:
        made_by_stages = {path for path in stage.reads if path not in {"data/raw", "recordings"}}
        assert made_by_stages <= written, stage.name
        written |= set(stage.writes)


def test_architecture_md_names_the_stages_in_order():
    path = ROOT / "ARCHITECTURE.md"
    if not path.is_file():
        pytest.skip("ARCHITECTURE.md is not written yet")
    rows = [line.split("|")[1].strip() for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    assert tuple(row for row in rows if row in STAGE_NAMES) == STAGE_NAMES


def test_the_root_is_no_study():
    assert not (ROOT / "dvc.lock").exists()


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_recipe_names_no_file_that_the_table_does_not_give_it(stage):
    recipe = (ROOT / "tasks" / f"{stage.name}.py").read_text(encoding="utf-8")
    named = set(re.findall(r'root / "((?:data|model|results)/[\w./]+)"', recipe))
    assert named <= {*stage.reads, *stage.writes}
