"""How much a run may ask of a language model, counted per call that leaves the machine."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from schemas.errors import StudyError
from schemas.params import Llm
from schemas.recording import Reply, Request, Role
from tasks.llm.faults import BudgetSpent


class Client(Protocol):
    """Anything that answers one request: a server, or a script in a test."""

    def complete(self, request: Request) -> Reply:
        """The reply to `request`."""
        ...


class Spent(NamedTuple):
    """One answered call, for the run log: no stage output holds a duration."""

    role: Role
    seconds: float
    tokens: int


class Metered:
    """A client that stops before the call that would exceed the budget; retries count as calls.

    Args:
        client: who answers.
        max_calls: calls allowed in this run.
        max_tokens: tokens allowed in this run, sent and received, as the server counts them.
        parallel: calls allowed at the same moment.
    """

    def __init__(self, client: Client, max_calls: int, parallel: int = 2, max_tokens: int | None = None) -> None:
        """Start with nothing spent."""
        self._client, self._max_calls, self._calls = client, max_calls, 0
        self._max_tokens, self._tokens = max_tokens, 0
        self._slots, self._count = threading.BoundedSemaphore(parallel), threading.Lock()
        self.log: list[Spent] = []

    def complete(self, request: Request) -> Reply:
        """Pass the request on when the budget allows it.

        Raises:
            BudgetSpent: before anything is sent.
        """
        with self._slots:
            with self._count:
                if self._calls >= self._max_calls:
                    raise BudgetSpent("max_calls", self._max_calls)
                if self._max_tokens is not None and self._tokens >= self._max_tokens:
                    raise BudgetSpent("max_total_tokens", self._max_tokens)
                self._calls += 1
            start = time.perf_counter()
            reply = self._client.complete(request)
            tokens = (reply.prompt_tokens or 0) + (reply.completion_tokens or 0)
            with self._count:
                self._tokens += tokens
                self.log.append(Spent(request.prompt, time.perf_counter() - start, tokens))
            return reply


@contextmanager
def open_client(llm: Llm) -> Generator[Metered]:
    """The metered client that `params.yaml` describes; one per run, so that its budget is the run's.

    Raises:
        StudyError: no model named, or no key for the hosted service.
    """
    if not llm.model:
        raise StudyError(
            "the name of a language model",
            "nothing",
            "configure.llm.model in params.yaml",
            "set configure.llm.model (and configure.llm.base_url for a server of your own), or use --llm off",
        )
    from tasks.llm.client import ChatClient  # noqa: PLC0415 - importing openai takes over a second

    with ChatClient(llm) as client:
        yield Metered(client, llm.max_calls, max_tokens=llm.max_total_tokens)
