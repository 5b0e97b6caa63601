"""Laws of recorded replies under faults: none is lost, a damaged one is named, a dead network is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import flows.commands.demo
from flows.versioning import ensure
from tasks.llm.store import load
from tasks.settings import set_params
from tests.faults.conftest import LONGEST, ends, kill, outputs, start, succeeds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


class Model:
    """A server that answers as the shipped study's recordings do; `hear` is told the number of each request."""

    def __init__(self) -> None:
        folder = flows.commands.demo.shipped() / "recordings"
        recordings = [load(path) for path in sorted(folder.glob("*.json"))]
        self.replies = {self._key([m.model_dump() for m in r.request.messages]): r.reply.content for r in recordings}
        self.asked: list[str] = []
        self.hear: Callable[[int], None] = lambda _: None
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = model._key(body["messages"])
                model.asked.append(key)
                model.hear(len(model.asked))
                message = {"role": "assistant", "content": model.replies[key]}
                text = json.dumps(
                    {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
                     "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
                ).encode()  # fmt: skip
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @staticmethod
    def _key(messages: list[dict[str, str]]) -> str:
        return json.dumps([[m["role"], m["content"]] for m in messages])


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def demo(tmp_path):
    """The shipped study without its recordings, with its own draws: the last reply is written for their verdict."""
    import shutil  # noqa: PLC0415 - beside its only use

    root, source = tmp_path / "study", flows.commands.demo.shipped()
    shutil.copytree(source / "raw", root / "data" / "raw")
    shutil.copyfile(source / "params.yaml", root / "params.yaml")
    (root / "recordings").mkdir()
    ensure(root)
    return root


def recordings(root):
    return {path.name: load(path).reply_sha256 for path in (root / "recordings").glob("*.json")}


def test_kills_while_a_model_is_asked_lose_no_recording_and_only_what_is_missing_is_asked_again(demo, model):
    set_params(demo, {"configure.llm.base_url": model.address})
    kept: dict[str, str] = {}
    for fatal in (1, 3, 4):
        struck = threading.Event()

        def strike(number: int, fatal: int = fatal, struck: threading.Event = struck) -> None:
            if number >= fatal and not struck.is_set():
                struck.set()
                time.sleep(1.0)

        model.hear = strike
        process = start("run", demo, "--llm", "record")
        deadline = time.monotonic() + LONGEST
        while not struck.is_set() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        assert struck.is_set(), process.communicate()
        kill(process)
        now = recordings(demo)
        assert kept.items() <= now.items()
        kept = now
    model.hear = lambda _: None
    succeeds("run", demo, "--llm", "record")
    assert kept.items() <= recordings(demo).items()
    unanswered = len(model.asked) - len(recordings(demo))
    assert unanswered <= 3 * 2, "only a request that was under way when its asker was killed is put again"
    before, asked = outputs(demo), len(model.asked)
    assert "nothing was recomputed" in succeeds("run", demo)
    _halve_every_recording(demo)
    whole = outputs(demo)
    answer = ends("run", demo, "--force", "configure")
    assert answer.returncode == 2, answer.stderr
    assert "expected a recording as it was written" in answer.stderr
    assert any(path.name in answer.stderr for path in (demo / "recordings").glob("*.json"))
    assert "Traceback" not in answer.stderr
    assert outputs(demo) == whole == before
    assert {path.name for path in (demo / "recordings").glob("*.json")} >= kept.keys()
    assert len(model.asked) == asked, "a replay never asks"


def _halve_every_recording(root):
    for path in (root / "recordings").glob("*.json"):
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_a_refused_network_is_told_and_every_earlier_result_stays(undisturbed, done):
    set_params(done, {"configure.llm.base_url": "http://127.0.0.1:9/v1", "configure.llm.model": "none"})
    settings = (done / "params.yaml").read_bytes()
    answer = ends("run", done, "--llm", "live", "--json")
    assert answer.returncode == 2, answer.stderr
    error = json.loads(answer.stdout)["error"]
    assert error["kind"] == "unusable"
    assert "no connection" in error["got"]
    assert outputs(done) == undisturbed.outputs
    assert (done / "params.yaml").read_bytes() == settings


def test_two_runs_at_once_one_runs_and_the_other_is_told(undisturbed, fresh):
    first, second = start("run", fresh), start("run", fresh)
    told = [process.communicate(timeout=LONGEST)[1] for process in (first, second)]
    codes = sorted(process.returncode for process in (first, second))
    assert codes in ([0, 2], [0, 0]), told
    if codes == [0, 2]:
        assert "a run that has not ended yet" in told[0] + told[1]
    assert outputs(fresh) == undisturbed.outputs
