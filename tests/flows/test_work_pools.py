"""`prefect.yaml` says only what Prefect's own work pools take, and names a flow that is there."""

import json
import os
import re
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
CONTENT = YAML(typ="safe", pure=True).load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS = {entry["name"]: entry for entry in CONTENT["deployments"]}
VARIABLE = re.compile(r"\{\{ \$(\w+) \}\}")


def schema_of(kind):
    """What a pool of this type takes, as the server itself hands it out."""
    spec = find_spec("prefect")
    views = Path(spec.origin).parent / "server/api/collections_data/views/aggregate-worker-metadata.json"
    workers = {name: worker for package in json.loads(views.read_text()).values() for name, worker in package.items()}
    return workers[kind]["default_base_job_configuration"]["variables"]


def filled(value):
    """The same with a word in place of every variable of the environment."""
    return json.loads(VARIABLE.sub("/filled", json.dumps(value)))


@pytest.mark.parametrize("kind", ["process", "docker", "kubernetes"])
def test_job_variables_are_those_of_the_work_pool(kind):
    variables = filled(DEPLOYMENTS[kind]["work_pool"]["job_variables"])
    schema = schema_of(kind)
    assert set(variables) <= set(schema["properties"])
    jsonschema.validate(variables, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(variables | {"env": "not a table"}, schema)


@pytest.mark.parametrize("kind", ["process", "docker", "kubernetes"])
def test_a_deployment_names_a_flow_with_its_parameters_and_no_schedule_that_is_on(kind):
    entry = DEPLOYMENTS[kind]
    path, function = entry["entrypoint"].split(":")
    source = (ROOT / path).read_text(encoding="utf-8")
    signature = re.search(rf"^def {function}\((.*?)\)", source, re.MULTILINE)
    assert all(f"{name}:" in signature[1] for name in entry["parameters"])
    assert [schedule["active"] for schedule in entry["schedules"]] == [False]


def test_every_variable_is_told_of_in_the_docs():
    told = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
    names = set(VARIABLE.findall((ROOT / "prefect.yaml").read_text(encoding="utf-8")))
    assert names == {"CAUSAL_SSM_CODE", "CAUSAL_SSM_STUDY", "CAUSAL_SSM_NAME", "CAUSAL_SSM_IMAGE", "CAUSAL_SSM_STUDIES"}
    assert all(name in told for name in names)
    assert os.sep + "work" not in json.dumps(CONTENT)
