"""Real serving through real loss: the server is killed, another one takes over, and a polite kill leaves nothing."""

import os
import signal
import subprocess
import sys
import time

import pytest

from flows.serving.server import running
from flows.versioning import ensure

pytestmark = pytest.mark.faults
PARAMS = "study: {name: tiny, question: Does x change y?, treatment: x, outcome: y}\n"


@pytest.fixture
def study(tmp_path, monkeypatch):
    for name in [n for n in os.environ if n.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CAUSAL_SSM_HOME", str(tmp_path / "state"))
    root = tmp_path / "study"
    (root / "data" / "raw").mkdir(parents=True)
    (root / "data" / "raw" / "panel.csv").write_text("date,x,y\n2024-01-01,1,2\n")
    (root / "params.yaml").write_text(PARAMS)
    ensure(root)
    return root


def read_until(process, text, lines, seconds=300):
    """Lines of standard error until one holds `text`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (line := process.stderr.readline()):
        lines.append(line)
        if text in line:
            return
    raise AssertionError(f"never told: {text}\n{''.join(lines)}")


@pytest.mark.timeout(1200)
def test_serving_outlives_its_server_and_a_polite_kill_ends_it_with_status_0(study):
    command = [sys.executable, "-m", "flows.cli", "serve", str(study), "--cron", "0 6 1 1 *", "--watch"]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        read_until(process, "Serving 1 study", lines)
        first = running()
        assert first is not None
        os.killpg(first.pid, signal.SIGKILL)
        read_until(process, "Serving 1 study", lines)
        second = running()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
    told = "".join(lines) + err
    assert second is not None
    assert second.pid != first.pid
    assert told.count("no longer answers; starting another one.") == 1
    assert "Traceback" not in told
    assert (process.returncode, out) == (0, "Stopped.\n")
    assert running() is None
    with pytest.raises(ProcessLookupError):
        os.kill(second.pid, 0)
