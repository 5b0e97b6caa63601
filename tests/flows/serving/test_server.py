"""Laws of `causal-ssm up`: on loopback, private, found by later commands, gone without a trace."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

import flows.embedded
from flows.embedded import prepare
from flows.serving.server import LOOPBACK, Server, environment, home, running
from tasks.artifacts import canonical_json, write_bytes


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUSAL_SSM_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_taken_port_is_status_2_and_named(cli, state):
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        answer = cli("up", "--port", taken.getsockname()[1])
    assert answer.exit_code == 2
    assert "expected a free port for the server" in answer.stderr


def test_a_note_left_by_a_killed_server_is_no_server(state):
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    write_bytes(home() / "server.json", canonical_json(Server(f"http://{LOOPBACK}:{port}", 1)._asdict()))
    assert running() is None


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"url": 1}'])
def test_a_damaged_note_is_no_server(state, text):
    write_bytes(home() / "server.json", text)
    assert running() is None


def test_nothing_is_sent_anywhere_and_nobody_else_is_let_in():
    told = environment(4200)
    assert told["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert told["DO_NOT_TRACK"] == "1"
    assert told["PREFECT_SERVER_API_HOST"] == LOOPBACK


def test_a_run_reports_to_the_server_that_is_up_unless_another_is_configured(monkeypatch, tmp_path):
    monkeypatch.setattr(flows.embedded, "running", lambda: Server("http://127.0.0.1:1", 1))
    for name in [n for n in os.environ if n.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    prepare(tmp_path, verbose=False)
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:2/api"
    prepare(tmp_path, verbose=False)
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:2/api"


@pytest.mark.slow
def test_up_answers_then_ctrl_c_leaves_no_process_and_no_note(state):
    command = [sys.executable, "-m", "flows.cli", "up", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while (server := running()) is None and time.monotonic() < deadline:
            time.sleep(0.3)
        assert server is not None
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert server.url in err
    assert out == "Stopped.\n"
    assert running() is None
    assert not (state / "server.json").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
