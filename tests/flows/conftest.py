"""A study of stand-in stages, and one Prefect server for the whole test session."""

import shutil
import stat
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner

import flows.cli
import flows.commands.repro
import flows.commands.run
import flows.provenance.code_version
import flows.recipes
import tasks.setup.names
from flows.versioning import ensure
from schemas.stages import STAGES
from tasks.artifacts import sha256_of
from tests.flows import standins
from tests.flows.engine import without_prefect

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = """#!{python}
import sys
sys.path.insert(0, {repository!r})
from contextlib import nullcontext
from pathlib import Path
import flows.cli, flows.commands.repro, flows.commands.run, flows.provenance.code_version, flows.recipes
from tests.flows import standins
from tests.flows.engine import without_prefect
flows.commands.repro.environment_bin = lambda: Path(sys.argv[0]).parent
flows.recipes.recipe_of = standins.RECIPES.__getitem__
flows.commands.run.beside = lambda *_: nullcontext()
flows.provenance.code_version.code_hashes = lambda: standins.CODE
flows.cli.main()
"""
PARAMS = """# comments stay
study:
  name: tiny
  question: Does x change y?   # this one too
  treatment: x
  outcome: y
infer: {seed: 1}
"""


def stand_in(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(flows.recipes, "recipe_of", standins.RECIPES.__getitem__)
    patch.setattr(flows.provenance.code_version, "code_hashes", lambda: dict(standins.CODE))
    patch.setattr(flows.commands.run, "beside", lambda *_: nullcontext())  # only this process knows the stand-ins
    patch.setattr(tasks.setup.names, "study_variables", lambda root, params, *_told: ["x", "y", "z"])


def make_study(root: Path) -> None:
    (root / "data" / "raw").mkdir(parents=True)
    (root / "data" / "raw" / "panel.csv").write_text("date,x,y\n2024-01-01,1,2\n")
    (root / "params.yaml").write_text(PARAMS)
    ensure(root)


@pytest.fixture
def stand_ins(monkeypatch, tmp_path_factory):
    """The six stages are the stand-ins, in this process and in the program that DVC starts."""
    standins.RAN.clear()
    stand_in(monkeypatch)
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "causal-ssm"
    program.write_text(PROGRAM.format(python=sys.executable, repository=str(REPOSITORY)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(flows.commands.repro, "environment_bin", lambda: folder)
    return standins.RAN


@pytest.fixture
def new_study(tmp_path, stand_ins):
    """Makes fresh studies with the same content."""

    def make(name: str = "study") -> Path:
        make_study(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def study(new_study):
    """One such study."""
    return new_study()


@pytest.fixture
def plain_engine(monkeypatch):
    """The flows as plain functions; what is tested is our own logic."""
    without_prefect(monkeypatch)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A study after its first run, made once."""
    root = tmp_path_factory.mktemp("finished") / "study"
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch)
        without_prefect(patch)
        make_study(root)
        answer = CliRunner().invoke(flows.cli.main, ["run", str(root)])
    assert answer.exit_code == 0, answer.stderr
    return root


@pytest.fixture
def done(finished, tmp_path, stand_ins):
    """A copy of it; nothing has run since."""
    stand_ins.clear()
    return shutil.copytree(finished, tmp_path / "study", symlinks=True)


@pytest.fixture
def cli(monkeypatch):
    """Calls the command line in this process."""
    monkeypatch.delenv("CAUSAL_SSM_LOCK", raising=False)

    def call(*words: object):
        return CliRunner().invoke(flows.cli.main, [str(word) for word in words], catch_exceptions=False)

    return call


@pytest.fixture(scope="session")
def prefect_server():
    """One loopback server for the session, on a database of its own."""
    from prefect.settings import (  # noqa: PLC0415 - three seconds that other tests need not wait
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415 - as above

    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture
def outputs():
    """Every file of a study that a stage wrote, by content."""
    return lambda root: {path: sha256_of(root / path) for stage in STAGES for path in stage.writes}
