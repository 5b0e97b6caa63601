"""The contract of the command line: exit status, JSON on stdout, one run per study, quick help."""

import fcntl
import json
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import flows.commands.demo
from schemas.stages import STAGE_NAMES
from tasks.settings import set_params

REPOSITORY = Path(__file__).resolve().parents[2]


def test_help_is_quick_and_imports_nothing_heavy():
    program = (
        "import sys, time, flows.cli, click.testing as t;"
        "r = t.CliRunner().invoke(flows.cli.main, ['--help']); print(r.output);"
        "print(sorted({'prefect', 'dvc', 'jax', 'polars', 'pandera'} & set(sys.modules)), time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    told, seconds = done.stdout.splitlines()[-1].rsplit(" ", 1)
    assert told == "[]"
    assert float(seconds) < 0.8  # measured: 0.15; the bound leaves room for a busy machine
    for name in ("init", "run", "stage", "repro", "demo", "identify", "doctor", "recordings"):
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        pytest.param("flows.commands.run, flows.answer", ("prefect", "dvc"), id="a run in which nothing changed"),
        pytest.param("flows.pipeline", ("openai", "networkx"), id="the flows: recipes run in a process of their own"),
    ],
)
def test_nothing_heavy_is_imported_that_is_not_needed(modules, heavy):
    """Numbers and the rest come in only where something is computed."""
    libraries = {*heavy, "jax", "polars", "pandera", "numpy", "scipy"}
    program = f"import sys, {modules}; print(sorted({libraries} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("plain_engine")
def test_with_json_stdout_is_one_json_document(cli, done):
    for words in (
        ("run", done),
        ("repro", done),
        ("stage", "ingest", done),
        ("doctor", done),
        ("recordings", "list", done),
    ):
        answer = cli(*words, "--json")
        json.loads(answer.stdout)
        assert answer.exit_code in (0, 2)
    verdict = json.loads(cli("run", done, "--json").stdout)["verdict"]
    assert verdict["verdict"] == "cannot_tell"


def test_with_json_a_mistake_is_json_too(cli, tmp_path):
    answer = cli("run", tmp_path, "--json")
    assert answer.exit_code == 2
    error = json.loads(answer.stdout)["error"]
    assert error["kind"] == "unusable"
    assert set(error) == {"kind", "expected", "got", "where", "fix"}


@pytest.mark.parametrize("words", [("run", "--force", "cooking"), ("stage", "cooking"), ("cook",), ("init",)])
def test_a_mistyped_command_is_status_2_also_as_json(cli, words):
    assert cli(*words).exit_code == 2
    answer = cli(*words, "--json")
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["kind"] == "usage"


def test_a_users_mistake_reaches_the_user_through_dvc_once(cli, done):
    set_params(done, {"infer.seed": 666})
    answer = cli("repro", done)
    assert answer.exit_code == 2
    assert answer.stderr.count("expected a seed that works") == 1


def test_two_runs_on_one_study_do_not_meet(cli, done):
    with (done / ".causal-ssm" / "lock").open("a+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.truncate(0)
        stream.write("4242 token")
        stream.flush()
        for words in (("run", done), ("stage", "ingest", done), ("repro", done)):
            answer = cli(*words)
            assert answer.exit_code == 2
            assert "process 4242" in answer.stderr


def test_a_lock_does_not_outlive_its_process(cli, done):
    (done / ".causal-ssm" / "lock").write_text("4242 left behind")
    assert cli("stage", "ingest", done).exit_code == 0


def test_what_a_killed_run_was_writing_is_gone_after_the_next(cli, done):
    left = done / ".causal-ssm" / "tmp" / "1dffcc0cb1bc4826b3181c34810c61c8" / "data"
    left.mkdir(parents=True)
    (left / "panel.parquet").write_text("half")
    mark = "1dffcc0cb1bc4826b3181c34810c61c8"
    run = done / ".causal-ssm" / "runs" / "20260101T000000-abcdef"
    run.mkdir(parents=True, exist_ok=True)
    neighbours = [
        done / f".params.yaml.{mark}",
        done / "recordings" / f".0123.json.{mark}",
        done / ".causal-ssm" / f".blobs.json.{mark}",
        done / ".causal-ssm" / "ledger" / f".ingest.json.{mark}",
        run / f".run.json.{mark}",
    ]
    others = [done / f"params.yaml.{mark}", done / ".params.yaml.backup", done / "recordings" / ".keep"]
    for path in [*neighbours, *others]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    assert cli("stage", "ingest", done).exit_code == 0
    assert list((done / ".causal-ssm" / "tmp").glob("*")) == []
    assert [path for path in neighbours if path.exists()] == []
    assert [path for path in others if not path.is_file()] == []


def test_init_makes_a_private_study_that_dvc_knows(cli, tmp_path):
    (tmp_path / "panel.csv").write_text("date,coffee,sleep\n2024-01-01,1,7\n2024-01-02,0,8\n2024-01-03,1,6\n")
    root = tmp_path / "study"
    answer = cli("init", root, "--data", tmp_path / "panel.csv", "--question", "Does coffee change my sleep?", "--json")
    assert answer.exit_code == 0, answer.stdout
    made = json.loads(answer.stdout)
    assert (made["treatment"], made["outcome"]) == ("coffee", "sleep")
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert (root / "dvc.yaml").read_bytes() == (REPOSITORY / "dvc.yaml").read_bytes()
    assert "analytics = false" in (root / ".dvc" / "config").read_text().lower()
    assert tuple(json.loads((root / "code.json").read_text())) == tuple(sorted(STAGE_NAMES))


@pytest.fixture
def shipped(tmp_path, monkeypatch, finished):
    """A stand-in for the shipped demo."""
    folder = tmp_path / "shipped"
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "panel.csv").write_text("date,x,y\n2024-01-01,1,2\n")
    (folder / "recordings").mkdir()
    (folder / "params.yaml").write_bytes((finished / "params.yaml").read_bytes())
    monkeypatch.setattr(flows.commands.demo, "shipped", lambda: folder)


@pytest.mark.usefixtures("plain_engine", "shipped")
def test_the_demo_is_copied_once_and_reused(cli, tmp_path, stand_ins):
    root = tmp_path / "demo-study"
    assert cli("demo", root).exit_code == 0
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    stand_ins.clear()
    assert "nothing was recomputed" in cli("demo", root).stdout
    assert stand_ins == []


@pytest.mark.usefixtures("shipped")
def test_the_demo_never_takes_a_folder_that_holds_something_else(cli, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear diary")
    answer = cli("demo", tmp_path / "mine")
    assert answer.exit_code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["diary.txt"]


@pytest.mark.usefixtures("plain_engine")
def test_a_second_run_with_nothing_changed_is_cheap(cli, done):
    before = time.process_time()
    assert cli("run", done).exit_code == 0
    assert time.process_time() - before < 3


def test_doctor_reports_and_asks_no_server_unless_told(cli, tmp_path):
    findings = {finding["what"]: finding for finding in json.loads(cli("doctor", tmp_path, "--json").stdout)}
    assert findings["language model"]["status"] == "optional"
    assert {findings[name]["status"] for name in ("Python", "time zones", "write permission", "prefect", "dvc")} == {
        "ok"
    }
