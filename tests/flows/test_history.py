"""Laws of the past: every run is listed, what changed is told with its lineage, and any run can be brought back."""

import http.server
import json
import threading

import pytest

from flows.notify import notify
from flows.provenance.changes import changes
from flows.provenance.history import pasts
from schemas.audit import Finding
from schemas.results import Headline
from tasks.artifacts import Ref

HEADLINE = Headline(
    name="immediate", mean=1.0, sd=0.5, q05=0.2, q50=1.0, q95=1.8, unit="h", horizon=0, contrast="x = 1 versus 0"
)


@pytest.fixture
def grown(cli, done, plain_engine):
    """A study with two answers, the second from one more row."""
    assert cli("run", done).exit_code == 0
    (done / "data/raw/panel.csv").write_text("date,x,y\n2024-01-01,1,2\n2024-01-02,0,2\n")
    assert cli("run", done).exit_code == 0
    return done


def test_history_lists_every_run_and_what_the_last_one_changed(cli, grown):
    told = cli("history", grown).stdout
    assert told.count("cannot tell") == len(pasts(grown))
    assert "The record has 1 steps more (2)." in told
    assert "Raw files that are new, gone or different: panel.csv." in told
    assert "Lineage: the data" in told
    document = json.loads(cli("history", grown, "--json").stdout)
    assert [run["answer"]["steps"] for run in document["runs"]][-2:] == [1, 2]


def test_a_run_that_changes_nothing_has_nothing_to_tell(cli, grown):
    assert "Since the run before" not in cli("run", grown).stdout


def test_any_past_run_is_brought_back_with_its_bytes_and_reported_again(cli, grown, tmp_path, outputs):
    first, second = pasts(grown)[0], pasts(grown)[-1]
    before = outputs(grown)
    target = tmp_path / "past"
    assert cli("history", grown, "--restore", first.id, "--to", target).exit_code == 0
    assert outputs(target) == {ref.path: ref.sha256 for ref in first.refs}
    assert outputs(grown) == before == {ref.path: ref.sha256 for ref in second.refs}
    answer = cli("stage", "report", target)
    assert answer.exit_code in {0, 1}  # the stand-in reads the raw file, which a past run does not hold


def test_what_the_cache_has_lost_is_named_and_nothing_is_written(cli, grown, tmp_path):
    for blob in (grown / ".dvc" / "cache" / "files").rglob("*"):
        if blob.is_file():
            blob.unlink()
    answer = cli("history", grown, "--restore", pasts(grown)[0].id, "--to", tmp_path / "past")
    assert answer.exit_code == 2
    assert "no intact copy of data/panel.parquet" in answer.stderr or "no intact copy of data/" in answer.stderr
    assert not (tmp_path / "past").exists()


@pytest.mark.parametrize("run", ["../../etc", "20240101T000000-abcdef", ""])
def test_a_run_that_never_was_is_status_2(cli, done, tmp_path, run):
    answer = cli("history", done, "--restore", run, "--to", tmp_path / "past")
    assert answer.exit_code == 2
    assert "expected a run that answered" in answer.stderr


def answered(past, **changed):
    return past.model_copy(update={"verdict": past.verdict.model_copy(update=changed)})


def test_a_verdict_that_changes_to_effect_at_a_later_look_is_worded_safely(grown):
    past = pasts(grown)[-1]
    before = answered(past, estimate=HEADLINE)
    now = answered(past, verdict="effect", direction="increase", estimate=HEADLINE.model_copy(update={"mean": 1.8}))
    told = changes(before, now, looks=12)
    assert told[0] == "The verdict changed from 'cannot tell' to 'an effect, upward'."
    assert told[1] == "The estimate moved from +1 to +1.8 h, by 1.6 of its earlier standard deviation: a drift."
    assert "look 12" in told[2]
    assert told[-1].startswith("Lineage: ")


def test_another_estimand_is_not_compared(grown):
    past = pasts(grown)[-1]
    other = HEADLINE.model_copy(update={"mean": 2.0, "horizon": 3})
    told = changes(answered(past, estimate=HEADLINE), answered(past, estimate=other), looks=1)
    assert told[0] == "The headline estimand is another one; the two estimates cannot be compared."


def test_a_break_of_device_or_time_zone_is_told_once(grown):
    past = pasts(grown)[-1]
    finding = Finding(kind="device_change", severity="warning", where="steps", sentence="The watch was changed.")
    broken = past.model_copy(update={"breaks": (finding,)})
    assert "The watch was changed." in changes(past, broken, looks=1)
    assert changes(broken, broken, looks=1) == ()


def test_a_breach_of_what_was_recorded_before_is_told_by_name(grown):
    past = pasts(grown)[-1]
    before = past.model_copy(update={"variables": {"sleep": ("h", "continuous"), "tea": ("cups", "count")}})
    now = past.model_copy(update={"variables": {"sleep": ("min", "continuous"), "mood": ("no unit", "ordinal")}})
    told = changes(before, now, looks=1)
    assert told[:2] == ("Variables that are new: mood.", "Variables that are gone: tea.")
    assert told[2].startswith("sleep was recorded in h (continuous) and is now recorded in min (continuous)")
    assert told[-1].startswith("Lineage: ")
    assert changes(past, now, looks=1) == (), "a note from before variables were noted tells nothing"


def test_an_amended_protocol_and_changed_code_are_told(grown):
    past = pasts(grown)[-1]
    refs = tuple(Ref(r.path, "0" * 64) if r.path == "model/protocol.yaml" else r for r in past.refs)
    told = changes(past, past.model_copy(update={"refs": refs, "code": past.code | {"infer": "other"}}), looks=1)
    assert "The protocol was amended: the two answers are answers to different questions." in told
    assert "The code of infer changed." in told
    assert any("the protocol" in line and "to 00000000" in line for line in told)


def test_a_message_is_posted_on_loopback_and_a_server_that_is_away_sinks_nothing():
    heard = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words):
            """Silent."""

    with http.server.HTTPServer(("127.0.0.1", 0), Ear) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert notify(url, "sleep", "r1", ("The verdict changed.",))
        thread.join()
    assert heard == [{"study": "sleep", "run": "r1", "sentences": ["The verdict changed."]}]
    assert not notify(url, "sleep", "r1", ("again",), seconds=1.0)


def test_damaged_records_of_runs_stop_no_commit_and_lose_nothing(cli, done, plain_engine, outputs):
    before = outputs(done)
    for path in (done / ".dvc" / "cache" / "runs").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert cli("run", done, "--force", "report").exit_code == 0
    assert outputs(done) == before
