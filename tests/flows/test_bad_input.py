"""What a user can get wrong: exit status 2, one message, nothing half-written, earlier results intact."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tasks.settings import set_params

pytestmark = pytest.mark.usefixtures("plain_engine")


def table(steps: int = 30, x: Callable[[int], object] | None = None, y: Callable[[int], object] | None = None) -> str:
    """A tidy file: a date, an exposure, an outcome, one more column."""
    draw = random.Random(1)
    rows = [
        f"{date(2024, 1, 1) + timedelta(days=i)},{x(i) if x else draw.randint(0, 1)},"
        f"{y(i) if y else round(draw.gauss(5, 1), 2)},{round(draw.gauss(0, 1), 2)}"
        for i in range(steps)
    ]
    return "\n".join(["date,coffee,sleep,steps", *rows]) + "\n"


GOOD = table()


class Case(NamedTuple):
    """One mistake: in the data, in the options, or in the parameters; and words of the message."""

    words: tuple[str, ...]
    raw: str | bytes = GOOD
    options: tuple[str, ...] = ("--treatment", "coffee", "--outcome", "sleep")
    params: dict[str, object] = {}  # noqa: RUF012 - never changed
    appended: str = ""


CASES = {
    "empty file": Case(("panel.csv", "empty"), raw=""),
    "wrong delimiter": Case(("panel.csv",), raw=GOOD.replace(",", "~")),
    "binary garbage": Case(("panel.csv",), raw=bytes(range(256)) * 40),
    "no such treatment": Case(("tea", "coffee"), options=("--treatment", "tea", "--outcome", "sleep")),
    "no such outcome": Case(("mood",), options=("--treatment", "coffee", "--outcome", "mood")),
    "treatment never varies": Case(("coffee",), raw=table(x=lambda i: 1)),
    "outcome constant": Case(("sleep",), raw=table(y=lambda i: 7)),
    "outcome all null": Case(("sleep",), raw=table(y=lambda i: "")),
    "too few steps": Case(("10",), raw=table(steps=7)),
    "duplicate timestamps": Case(("2024-01-30",), raw=GOOD + "2024-01-30,1,5,0\n"),
    "dates in two formats": Case(("31/01/2024",), raw=GOOD + "31/01/2024,1,5,0\n"),
    "no such time zone": Case(("Mars/Olympus",), params={"study.timezone": "Mars/Olympus"}),
    "infinite values": Case(
        ("inf",), raw=GOOD.replace("2024-01-03,", "2024-01-03,").rstrip() + "\n2024-01-31,1,inf,0\n"
    ),
    "question names no variable": Case(("coffee, sleep, steps", "--treatment"), options=("--question", "Am I happy?")),
    "contradictory constraints": Case(
        ("coffee", "sleep"),
        params={
            "configure.require": [{"from": "coffee", "to": "sleep"}],
            "configure.forbid": [{"from": "coffee", "to": "sleep"}],
        },
    ),
    "unknown key": Case(("colour",), appended="\ncolour: red\n"),
    "not YAML": Case(("params.yaml",), appended="\n  - : [\n"),
}


def assert_refused(answer, words):
    assert answer.exit_code == 2, f"{answer.exit_code}\n{answer.stdout}\n{answer.stderr}"
    message = answer.stderr
    assert "Traceback" not in message
    assert message.count(": expected ") == 1
    assert message.count("  got ") == 1
    for word in words:
        assert word in message, message


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_once_and_leaves_nothing_behind(cli, tmp_path, case):
    raw, root = tmp_path / "panel.csv", tmp_path / "study"
    raw.write_bytes(case.raw if isinstance(case.raw, bytes) else case.raw.encode())
    made = cli("init", root, "--data", raw, *case.options)
    if made.exit_code != 0:
        assert_refused(made, case.words)
        assert [path.name for path in tmp_path.iterdir()] == ["panel.csv"]
        return
    before = _prepared(root, case)
    assert_refused(cli("run", root), case.words)
    assert {path: path.read_bytes() for path in before} == before
    assert not list((root / ".causal-ssm" / "tmp").glob("*"))


def _prepared(root: Path, case: Case) -> dict[Path, bytes]:
    """Earlier results and parameters, which a refused run must not change."""
    set_params(root, case.params)
    with (root / "params.yaml").open("a") as stream:
        stream.write(case.appended)
    for name in ("report.html", "verdict.json"):
        (root / "results").mkdir(exist_ok=True)
        (root / "results" / name).write_text("earlier results")
    return {path: path.read_bytes() for path in (root / "params.yaml", *(root / "results").iterdir())}


def test_missing_data_are_named_by_init(cli, tmp_path):
    assert_refused(cli("init", tmp_path / "study", "--data", tmp_path / "none.csv"), ("none.csv",))
    assert list(tmp_path.iterdir()) == []


def test_init_refuses_a_folder_that_holds_something(cli, tmp_path):
    (tmp_path / "panel.csv").write_text(GOOD)
    assert_refused(cli("init", tmp_path, "--data", tmp_path / "panel.csv"), ("not empty",))
    assert [path.name for path in tmp_path.iterdir()] == ["panel.csv"]


@pytest.mark.parametrize("command", ["run", "repro", "recordings list", "recordings rekey"])
def test_a_folder_that_is_no_study_is_refused(cli, tmp_path, command):
    assert_refused(cli(*command.split(), tmp_path), ("params.yaml", "causal-ssm init"))
    assert list(tmp_path.iterdir()) == []


def test_a_study_without_raw_data_is_refused(cli, study):
    (study / "data/raw/panel.csv").unlink()
    assert_refused(cli("run", study), ("at least one data file", "data/raw"))


def test_a_refused_option_leaves_the_parameters_as_they_were(cli, done, stand_ins, outputs):
    before, results = (done / "params.yaml").read_bytes(), outputs(done)
    assert_refused(cli("run", done, "--treatment", "tea"), ("tea",))
    assert (done / "params.yaml").read_bytes() == before
    assert outputs(done) == results
    assert stand_ins == []
