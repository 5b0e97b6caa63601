"""A loopback server that speaks just enough of the OpenAI dialect, and scripted answerers."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from schemas.params import Llm
from schemas.recording import Message, Reply, Request
from tasks.llm.exchange import Answerer


class Planned(NamedTuple):
    """One answer of the fake server."""

    status: int = 200
    content: str | None = "{}"
    finish_reason: str = "stop"
    refusal: str | None = None
    error: dict[str, Any] | None = None
    delay: float = 0.0
    raw: bytes | None = None
    first: dict[str, float] | None = None


class FakeServer:
    """Gives the planned answers in order and keeps what it was sent."""

    def __init__(self) -> None:
        self.plan: list[Planned] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake.headers.append({name.lower(): value for name, value in self.headers.items()})
                fake.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                planned = fake.plan.pop(0)
                time.sleep(planned.delay)
                body = planned.raw or json.dumps(fake.answer(planned)).encode()
                try:
                    self.send_response(planned.status)
                    self.send_header("Content-Type", "text/html" if planned.raw else "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def answer(self, planned: Planned) -> dict[str, Any]:
        if planned.status != 200:
            return {"error": planned.error or {"message": "planned fault"}}
        choice: dict[str, Any] = {"index": 0, "finish_reason": planned.finish_reason}
        if planned.first:
            top = [{"token": token, "logprob": math.log(p), "bytes": None} for token, p in planned.first.items()]
            choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}], "refusal": None}
        message = {"role": "assistant", "content": planned.content, "refusal": planned.refusal}
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "fake-model-2026",
            "choices": [{**choice, "message": message}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }

    def close(self) -> None:
        if not self._thread.is_alive():
            return
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    fake = FakeServer()
    yield fake
    fake.close()


@pytest.fixture
def planned() -> type[Planned]:
    return Planned


@pytest.fixture
def llm() -> Llm:
    return Llm(mode="replay", model="scripted", prior_samples=1)


@pytest.fixture
def request_of() -> Callable[..., Request]:
    def make(text: str = "Why?", **changes: Any) -> Request:
        fields = {
            "model": "scripted",
            "messages": (Message(role="user", content=text),),
            "reply_schema": {"type": "object"},
            "temperature": 0.0,
            "seed": 0,
            "prompt": "variables",
            "prompt_version": "1",
        }
        return Request(**{**fields, **changes})

    return make


class Script:
    """Gives the listed contents in order, and keeps the requests."""

    def __init__(self, *contents: str | dict[str, Any] | Reply) -> None:
        self.contents, self.requests = list(contents), []

    def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        content = self.contents.pop(0)
        if isinstance(content, Reply):
            return content
        text = content if isinstance(content, str) else json.dumps(content)
        return Reply(model="scripted", content=text, finish_reason="stop")


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def answerer(llm: Llm) -> Callable[..., Answerer]:
    return lambda script: Answerer(llm, script)
