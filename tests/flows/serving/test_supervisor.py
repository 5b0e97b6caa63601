"""Laws of serving without end: a server that goes is told of in one line and awaited, and nothing outlives a stop."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

import flows.serving.links as links_module
import flows.serving.supervisor as supervisor
from flows.console import MARK, RELAYED, announce
from flows.locking import held, next_in_line, only_run
from flows.serving.links import Up
from flows.serving.order import Order, cut_off
from flows.serving.server import Server
from flows.serving.supervisor import keep_serving, log_path
from schemas.manifest import RunLog
from tasks.artifacts import write_document

SERVES = """
import json, os, sys, time
order = json.loads(sys.stdin.readline())
print("noise of a library", flush=True)
print("\\x1eserving " + ",".join(order["studies"]) + " at " + os.environ.get("PREFECT_API_URL", ""), flush=True)
sys.stdin.readline()
"""
FAILS = "import sys; sys.exit(7)"
ORDER = Order(("one", "two"), "0 6 * * *", watch=True)


class Scripted:
    """A server that is there, or not, as the test says."""

    remedy = "waiting."

    def __init__(self):
        self.there, self.ended = True, False

    def api(self):
        return "http://127.0.0.1:1/api" if self.there else None

    def answers(self, api):
        return self.there

    def dead(self):
        return self.ended


@pytest.fixture
def served(monkeypatch, tmp_path, capfd):
    """Starts serving in a thread; `heard(text, n)` waits until the user has read `text` n times."""
    monkeypatch.setenv("CAUSAL_SSM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(supervisor, "POLL", 0.02)
    stop, errors, said = threading.Event(), [], [""]

    def start(link, script=SERVES):
        monkeypatch.setattr(supervisor, "COMMAND", (sys.executable, "-c", script))

        def work():
            try:
                keep_serving(ORDER, link, stop)
            except RuntimeError as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    def heard(text, times=1):
        deadline = time.monotonic() + 30
        while said[0].count(text) < times:
            assert time.monotonic() < deadline, said[0]
            time.sleep(0.02)
            said[0] += capfd.readouterr().err
        return said[0]

    yield start, heard, stop, errors
    stop.set()


def test_what_is_announced_reaches_the_user_and_the_rest_the_log(served):
    start, heard, stop, _ = served
    thread = start(Scripted())
    told = heard("serving one,two at http://127.0.0.1:1/api")
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert "noise" not in told
    assert log_path().read_text() == "noise of a library\n"
    assert log_path().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("how", ["silent", "ended"])
def test_a_server_that_goes_is_told_of_once_and_serving_goes_on_when_it_is_back(served, how):
    start, heard, stop, errors = served
    link = Scripted()
    thread = start(link)
    heard("serving one,two")
    link.there, link.ended = False, how == "ended"
    heard("The Prefect server at http://127.0.0.1:1 no longer answers; waiting.")
    time.sleep(0.2)
    link.there, link.ended = True, False
    told = heard("serving one,two", 2)
    assert told.count("no longer answers") == 1
    stop.set()
    thread.join(30)
    assert errors == []


def test_a_stop_while_no_server_is_there_is_a_stop(served):
    start, _, stop, errors = served
    link = Scripted()
    link.there = False
    thread = start(link)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert errors == []


def test_a_process_that_ends_again_and_again_is_given_up_with_the_place_that_says_why(served):
    start, heard, _, errors = served
    thread = start(Scripted(), FAILS)
    told = heard("ended with status 7; it is started again", supervisor.ATTEMPTS - 1)
    thread.join(30)
    assert "Traceback" not in told
    assert [str(error) for error in errors] == [f"the process that serves ended 3 times; {log_path()} says why"]


def test_nothing_that_was_started_outlives_a_stop(served, tmp_path):
    start, heard, stop, _ = served
    started = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("\\x1echild " + str(child.pid) + " end", flush=True)
sys.stdin.readline(); sys.stdin.readline()
"""
    thread = start(Scripted(), started)
    pid = int(heard(" end").split("child ")[1].split()[0])
    stop.set()
    thread.join(30)
    deadline = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_server_that_is_up_again_elsewhere_is_found_and_named(monkeypatch, capfd):
    present = [Server("http://127.0.0.1:1", 1), None, Server("http://127.0.0.1:2", 2), Server("http://127.0.0.1:2", 2)]
    monkeypatch.setattr(links_module, "running", lambda: present.pop(0))
    up = Up()
    assert [up.api() for _ in range(4)] == ["http://127.0.0.1:1/api", None, *2 * ["http://127.0.0.1:2/api"]]
    told = capfd.readouterr().err.splitlines()
    assert told == [
        "Server and UI: http://127.0.0.1:1",
        "Server and UI: http://127.0.0.1:2",
        "The Prefect server at http://127.0.0.1:2 is back.",
    ]


def test_an_announcement_is_marked_only_on_its_way_through_serve(monkeypatch, capfd):
    monkeypatch.delenv(RELAYED, raising=False)
    announce("one\ntwo")
    monkeypatch.setenv(RELAYED, "1")
    announce("one\ntwo")
    assert capfd.readouterr().err == f"one\ntwo\n{MARK}one\n{MARK}two\n"


def test_an_order_survives_the_way_to_the_process_that_serves():
    assert Order.read(ORDER.line()) == ORDER


@pytest.mark.parametrize(
    ("finished", "error", "late"),
    [
        ("2024-01-01T00:00:00+00:00", None, False),
        (None, None, True),
        ("2024-01-01T00:00:00+00:00", "StudyError: expected a number, got 'x'", False),
        ("2024-01-01T00:00:00+00:00", "ConnectError: All connection attempts failed", True),
    ],
)
def test_a_run_is_made_up_when_something_else_than_the_study_ended_it(tmp_path, finished, error, late):
    assert not cut_off(tmp_path)
    log = RunLog(id="r", command="run", started="2024-01-01T00:00:00+00:00", finished=finished, llm="off", stages=(),
                 protocol_frozen=None, calls_recorded=0, calls_latency_seconds=(), error=error)  # fmt: skip
    write_document(tmp_path / ".causal-ssm" / "runs" / "r" / "run.json", log)
    assert cut_off(tmp_path) == late


def test_of_two_runs_that_wait_one_is_enough(tmp_path, monkeypatch):
    monkeypatch.delenv("CAUSAL_SSM_LOCK", raising=False)
    queued = threading.Event()
    seen = []

    def wait_in_line():
        os.environ.pop("CAUSAL_SSM_LOCK", None)
        queued.set()
        with next_in_line(tmp_path, wait=30) as ours:
            seen.append(ours)

    assert not held(tmp_path)
    with only_run(tmp_path):
        os.environ.pop("CAUSAL_SSM_LOCK", None)
        assert held(tmp_path)
        first = threading.Thread(target=wait_in_line)
        first.start()
        queued.wait(10)
        deadline = time.monotonic() + 10
        while not (tmp_path / ".causal-ssm" / "waiting").is_file() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        with next_in_line(tmp_path, wait=0) as ours:
            assert not ours
    first.join(30)
    assert seen == [True]
    assert not held(tmp_path)
