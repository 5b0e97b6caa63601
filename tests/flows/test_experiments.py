"""Laws of `dvc exp run` where the study is a Git repository: it runs what depends on a parameter, and can go back."""

import os
import shutil
import subprocess
import sys

import pytest

import flows.commands.repro
from tasks.settings import load_params

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("plain_engine")]
IGNORED = "/data/\n/model/\n/results/\n/inbox/\n/.causal-ssm/\n"


@pytest.fixture
def call(done, stand_ins):
    """Runs a command in the study, with our environment on PATH as `docs/versions.md` says."""
    if shutil.which("git") is None:
        pytest.skip("Git is not installed")
    path = os.pathsep.join([str(flows.commands.repro.environment_bin()), os.environ["PATH"]])
    known = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def run(*words: str) -> str:
        command = [sys.executable, "-m", *words] if words[0] == "dvc" else words
        ended = subprocess.run(
            command, cwd=done, env=os.environ | known | {"PATH": path}, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    return run


def test_an_experiment_runs_what_depends_on_the_parameter_and_goes_back(cli, done, call, outputs, stand_ins):
    before = outputs(done)
    call("git", "init", "--quiet")
    (done / ".gitignore").write_text(IGNORED)
    call("dvc", "config", "core.no_scm", "false")
    call("git", "add", ".")
    call("git", "commit", "--quiet", "--message", "before")
    assert "outputs" not in call("git", "ls-files")
    call("dvc", "exp", "run", "--set-param", "infer.seed=7", "--name", "seven")
    after = outputs(done)
    changed = {path for path in before if after[path] != before[path]}
    assert {"model/posterior.nc", "results/effects.parquet", "results/report.html"} <= changed
    assert not {path for path in changed if path.startswith("data/")}
    assert load_params(done).infer.seed == 7
    assert "# comments stay" in (done / "params.yaml").read_text()
    assert "seven" in call("dvc", "exp", "show", "--csv")
    assert "nothing was recomputed" in cli("run", done).stdout
    call("git", "checkout", "--quiet", "--force", "HEAD")
    call("dvc", "checkout", "--quiet", "--force")
    assert outputs(done) == before
    assert "nothing was recomputed" in cli("repro", done).stdout
    call("dvc", "exp", "apply", "seven")
    assert outputs(done) == after
