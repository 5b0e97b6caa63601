"""The law of privacy: a whole run, with its server, DVC and every process they start, turns to this machine only."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import flows.commands.repro
from schemas.stages import STAGES

HOOKS = Path(__file__).parent / "hooks"
SILENCERS = ("DO_NOT_TRACK", "DVC_NO_ANALYTICS", "CAUSAL_SSM_LOCK", "CI")


@pytest.fixture
def watched(tmp_path):
    """Runs a program without the test suite's own settings; every Python below it writes down its addresses."""
    log = tmp_path / "addresses"
    kept = {n: v for n, v in os.environ.items() if not n.startswith("PREFECT_") and n not in SILENCERS}
    environment = kept | {"PYTHONPATH": str(HOOKS), "CAUSAL_SSM_SOCKETS": str(log)}

    def call(*words: object) -> list[list[str]]:
        done = subprocess.run(
            [str(word) for word in words], env=environment, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stderr
        return [line.split(maxsplit=2)[1:] for line in log.read_text().splitlines()]

    return call


def test_the_watch_sees_and_refuses_what_leaves_the_machine(watched):
    program = (
        "import socket\n"
        "for host in ('192.0.2.1', 'example.org'):\n"
        "    try:\n"
        "        socket.create_connection((host, 9), timeout=1)\n"
        "    except PermissionError:\n"
        "        continue\n"
        "    raise SystemExit(1)\n"
    )
    seen = watched(sys.executable, "-c", program)
    assert [line for line in seen if line[0] == "beyond"] == [
        ["beyond", "socket.getaddrinfo 192.0.2.1"],
        ["beyond", "socket.getaddrinfo example.org"],
    ]


def private(root):
    """Whether everything that the study's stages and our records wrote is for its owner only."""
    written = [root / path for stage in STAGES for path in stage.writes]
    written += [path for path in (root / ".causal-ssm").rglob("*") if path.is_file()]
    files = [file for path in written for file in (path.rglob("*") if path.is_dir() else [path])]
    return [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


@pytest.mark.slow
def test_a_run_with_its_server_turns_to_this_machine_only_and_writes_for_its_owner_only(study, watched):
    seen = watched(flows.commands.repro.environment_bin() / "causal-ssm", "run", study)
    assert any("uvicorn" in told for kind, told in seen if kind == "began"), "Prefect's server was watched"
    assert any(told.startswith("socket.connect 127.0.0.1") for kind, told in seen if kind == "here")
    assert any(told.startswith("socket.bind 127.0.0.1") for kind, told in seen if kind == "here")
    assert [told for kind, told in seen if kind == "beyond"] == []
    assert private(study)


@pytest.mark.slow
def test_a_repro_with_dvc_and_every_stage_turns_to_this_machine_only_and_writes_for_its_owner_only(study, watched):
    seen = watched(flows.commands.repro.environment_bin() / "causal-ssm", "repro", study)
    began = [told for kind, told in seen if kind == "began"]
    assert any("dvc repro" in told for told in began)
    assert sum("causal-ssm stage" in told for told in began) == len(STAGES)
    assert [told for kind, told in seen if kind == "beyond"] == []
    assert private(study)
