"""The stage configure: one protocol, frozen, reused and amended."""

import hashlib
import shutil

import pytest
from ruamel.yaml import YAML

from schemas.errors import StudyError
from schemas.exploration import Exploration
from schemas.frames import Catalog, Panel
from schemas.graph import GraphSet
from schemas.spec import SpecSet
from tasks.artifacts import canonical_json, read_document, write_document, write_frame
from tasks.configure import configure
from tasks.modelling.protocol import read_protocol
from tests.tasks.modelling.making import catalog_of, params, record, with_section


@pytest.fixture
def study(tmp_path):
    put(tmp_path, record())
    return tmp_path


def put(root, panel):
    write_frame(root / "data/panel.parquet", panel, Panel)
    write_frame(root / "data/catalog.parquet", catalog_of(panel), Catalog)
    empty = Exploration(steps=panel.height, profiles=(), overlap=None, associations=(), figures=())
    write_document(root / "data/exploration.json", empty)


def run(root, given):
    said = []
    configure(root, given, said.append)
    return read_protocol(root / "model/protocol.yaml"), said


def test_the_same_study_gives_the_same_bytes(study, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(study, other)
    run(study, params())
    run(other, params())
    for name in ("protocol.yaml", "graphs.json", "spec.json"):
        assert (study / "model" / name).read_bytes() == (other / "model" / name).read_bytes()


def test_new_rows_reuse_the_protocol(study):
    first, _ = run(study, params())
    put(study, record(55, seed=2))
    second, said = run(study, params())
    assert second == first
    assert "reused" in said[0]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"study": {"question": "Another one?"}}, "question"),
        ({"configure": {"roles": {"stress": "confounder"}}}, "rules"),
        ({"estimate": {"horizon": 7}}, "decision"),
    ],
)
def test_a_changed_question_makes_an_amended_protocol(study, change, named):
    first, _ = run(study, params())
    ((section, keys),) = change.items()
    second, _ = run(study, with_section(params(), section, **keys))
    assert second.amendments[-1].replaces_sha256 == first.sha256
    assert second.amendments[-1].changed == (named,)
    assert second.sha256 != first.sha256


def test_a_protocol_changed_by_hand_is_refused(study):
    run(study, params())
    path = study / "model/protocol.yaml"
    path.write_text(path.read_text().replace("horizon: 14", "horizon: 15"))
    with pytest.raises(StudyError, match="changed by hand"):
        run(study, params())


def test_graphs_and_specs_are_those_of_the_protocol(study):
    protocol, _ = run(study, params())
    graphs, specs = (
        read_document(study / "model/graphs.json", GraphSet),
        read_document(study / "model/spec.json", SpecSet),
    )
    assert graphs.graphs == protocol.graphs
    assert specs.specs == protocol.specs
    assert specs.protocol_sha256 == protocol.sha256
    assert all(graphs.identification[g.name].identified for g in protocol.graphs)


def test_a_strict_study_without_an_assertion_is_not_identified(study):
    given = with_section(params(), "configure", strict=True)
    run(study, given)
    graphs = read_document(study / "model/graphs.json", GraphSet)
    assert not any(i.identified for i in graphs.identification.values())


def test_what_is_left_out_has_its_reason(study):
    protocol, _ = run(study, params(randomised=True))
    assert protocol.not_adjusted == {"stress": "not needed: the exposure was assigned at random"}


def test_a_persons_rope_is_marked_as_such(study):
    given = with_section(params(), "estimate", rope={"low": -0.5, "high": 0.5})
    assert run(study, given)[0].rope.source == "person"


def test_a_protocol_survives_the_way_through_its_file_with_numbers_of_every_size(study):
    priors = {
        "sleep <- coffee, lag 0": {"family": "normal", "mean": -1e-7, "sd": 3e-5},
        "sleep: intercept": {"family": "normal", "mean": 1e12, "sd": 123456789.125},
    }
    first, _ = run(study, with_section(params(), "configure", priors=priors))
    assert read_protocol(study / "model/protocol.yaml") == first


def test_a_protocol_written_before_a_field_existed_is_still_as_it_was_frozen(study):
    first, _ = run(study, params())
    path = study / "model/protocol.yaml"
    content = YAML(typ="safe", pure=True).load(path.read_text())
    del content["step_name"], content["sha256"]
    content["sha256"] = hashlib.sha256(canonical_json(content)).hexdigest()
    with path.open("w") as stream:
        YAML(typ="safe", pure=True).dump(content, stream)
    assert read_protocol(path).question == first.question
