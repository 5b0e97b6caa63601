"""Laws of damage to the memory of DVC: run and repro mend it and give the same bytes; what it then says is so."""

import hashlib
import shutil
import stat

import pytest
from dvc.repo import Repo

from flows.provenance.mending import damaged_contents, locked_outputs

pytestmark = pytest.mark.usefixtures("plain_engine")


def halve(path):
    """The first half, with the rights it had: DVC believes what nobody may write."""
    rights = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    path.chmod(rights)


def halve_all(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        halve(path)


def contents(root):
    """Of two outputs, which are gone besides; of a folder the list of its files."""
    for path in ("model/posterior.nc", "data/figures"):
        md5 = locked_outputs(root)[path]
        halve(root / ".dvc/cache/files/md5" / md5[:2] / md5[2:])
    (root / "model/posterior.nc").unlink()
    shutil.rmtree(root / "data/figures")


def records_of_runs(root):
    halve_all(root / ".dvc" / "cache" / "runs")
    (root / "results/report.html").unlink()


def lock_file(root):
    halve(root / "dvc.lock")


def list_of_locks(root):
    (root / ".dvc" / "tmp").mkdir(exist_ok=True)
    (root / ".dvc" / "tmp" / "rwlock").write_text('{"/half')


@pytest.mark.parametrize("damage", [contents, records_of_runs, lock_file, list_of_locks])
@pytest.mark.parametrize(
    "command", [("run",), ("run", "--force", "report"), pytest.param(("repro",), marks=pytest.mark.faults)]
)
def test_after_damage_the_bytes_are_the_same_and_dvc_is_clean(cli, done, outputs, damage, command):
    before = outputs(done)
    damage(done)
    answer = cli(*command[:1], done, *command[1:])
    assert answer.exit_code == 0, answer.stderr
    assert outputs(done) == before
    assert "nothing was recomputed" in cli(command[0], done).stdout
    with Repo(str(done)) as repo:
        assert repo.status() == {}


def test_a_damaged_content_that_dvc_believes_is_replaced_when_it_is_computed_again(cli, done, stand_ins, outputs):
    before = outputs(done)
    contents(done)
    assert cli("run", done).exit_code == 0
    assert {"infer", "explore"} <= set(stand_ins)
    stand_ins.clear()
    locked = {path: md5 for path, md5 in locked_outputs(done).items() if path in {"model/posterior.nc", "data/figures"}}
    assert damaged_contents(done, locked.values()) == []
    (done / "model/posterior.nc").unlink()
    shutil.rmtree(done / "data/figures")
    assert cli("run", done).exit_code == 0
    assert stand_ins == []
    assert outputs(done) == before


def test_contents_are_known_by_their_names_as_dvc_names_them(done):
    assert damaged_contents(done) == []
    posterior = (done / "model/posterior.nc").read_bytes()
    assert locked_outputs(done)["model/posterior.nc"] == hashlib.md5(posterior, usedforsecurity=False).hexdigest()
    assert locked_outputs(done)["data/figures"].endswith(".dir")
    blob = next((done / ".dvc/cache/files/md5").glob("??/*.dir"))
    halve(blob)
    assert damaged_contents(done) == [blob]


@pytest.mark.parametrize("command", ["run", "repro"])
def test_settings_of_dvc_that_cannot_be_read_are_told_and_left_alone(cli, done, command):
    (done / ".dvc" / "config").write_text("[core\n")
    (done / "results/report.html").unlink()
    (done / "results/manifest.json").write_text("{}")
    answer = cli(command, done, *(["--force", "report"] if command == "run" else []))
    assert answer.exit_code == 2, answer.stderr
    assert "settings that DVC can read" in answer.stderr
    assert (done / ".dvc" / "config").read_text() == "[core\n"
