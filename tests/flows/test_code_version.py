"""What counts as a change of code, on a little checkout of its own."""

import json

import pytest

from flows.provenance import code_version
from flows.provenance.code_version import code_hash, code_root, modules_of, refresh
from schemas.stages import STAGE_NAMES

FILES = {
    "schemas/__init__.py": "",
    "ssm_core/__init__.py": "",
    "ssm_core/filter.py": "def f(x):\n    return x + 1\n",
    "ssm_core/other.py": "Y = 2\n",
    "tasks/__init__.py": "",
    "tasks/infer.py": "from ssm_core.filter import f\n\ndef infer():\n    return f(1)\n",
    "tasks/report.py": "from tasks.pages.render import page\n\nTABLES = 'knowledge'\n",
    "tasks/pages/__init__.py": "",
    "tasks/pages/render.py": "from pathlib import Path\npage = Path(__file__).with_name('templates')\n",
    "tasks/pages/templates/page.html": "<p>",
    "tasks/knowledge/table.yaml": "a: 1\n",
    "tasks/demo/raw.csv": "1\n",
    "tasks/many/__init__.py": "",
    "tasks/many/one.py": "A = 1\n",
    "tasks/many/registry.py": "from importlib import import_module\nget = lambda n: import_module(f'tasks.many.{n}')\n",
    "tasks/ingest.py": "from tasks.many.registry import get\n",
}


@pytest.fixture
def checkout(tmp_path):
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return tmp_path


def changed(checkout, path, content):
    """Stages, among those of the little checkout, whose hash changes."""
    stages = ("infer", "report", "ingest")
    before = {stage: code_hash(stage, checkout) for stage in stages}
    (checkout / path).write_text(content)
    return [stage for stage in stages if code_hash(stage, checkout) != before[stage]]


@pytest.mark.parametrize(
    ("path", "content", "stages"),
    [
        ("ssm_core/filter.py", "def f(x):\n    return x + 2\n", ["infer"]),
        ("ssm_core/filter.py", "# why\n\ndef f(x):  # what\n    return (x + 1)\n", []),
        ("ssm_core/other.py", "Y = 3\n", []),
        ("tasks/pages/templates/page.html", "<p><b>", ["report"]),
        ("tasks/knowledge/table.yaml", "a: 2\n", ["report"]),
        ("tasks/demo/raw.csv", "2\n", []),
        ("tasks/many/one.py", "A = 2\n", ["ingest"]),
        ("tasks/many/two.py", "B = 1\n", ["ingest"]),
        ("requirements.lock", "jax==1\n", ["infer", "report", "ingest"]),
    ],
)
def test_a_change_counts_for_the_stages_that_use_it(checkout, path, content, stages):
    assert changed(checkout, path, content) == stages


def test_a_report_edit_never_reruns_the_sampler():
    root = code_root()
    used = {path.relative_to(root).as_posix() for path in modules_of("infer")}
    assert "tasks/infer.py" in used
    assert "ssm_core/__init__.py" in used
    assert not any(path.startswith(("tasks/reporting", "tasks/llm", "flows/")) for path in used)


def test_code_json_is_written_only_when_a_hash_changes(tmp_path, monkeypatch):
    hashes = dict.fromkeys(STAGE_NAMES, "a")
    monkeypatch.setattr(code_version, "code_hashes", lambda: dict(hashes))
    refresh(tmp_path)
    path = tmp_path / "code.json"
    assert json.loads(path.read_text()) == hashes
    first = path.stat()
    refresh(tmp_path)
    assert path.stat().st_ino == first.st_ino
    hashes["report"] = "b"
    refresh(tmp_path)
    assert json.loads(path.read_text())["report"] == "b"
