"""The temporary server of a run: what it starts from, what it leaves for the next study, what it says when it dies."""

import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from flows import temporary
from flows.temporary import DATABASE, TemporaryServer, sound, template

ANSWERS = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[-1])), Health).serve_forever()
"""
DIES = "import sys; sys.exit('database or disk is full')"


def tables(path):
    with closing(sqlite3.connect(path)) as database:
        return [name for (name,) in database.execute("SELECT name FROM sqlite_master")]


def make(path, name):
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE {name} (x)")


@pytest.fixture
def begun(monkeypatch, tmp_path):
    """Start a server by a program that stands in for Prefect's; it is ended after the test."""
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(tmp_path / "cache"))
    servers = []

    def begin(program=ANSWERS):
        monkeypatch.setattr(temporary, "COMMAND", ("-c", program))
        servers.append(TemporaryServer(tmp_path / "home"))
        return servers[-1]

    yield begin
    for server in servers:
        server._end()


def test_the_first_study_leaves_its_empty_tables_privately_and_the_next_starts_from_them(begun, tmp_path):
    server = begun()
    make(tmp_path / "home" / DATABASE, "made_by_migrations")
    assert server.api().startswith("http://127.0.0.1:")
    assert tables(template()) == ["made_by_migrations"]
    assert stat.S_IMODE(template().stat().st_mode) == 0o600
    (tmp_path / "home" / DATABASE).unlink()
    begun()
    assert tables(tmp_path / "home" / DATABASE) == ["made_by_migrations"]


def test_a_database_that_knows_of_a_study_is_never_left_for_another(begun, tmp_path):
    make(tmp_path / "home" / DATABASE, "of_an_earlier_run")
    begun().api()
    assert not template().exists()
    assert tables(tmp_path / "home" / DATABASE) == ["of_an_earlier_run"]


@pytest.mark.parametrize("which", ["study", "template"])
def test_a_damaged_database_is_not_started_from(begun, tmp_path, monkeypatch, which):
    monkeypatch.setenv("CAUSAL_SSM_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "home" / DATABASE if which == "study" else template()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no database" * 1000)
    assert not sound(path)
    begun()
    assert not (tmp_path / "home" / DATABASE).exists()


def test_a_server_that_dies_is_started_again_and_then_told_with_its_last_words(begun):
    with pytest.raises(RuntimeError, match="database or disk is full"):
        begun(DIES).api()


def test_a_server_whose_run_was_killed_ends_by_itself(tmp_path):
    program = (
        "import os, signal, sys; from pathlib import Path; from flows.temporary import TemporaryServer;"
        "server = TemporaryServer(Path(sys.argv[1])); server.api(); print(server._process.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "home")]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert told.returncode == -signal.SIGKILL, told.stderr
    deadline = time.monotonic() + 60
    while runs(int(told.stdout)):
        assert time.monotonic() < deadline, "the server outlived its run by a minute"
        time.sleep(0.2)


def runs(pid):
    """Whether a process is there and no mere entry that nobody has collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
