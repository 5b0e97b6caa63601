"""Laws of Ray: what it is asked for without it, and a real one where the extra is installed."""

import importlib.util
import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.scaling import ray_here
from flows.scaling.runners import way_named

needs_ray = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("ray", "prefect_ray")), reason="the extra 'ray' is not here"
)


@pytest.fixture
def asked(monkeypatch):
    """What the task runner is made with; nothing that Ray reads outlives the test."""
    environment = dict(os.environ)
    given = {}
    monkeypatch.setattr(os, "environ", environment)
    stand_in = SimpleNamespace(RayTaskRunner=lambda **words: given.update(words))
    monkeypatch.setattr("flows.scaling.runners.import_module", lambda _name: stand_in)
    for name in [name for name in environment if name.startswith("RAY_")]:
        del environment[name]
    return SimpleNamespace(given=given, environment=environment)


def test_a_ray_of_our_own_sends_nothing_says_nothing_and_takes_loopback(asked):
    way_named("ray").runner(3)
    assert asked.environment.items() >= ray_here.QUIET.items()
    assert asked.environment["RAY_USAGE_STATS_ENABLED"] == "0"
    assert asked.environment["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
    assert asked.environment["RAY_AUTH_MODE"] == "token"
    assert len(asked.environment["RAY_AUTH_TOKEN"]) == 64
    assert asked.given["address"] == "local", "another Ray of this machine is not joined"
    words = asked.given["init_kwargs"]
    assert (words["num_cpus"], words["include_dashboard"], words["log_to_driver"]) == (3, False, False)


def test_the_folder_is_for_nobody_else_and_short_enough_for_sockets(monkeypatch, tmp_path):
    long = tmp_path / "a-folder-with-a-name-that-is-long"
    long.mkdir()
    for usual in ("/tmp", str(long)):
        monkeypatch.setattr(tempfile, "gettempdir", lambda usual=usual: usual)
        folder = ray_here.private_folder()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(str(folder)) <= ray_here.ROOM + len("/ray-12345678")
        folder.rmdir()


@pytest.mark.parametrize("address", ["auto", "127.0.0.1:6379"])
def test_a_cluster_is_told_of_the_server_and_of_threads_and_not_how_to_listen(asked, address):
    asked.environment.update(RAY_ADDRESS=address, PREFECT_API_URL="http://127.0.0.1:1/api", SECRET="x")
    asked.environment.pop("OMP_NUM_THREADS", None)
    way_named("ray").runner(3)
    words = asked.given["init_kwargs"]
    assert words["runtime_env"] == {"env_vars": {"OMP_NUM_THREADS": "1", "PREFECT_API_URL": "http://127.0.0.1:1/api"}}
    assert "num_cpus" not in words, "Ray refuses it of a cluster"
    assert words["log_to_driver"] is False
    assert "address" not in asked.given, "Ray reads it itself"
    assert "RAY_AUTH_TOKEN" not in asked.environment, "the cluster has its own"


def test_the_address_local_is_no_cluster(asked):
    asked.environment["RAY_ADDRESS"] = "local"
    way_named("ray").runner(2)
    assert asked.given["init_kwargs"]["num_cpus"] == 2


@needs_ray
@pytest.mark.slow
def test_a_real_ray_makes_a_row_of_each_and_leaves_nothing(tmp_path):
    """Two studies without data, by relative paths: the table, nothing of Ray's beside it, no process, no folder."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "params.yaml").write_text("study: {name: x}\n")
    scratch = Path(tempfile.mkdtemp(dir="/tmp", prefix="r"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "RAY_"))}
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", "a", "b", "--json", "--runner", "ray"],
        cwd=tmp_path,
        env=environment
        | {"CAUSAL_SSM_HOME": str(tmp_path / "home"), "HOME": str(tmp_path), "TMPDIR": str(scratch)}
        | {"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "XDG_CACHE_HOME": str(Path.home() / ".cache")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(done.stdout)["studies"]
    assert [(row["study"], row["status"]) for row in rows] == [("a", "unusable"), ("b", "unusable")]
    assert "at least one data file" in rows[0]["error"]
    starting, *told = done.stderr.splitlines()
    assert starting.startswith("Starting Prefect")
    assert sorted(line.split(" (")[0] for line in told) == ["a: unusable", "b: unusable"]
    assert not (tmp_path / ".ray").exists(), "no token in the home"
    assert list(scratch.iterdir()) == []
    scratch.rmdir()
