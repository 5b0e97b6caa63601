"""`causal-ssm identify`: its fields, its defaults, its refusals, its haste."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FIELDS = {"identified", "method", "adjustment_sets", "reasons", "slices", "effect_zero_by_graph", "kind"}


def node(name, **more):
    return {"name": name, **more}


def edge(source, target, lag=0):
    return {"from": source, "to": target, "lag": lag}


PLAIN = {"nodes": [node("X"), node("Y")], "edges": [edge("X", "Y")]}
HIDDEN = {
    "nodes": [node("X", observed=True), node("Y"), node("U", observed=False)],
    "edges": [edge("X", "Y"), edge("U", "X", 1), edge("U", "Y", 1)],
}


@pytest.fixture
def ask(cli, tmp_path):
    """Puts a question to a graph, given as a document, text or bytes."""

    def call(content, *words, treatment="X", outcome="Y"):
        path = tmp_path / "graph.json"
        raw = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content))
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return cli("identify", path, "--treatment", treatment, "--outcome", outcome, *words)

    return call


def told(answer):
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_the_fields_of_the_contract_are_there(ask):
    document = told(ask(PLAIN, "--json"))
    assert set(document) >= FIELDS
    assert (document["identified"], document["method"], document["kind"]) == (True, "adjustment", "nonparametric")
    assert document["adjustment_sets"] == [["X[t-1]"], ["Y[t-1]"]]
    assert document["lag"] == 0


def test_status_is_zero_for_both_answers(ask):
    refused = told(ask(HIDDEN, "--json"))
    assert (refused["identified"], refused["method"], refused["kind"]) == (False, "none", "parametric_only")
    assert refused["slices"] == 5
    assert ask(HIDDEN).exit_code == 0


def test_the_default_lag_is_the_shortest_chain(ask):
    chain = {"nodes": [node("X"), node("M"), node("Y")], "edges": [edge("X", "M", 1), edge("M", "Y", 2)]}
    assert told(ask(chain, "--json"))["lag"] == 3
    assert told(ask(chain, "--json", "--lag", 4))["lag"] == 4


def test_without_a_path_the_effect_is_zero_at_lag_zero(ask):
    document = told(ask(PLAIN, "--json", treatment="Y", outcome="X"))
    assert (document["method"], document["effect_zero_by_graph"], document["lag"]) == ("no_path", True, 0)


def test_hidden_nodes_have_memory_unless_it_is_denied(ask):
    shifted = {"nodes": [*HIDDEN["nodes"]], "edges": [edge("X", "Y"), edge("U", "X", 0), edge("U", "Y", 1)]}
    assert not told(ask(shifted, "--json"))["identified"]
    shifted["nodes"][-1] = node("U", observed=False, memory=False)
    assert told(ask(shifted, "--json"))["identified"]
    explicit = shifted | {"edges": [*shifted["edges"], edge("U", "U", 1)]}
    assert not told(ask(explicit, "--json"))["identified"]


def test_people_get_words(ask):
    text = ask(HIDDEN).stdout
    assert text.startswith("Not identified: the effect of X[t] on Y[t]")
    assert "U is not recorded and acts on both X and Y" in text
    assert "No window of up to 5 steps is enough." in text
    assert max(map(len, text.splitlines())) <= 110
    assert "Adjust for one of:\n  - X[t-1]\n  - Y[t-1]\n" in ask(PLAIN).stdout
    door = {
        "nodes": [node("X"), node("M"), node("Y"), node("U", observed=False)],
        "edges": [edge("X", "M"), edge("M", "Y"), edge("U", "X"), edge("U", "Y")],
    }
    assert "All of it passes through M[t], within M[t-1]." in ask(door).stdout
    assert "zero by the graph" in ask(PLAIN, treatment="Y", outcome="X").stdout


BAD = {
    "empty": ("", "JSON"),
    "no JSON": ("nodes: X", "JSON"),
    "half a file": (json.dumps(PLAIN)[:-3], "JSON"),
    "NUL bytes": (b'{"nodes": \x00\x00}', "JSON"),
    "a NUL in a name": ({"nodes": [node("X"), node("Y"), node("a\0b")], "edges": []}, "printable"),
    "an escape sequence in a name": ({"nodes": [node("X"), node("Y"), node("\x1b[31m")], "edges": []}, "printable"),
    "a name of spaces": ({"nodes": [node("X"), node("Y"), node("  ")], "edges": []}, "printable"),
    "an empty name": ({"nodes": [node("X"), node("Y"), node("")], "edges": []}, "at least 1 character"),
    "half a character": ('{"nodes": [{"name": "\\ud800"}, {"name": "X"}, {"name": "Y"}], "edges": []}', "graph.json"),
    "not UTF-8": (b"\xff\xfe" + "{}".encode("utf-16-le"), "UTF-8"),
    "deep": ("[" * 200_000, "nested"),
    "a list": ("[]", "'nodes' and 'edges'"),
    "null": ("null", "'nodes' and 'edges'"),
    "no edges": ({"nodes": [node("X"), node("Y")]}, "'nodes' and 'edges'"),
    "no nodes": ({"nodes": [], "edges": []}, "two nodes"),
    "nodes as words": ({"nodes": ["X", "Y"], "edges": []}, "nodes.0"),
    "a set of graphs": ({"graphs": [PLAIN]}, "'nodes' and 'edges'"),
    "unknown key": ({"nodes": [node("X"), node("Y", hidden=True)], "edges": []}, "nodes.1.hidden"),
    "key twice": ('{"nodes": [], "nodes": [{"name": "X"}, {"name": "Y"}], "edges": []}', "twice"),
    "not a number": (
        '{"nodes": [{"name": "X"}, {"name": "Y"}], "edges": [{"from": "X", "to": "Y", "lag": NaN}]}',
        "NaN",
    ),
    "unknown source": (PLAIN | {"edges": [edge("Z", "Y")]}, "'Z'"),
    "unknown target": (PLAIN | {"edges": [edge("X", "y")]}, "'y'"),
    "unknown reason for missingness": ({"nodes": [node("X"), node("Y", missing_because=["S"])], "edges": []}, "'S'"),
    "unknown selection": (PLAIN | {"selected_on": ["S"]}, "'S'"),
    "duplicate names": ({"nodes": [node("X"), node("Y"), node("X")], "edges": []}, "'X' 2 times"),
    "negative lag": (PLAIN | {"edges": [edge("X", "Y", -1)]}, "edges.0.lag"),
    "broken lag": (PLAIN | {"edges": [edge("X", "Y", 0.5)]}, "edges.0.lag"),
    "lag as a word": (PLAIN | {"edges": [edge("X", "Y", "1")]}, "edges.0.lag"),
    "lag as a truth": (PLAIN | {"edges": [edge("X", "Y", True)]}, "edges.0.lag"),
    "lag without an end": ('{"nodes": [], "edges": [{"from": "X", "to": "Y", "lag": ' + "9" * 9000 + "}]}", "JSON"),
    "far too long a lag": (PLAIN | {"edges": [edge("X", "Y", 10**15)]}, "unrolled time"),
    "observed as a word": ({"nodes": [node("X", observed="yes"), node("Y")], "edges": []}, "nodes.0.observed"),
    "self-edge within a step": (PLAIN | {"edges": [edge("X", "X")]}, "X -> X"),
    "cycle within a step": (PLAIN | {"edges": [edge("X", "Y"), edge("Y", "X")]}, "cycle"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_status_2_with_one_message(ask, name):
    content, words = BAD[name]
    answer = ask(content)
    assert answer.exit_code == 2, answer.output
    assert words in answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.splitlines()) <= 4
    as_json = ask(content, "--json")
    assert as_json.exit_code == 2
    assert json.loads(as_json.stdout)["error"]["kind"] == "unusable"


@pytest.mark.parametrize(
    ("words", "told_of"),
    [
        ({"treatment": "coffee"}, "'coffee'"),
        ({"outcome": "x"}, "'x'"),
        ({"treatment": "Y"}, "two different nodes"),
    ],
)
def test_a_bad_question_is_status_2(ask, words, told_of):
    answer = ask(PLAIN, **words)
    assert answer.exit_code == 2
    assert told_of in answer.stderr


def test_a_name_mistyped_gets_a_suggestion(ask):
    coffee = {"nodes": [node("coffee"), node("sleep")], "edges": [edge("coffee", "sleep")]}
    assert "did you mean coffee?" in ask(coffee, treatment="cofee", outcome="sleep").stderr


@pytest.mark.parametrize("lag", ["-1", "half", "1.5"])
def test_a_lag_that_is_none_is_status_2(ask, lag):
    assert ask(PLAIN, "--lag", lag).exit_code == 2
    assert json.loads(ask(PLAIN, "--json", "--lag", lag).stdout)["error"]["kind"] == "usage"


def test_what_is_no_file_is_status_2_and_read_never_waits(cli, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "none.json", tmp_path / "pipe", tmp_path / "loop", Path("/dev/zero")):
        answer = cli("identify", path, "--treatment", "X", "--outcome", "Y")
        assert answer.exit_code == 2, path
        assert len(answer.stderr.splitlines()) <= 4


def test_a_file_too_large_is_not_read(ask):
    assert "bytes" in ask(b" " * 2_000_001).stderr


def test_a_huge_graph_is_refused_soon_and_in_words(ask):
    names = [f"N{i}" for i in range(3000)]
    edges = [edge(a, b) for a, b in zip(["X", *names], [*names, "Y"], strict=True)]
    began = time.process_time()
    answer = ask({"nodes": [node(n) for n in ["X", "Y", *names]], "edges": edges})
    assert answer.exit_code == 2
    assert "unrolled time" in answer.stderr
    assert time.process_time() - began < 10


def test_a_byte_order_mark_and_foreign_names_are_welcome(ask):
    content = {"nodes": [node("Kaffee am Abend"), node("睡眠")], "edges": [edge("Kaffee am Abend", "睡眠", 1)]}
    answer = ask(
        b"\xef\xbb\xbf" + json.dumps(content, ensure_ascii=False).encode(), treatment="Kaffee am Abend", outcome="睡眠"
    )
    assert answer.exit_code == 0
    assert "睡眠[t]" in answer.stdout


def test_it_starts_quickly_and_imports_nothing_heavy(tmp_path):
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(HIDDEN))
    program = (
        "import sys, time, flows.cli, click.testing as t;"
        f"r = t.CliRunner().invoke(flows.cli.main, ['identify', {str(path)!r}, '--treatment', 'X', '--outcome', 'Y']);"
        "assert r.exit_code == 0, r.output;"
        "heavy = {'prefect', 'dvc', 'jax', 'polars', 'pandera', 'numpy', 'networkx'};"
        "print(sorted(heavy & set(sys.modules)), time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    modules, seconds = done.stdout.splitlines()[-1].rsplit(" ", 1)
    assert modules == "[]"
    assert float(seconds) < 2.5  # measured: 0.6; the bound leaves room for a busy machine
