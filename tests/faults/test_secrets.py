"""A planted key, through the whole program with Prefect's real engine, is in no file and in no word it says."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows.versioning import ensure
from schemas.recording import Request
from tasks.settings import set_params
from tasks.setup.create import TEMPLATE
from tests.faults.conftest import SHORT, start
from tests.tasks.modelling.test_asking import COUNTED, Model, raw

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]
PLANTED = "sk-planted-9Zq7Xw2Lk4Vb8Nm1Tr5Yp3"


class Server:
    """An OpenAI-compatible server that quotes the key wherever a careless one would."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []
        self.seen: list[str] = []
        model, server = Model(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.seen.append(self.headers["Authorization"])
                status, content = server.faults.pop(0) if server.faults else (200, "")
                if status == 200:
                    content = content or server.answer(model, body)
                    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
                    said = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
                else:
                    said = {"error": {"message": content, "code": None}}
                sent = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._http.server_port}/v1"

    def answer(self, model: Model, body: dict) -> str:
        role = body["response_format"]["json_schema"]["name"]
        if role == "narrative":
            return "{}"
        fields = {"messages": body["messages"], "reply_schema": {}, "temperature": 0, "seed": 0, "prompt_version": "1"}
        request = Request.model_validate({"model": "m", "prompt": role, **fields})
        return model(request).content

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def study(tmp_path: Path, server: Server) -> Path:
    root = tmp_path / "study"
    (root / "data/raw").mkdir(parents=True)
    for name, text in raw().items():
        (root / "data/raw" / name).write_text(text)
    shutil.copyfile(TEMPLATE, root / "params.yaml")
    ensure(root)
    names = {"study.treatment": "coffee", "study.outcome": "sleep", "study.question": "Does coffee change my sleep?"}
    llm = {"configure.llm.model": "m", "configure.llm.base_url": server.address, "configure.llm.prior_samples": 1}
    set_params(root, {**SHORT, **names, **llm, "ingest.variables": COUNTED["variables"]})
    return root


def run(root: Path, home: Path) -> tuple[int, str]:
    """The whole program with the key in its environment; its status and all that it says, tracebacks included."""
    before = {name: os.environ.get(name) for name in ("OPENAI_API_KEY", "HOME", "NO_PROXY")}
    os.environ |= {"OPENAI_API_KEY": PLANTED, "HOME": str(home), "NO_PROXY": "*"}
    try:
        process = start("run", root, "--llm", "record", "-v")
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
    out, err = process.communicate(timeout=600)
    return process.returncode, out + err


def files_with(folder: Path, secret: str) -> list[Path]:
    """Every file below `folder` that holds the secret: logs, caches, databases, artifacts."""
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_planted_key_is_sent_to_the_server_and_stands_nowhere_else(study, server, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    said = []
    for faults in (
        [(500, f"internal error while using {PLANTED}"), (401, f"Incorrect API key provided: {PLANTED}")],
        [(200, json.dumps({"roles": [], "features": [], "note": PLANTED}))],
    ):
        server.faults = faults
        status, words = run(study, home)
        assert status == 2, words
        assert "Traceback" in words  # -v shows where it happened
        said.append(words)
    server.faults = [(429, f"slow down, {PLANTED}")]
    status, words = run(study, home)
    assert status == 0, words
    assert set(server.seen) == {f"Bearer {PLANTED}"}
    assert PLANTED not in "".join([*said, words])
    assert len(list((study / "recordings").glob("*.json"))) >= 3
    assert files_with(tmp_path, PLANTED) == []
    assert files_with(tmp_path, "causal-ssm") != []  # the search does find what is there
