"""Laws of what Prefect's UI shows: the graph in order of cause, short numbers, the verdict with what it rests on."""

import json
import xml.etree.ElementTree as ET
from base64 import b64decode

import pytest

import flows.serving.story as story
from flows.serving.graph_picture import graph_picture, graph_sentence, ranks
from schemas.graph import CausalGraph, Edge, GraphSet, Identification, Node
from schemas.results import EffectSet, Gate, Verdict
from tasks.artifacts import document_bytes, write_bytes
from tests.flows import standins

SVG = "{http://www.w3.org/2000/svg}"


def graph_of(*edges, hidden=()):
    names = dict.fromkeys(name for source, target, _ in edges for name in (source, target))
    nodes = tuple(Node(name=name, observed=name not in hidden) for name in names)
    return CausalGraph(
        nodes=nodes, edges=tuple(Edge.model_validate({"from": a, "to": b, "lag": k}) for a, b, k in edges)
    )


def graphs_of(graph):
    found = {graph.name: Identification(identified=True, method="adjustment", slices=2, kind="nonparametric")}
    return GraphSet(treatment="x", outcome="y", lag=0, graphs=(graph,), identification=found)


@pytest.fixture
def shown(monkeypatch):
    """What would be shown, by the kind of artifact and its key."""
    told = {}
    for kind in ("table", "markdown", "image", "link"):

        def create(content, key, description, kind=kind, **_):
            told[key] = (kind, content, description)

        monkeypatch.setattr(story, f"create_{kind}_artifact", create)
    return told


def test_causes_stand_before_their_effects_also_where_the_effect_acts_back_later():
    assert ranks(graph_of(("z", "x", 0), ("x", "y", 0), ("z", "y", 0), ("y", "x", 1))) == {"z": 0, "x": 1, "y": 2}


def test_a_circle_over_time_has_an_order_all_the_same():
    assert set(ranks(graph_of(("a", "b", 1), ("b", "c", 1), ("c", "a", 1))).values()) == {0, 1, 2}


def test_the_picture_has_every_node_and_every_pair_once_and_hidden_nodes_dashed():
    graph = graph_of(("<u>", "x", 0), ("x", "y", 0), ("x", "y", 1), ("y", "x", 1), ("y", "y", 1), hidden=("<u>",))
    root = ET.fromstring(graph_picture(graphs_of(graph)))
    boxes = [r for r in root.findall(f"{SVG}rect") if r.get("rx")]
    texts = [text.text for text in root.findall(f"{SVG}text")]
    assert sorted(texts) == sorted(["<u>", "x", "y", "0", "0, 1", "1"])
    assert [box.get("stroke-dasharray") is not None for box in boxes] == [True, False, False]
    assert len(root.findall(f"{SVG}path")) == 3
    wide, high = float(root.get("width")), float(root.get("height"))
    assert all(float(box.get("x")) + 150 <= wide and float(box.get("y")) + 40 <= high for box in boxes)


def test_the_sentence_says_whether_the_effect_follows():
    graphs = graphs_of(graph_of(("x", "y", 0)))
    assert "the effect follows from it" in graph_sentence(graphs)
    no = Identification(identified=False, method="none", slices=2, kind="none")
    assert "does not follow" in graph_sentence(graphs.model_copy(update={"identification": {"graph": no}}))


def test_the_graph_travels_in_the_page_itself(tmp_path, shown):
    graphs = graphs_of(graph_of(("x", "y", 0)))
    write_bytes(tmp_path / "model/graphs.json", document_bytes(graphs))
    story.tell_of(tmp_path, "My study", "configure")
    kind, url, _ = shown["my-study-graph"]
    assert kind == "image"
    assert b64decode(url.removeprefix("data:image/svg+xml;base64,")).decode() == graph_picture(graphs)


def test_the_verdict_comes_with_the_checks_that_did_not_pass_and_where_things_lie(tmp_path, shown):
    failed = Gate(passed=False, value=3.0, threshold=10.0, hard=True, sentence="3 steps with exposure, 80 without.")
    content = json.loads(standins._verdict(standins.StudyParams()))
    verdict = Verdict.model_validate(content).model_copy(update={"gates": {"positivity": failed}})
    write_bytes(tmp_path / "results/verdict.json", document_bytes(verdict))
    write_bytes(tmp_path / "results/effects.json", document_bytes(EffectSet(effects=())))
    story.tell_of(tmp_path, "s", "report")
    _, text, first = shown["s-verdict"]
    assert f"**{first}**" in text
    assert "- 3 steps with exposure, 80 without." in text
    assert f"- Report: `{tmp_path.resolve() / 'results/report.html'}`" in text
    assert {key: entry[0] for key, entry in shown.items()} == {"s-verdict": "markdown", "s-report": "link",
                                                               "s-recordings": "link"}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), [(None, ""), (5071.3, "5071"), (0.48123, "0.481"), (-0.0130, "-0.013")])
def test_numbers_in_tables_are_short(value, text):
    assert story._short(value) == text
