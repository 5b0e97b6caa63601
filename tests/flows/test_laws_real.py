"""The two laws of DESIGN with the real six stages: `run` leaves DVC clean, `repro` gives the same bytes.

Reads the shipped demo, with a shorter sampler; what is compared is bytes, not statistics.
"""

import shutil
import stat
import sys
from pathlib import Path

import pytest
from dvc.repo import Repo

import flows.commands.demo
import flows.commands.repro
import flows.provenance.code_version
from flows.provenance.code_version import code_hashes
from flows.versioning import ensure
from tasks.settings import set_params

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = """#!{python}
import sys
sys.path.insert(0, {repository!r})
import flows.cli, flows.provenance.code_version
flows.provenance.code_version.code_hashes = lambda: {hashes!r}
flows.cli.main()
"""
SHORT = {"infer.chains": 4, "infer.draws": 40, "infer.most_draws": 40, "infer.starts": 2}

pytestmark = [pytest.mark.slow, pytest.mark.mcmc, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
def real_program(tmp_path_factory, monkeypatch):
    """What DVC calls, whether or not the project is installed here."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "causal-ssm"
    hashes = code_hashes()  # once: an edit of the code while the test runs would rightly count as a change
    monkeypatch.setattr(flows.provenance.code_version, "code_hashes", lambda: hashes)
    program.write_text(PROGRAM.format(python=sys.executable, repository=str(REPOSITORY), hashes=hashes))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(flows.commands.repro, "environment_bin", lambda: folder)


def demo_study(root):
    source = flows.commands.demo.shipped()
    shutil.copytree(source / "raw", root / "data" / "raw")
    shutil.copytree(source / "recordings", root / "recordings")
    shutil.copyfile(source / "params.yaml", root / "params.yaml")
    set_params(root, SHORT | {"configure.llm.mode": "off"})
    ensure(root)
    return root


def status(root):
    with Repo(str(root)) as repo:
        return repo.status()


@pytest.mark.usefixtures("real_program")
def test_repro_from_scratch_gives_the_same_bytes_as_run(cli, tmp_path, outputs):
    first, second = demo_study(tmp_path / "first"), demo_study(tmp_path / "elsewhere" / "second")
    answer = cli("run", first)
    assert answer.exit_code == 0, answer.stderr
    assert status(first) == {}
    assert "nothing was recomputed" in cli("repro", first).stdout
    answer = cli("repro", second)
    assert answer.exit_code == 0, answer.stderr
    assert outputs(first) == outputs(second)
    assert "missing" not in outputs(first).values()
    assert status(second) == {}
    before = outputs(second)
    assert cli("run", second, "--force", "infer").exit_code == 0
    assert outputs(second) == before
