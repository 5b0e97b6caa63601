"""Only what changed: every kind of change against the stages that a run computes because of it.

The code is a copy of the real one, so that the hashes are real; the recipes are stand-ins that say when they run.
"""

import filecmp
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import flows.cli
import flows.provenance.code_version
from flows.provenance.code_version import PACKAGES, code_root, work_out
from flows.versioning import is_committed
from schemas.recording import Message, Reply, Request
from schemas.stages import STAGE_NAMES
from tasks.llm.store import Store
from tasks.settings import set_params
from tests.flows import standins
from tests.flows.conftest import make_study, stand_in
from tests.flows.engine import without_prefect

pytestmark = pytest.mark.usefixtures("plain_engine")
ALL = STAGE_NAMES
FROM_CONFIGURE = ("configure", "infer", "estimate", "report")
FROM_INFER = ("infer", "estimate", "report")
FROM_PROTOCOL = ("configure", "estimate", "report")
"""The protocol itself stays the same, so that nothing is sampled again."""


class Change(NamedTuple):
    """One thing that a person or a program does to a study or to the code, and what must be computed because of it."""

    what: str
    make: Callable[[Path, Path], None]
    computed: tuple[str, ...]


def edit(path: str, old: str, new: str) -> Callable[[Path, Path], None]:
    """Replace a text of the code; it must be there."""

    def make(_study: Path, code: Path) -> None:
        text = (code / path).read_text(encoding="utf-8")
        assert old in text, f"{path} no longer holds {old!r}"
        (code / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return make


def append(path: str, text: str) -> Callable[[Path, Path], None]:
    """Add to the end of a file of the code."""

    def make(_study: Path, code: Path) -> None:
        with (code / path).open("a", encoding="utf-8") as stream:
            stream.write(text)

    return make


def parameter(key: str, value: object) -> Callable[[Path, Path], None]:
    """Write one key of `params.yaml`."""
    return lambda study, _code: set_params(study, {key: value})


def rows(study: Path, _code: Path) -> None:
    with (study / "data/raw/panel.csv").open("a") as stream:
        stream.write("2024-01-02,0,1\n")


def another_file(study: Path, _code: Path) -> None:
    (study / "data/raw/more.csv").write_text("date,z\n2024-01-01,3\n")


def touched(study: Path, code: Path) -> None:
    for path in (study / "data/raw/panel.csv", study / "params.yaml", code / "tasks/infer.py"):
        os.utime(path, (0, 0))


def comment_in_parameters(study: Path, _code: Path) -> None:
    with (study / "params.yaml").open("a") as stream:
        stream.write("# a thought\n")


def reply(role: str) -> Callable[[Path, Path], None]:
    """A new recording of one role."""

    def make(study: Path, _code: Path) -> None:
        request = Request(
            model="m", messages=(Message(role="user", content="?"),), reply_schema={}, temperature=0, seed=0,
            prompt=role, prompt_version="1",
        )  # fmt: skip
        Store.of(study).write(request, Reply(model="m", content="{}", finish_reason="stop"))

    return make


def deleted(*paths: str) -> Callable[[Path, Path], None]:
    """Files of the study are gone."""

    def make(study: Path, _code: Path) -> None:
        for path in paths:
            shutil.rmtree(study / path) if (study / path).is_dir() else (study / path).unlink()

    return make


def caches_gone(study: Path, _code: Path) -> None:
    shutil.rmtree(study / ".dvc" / "cache")
    shutil.rmtree(study / ".causal-ssm" / "cache")


NEW_COMMENT = "\n# a comment\n"
VERDICT = "ssm_core/effects/verdict.py"
CHANGES = (
    Change("nothing", lambda _study, _code: None, ()),
    Change("times of files", touched, ()),
    Change("comment in params.yaml", comment_in_parameters, ()),
    Change("comment in the sampler", append("ssm_core/inference/hmc.py", NEW_COMMENT), ()),
    Change("comment in a recipe", append("tasks/estimate.py", NEW_COMMENT), ()),
    Change("command line", append("flows/cli.py", "\nUNUSED = 1\n"), ()),
    Change("new rows", rows, ALL),
    Change("another raw file", another_file, ALL),
    Change("parameter of ingest", parameter("ingest.day_starts_at", "04:00"), ALL),
    Change("parameter of explore", parameter("explore.max_lag", 3), ("explore", "configure", "report")),
    Change("parameter of configure", parameter("configure.max_adjusters", 3), ("configure",)),
    Change("question", parameter("study.question", "Does x move y?"), FROM_CONFIGURE),
    Change("parameter of infer", parameter("infer.seed", 2), FROM_INFER),
    Change("parameter of estimate", parameter("estimate.horizon", 3), ("configure", "estimate", "report")),
    Change("weights of graphs", parameter("infer.graph_weights", "prior"), FROM_INFER),
    Change("parameter of report", parameter("report.audience", "technical"), ("report",)),
    Change("section of the report", edit("tasks/reporting/lay.py", "def ", "UNUSED = 1\n\n\ndef "), ("report",)),
    Change("prompt of the narrative", append("tasks/llm/prompts/narrative.md", "More.\n"), FROM_PROTOCOL),
    Change("prompt of the graphs", append("tasks/llm/prompts/graphs.md", "More.\n"), FROM_PROTOCOL),
    Change("table of knowledge", append("tasks/knowledge/pairs.tsv", "\n"), ("configure", "report")),
    Change(
        "reader of files", append("tasks/sources/delimited.py", "\nUNUSED = 1\n"), ("ingest", "configure", "report")
    ),
    Change("sampler", append("ssm_core/inference/hmc.py", "\nUNUSED = 1\n"), FROM_INFER),
    Change(
        "verdict's rules", append("ssm_core/effects/verdict.py", "\nUNUSED = 1\n"), ("configure", "estimate", "report")
    ),
    Change("lock file", append("requirements.lock", "# another\n"), ALL),
    Change("reply about graphs", reply("graphs"), ("configure",)),
    Change("narrative", reply("narrative"), ("report",)),
    Change("outputs deleted", deleted("model/posterior.nc", "results/report.html", "data/figures"), ()),
    Change("record of stages deleted", deleted(".causal-ssm/ledger"), ("configure",)),
    Change("Prefect's cache deleted", deleted(".causal-ssm/cache"), ()),
    Change("DVC's cache deleted", deleted(".dvc/cache"), ()),
    Change("both caches deleted", caches_gone, ()),
)


class Base(NamedTuple):
    """A copy of the real code, its hashes, and a study that was brought up to date with it."""

    code: Path
    hashes: dict[str, str]
    study: Path


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Made once."""
    code, study = tmp_path_factory.mktemp("code"), tmp_path_factory.mktemp("base") / "study"
    for package in PACKAGES:
        shutil.copytree(code_root() / package, code / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(code_root() / "requirements.lock", code / "requirements.lock")
    hashes = work_out(code)
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch)
        without_prefect(patch)
        patch.setattr(flows.provenance.code_version, "code_hashes", lambda: dict(hashes))
        make_study(study)
        answer = CliRunner().invoke(flows.cli.main, ["run", str(study)])
    assert answer.exit_code == 0, answer.stderr
    standins.RAN.clear()
    return Base(code, hashes, study)


@pytest.fixture
def code(base):
    """The copy of the code; what a test edits is put back."""
    yield base.code
    for path in (path for path in base.code.rglob("*") if path.is_file()):
        original = code_root() / path.relative_to(base.code)
        if not filecmp.cmp(path, original, shallow=False):
            shutil.copyfile(original, path)


@pytest.fixture
def study(base, tmp_path):
    """A copy of the study."""
    return shutil.copytree(base.study, tmp_path / "study", symlinks=True)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_a_run_computes_what_a_change_concerns_and_dvc_agrees(cli, base, code, study, stand_ins, monkeypatch, change):
    before = {path: (study / path).read_bytes() for path in ("model/posterior.nc", "results/report.html")}
    change.make(study, code)
    hashes = work_out(code)
    monkeypatch.setattr(flows.provenance.code_version, "code_hashes", lambda: dict(hashes))
    answer = cli("run", study)
    assert answer.exit_code == 0, answer.stderr
    assert tuple(stand_ins) == change.computed
    assert is_committed(study)
    if not change.computed:
        assert {path: (study / path).read_bytes() for path in before} == before
