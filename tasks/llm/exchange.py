"""The one way from a role to a language model: look up or ask, and remember what was asked."""

import contextvars
from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import BaseModel

from schemas.params import Llm
from schemas.protocol import Call
from schemas.recording import Reply, Request
from tasks.llm.budget import Client
from tasks.llm.conversation import TRUNCATED, Conversation, Question, call_of, refuse_private_request
from tasks.llm.faults import RecordingMissing, ReplyUnusable, Transient
from tasks.llm.privacy import refuse_secrets
from tasks.llm.store import Store, request_sha256

__all__ = ["Answerer", "RecordingMissing", "ReplyUnusable", "Transient", "call_and_store", "recording", "replaying"]


class Answerer:
    """Answers the questions of the roles from one source of replies, and remembers what it was asked.

    Args:
        llm: model, temperature and seed.
        source: gives the reply to a request; see `replaying` and `recording`.
        parallel: how many conversations may run at the same moment.
    """

    def __init__(self, llm: Llm, source: Callable[[Request], Reply], parallel: int = 1) -> None:
        """Nothing is asked yet."""
        self._llm, self._source, self._parallel = llm, source, parallel
        self._asked: list[Request] = []
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every reply that was used or rejected, in the order of the questions: for protocol and manifest."""
        return tuple(self._calls)

    @property
    def asked(self) -> tuple[Request, ...]:
        """Every request so far, the missing one included: what `recordings list` calls needed."""
        return tuple(self._asked)

    def ask[Document: BaseModel](self, question: Question[Document]) -> Document:
        """The checked reply to one question.

        Raises:
            RecordingMissing: in replay, when a recording is not there.
            ReplyUnusable: when no turn brought an acceptable reply.
        """
        return self.ask_each((question,))[0]

    def replies(self, requests: Sequence[Request]) -> tuple[Reply, ...]:
        """The replies to requests that are answered by one word, in their order; the role judges what they say.

        Raises:
            RecordingMissing: in replay, the first that is not there, after all have been looked for.
            StudyError: a private text in a request.
        """

        def look(request: Request) -> Reply | RecordingMissing:
            refuse_private_request(request)
            try:
                return self._source(request)
            except RecordingMissing as fault:
                return fault

        self._asked += requests
        if self._parallel > 1 and len(requests) > 1:
            with ThreadPoolExecutor(self._parallel) as pool:
                running = [pool.submit(contextvars.copy_context().run, look, each) for each in requests]
                found = [future.result() for future in running]
        else:
            found = [look(each) for each in requests]
        answered = [
            (request, reply) for request, reply in zip(requests, found, strict=True) if isinstance(reply, Reply)
        ]
        self._calls += [call_of(request, reply) for request, reply in answered]
        for fault in found:
            if isinstance(fault, RecordingMissing):
                raise fault
        return tuple(reply for _, reply in answered)

    @property
    def llm(self) -> Llm:
        """Model, temperature and seed."""
        return self._llm

    def ask_each[Document: BaseModel](self, questions: Sequence[Question[Document]]) -> tuple[Document, ...]:
        """The checked replies to several independent questions, in their order.

        Raises:
            RecordingMissing: in replay, when a recording is not there.
            ReplyUnusable: when no turn brought an acceptable reply to one of them.
        """
        conversations, faults = self._held(questions)
        for fault in faults:
            if fault is not None:
                raise fault
        return tuple(each.document for each in conversations if each.document is not None)

    def ask_any[Document: BaseModel](self, questions: Sequence[Question[Document]]) -> tuple[Document, ...]:
        """The checked replies to several wordings of one question; those without an acceptable reply are left out.

        Raises:
            RecordingMissing: in replay, when a recording is not there.
            ReplyUnusable: when no wording brought an acceptable reply.
        """
        conversations, faults = self._held(questions)
        documents = tuple(each.document for each in conversations if each.document is not None)
        for fault in faults:
            if fault is not None and not (documents and isinstance(fault, ReplyUnusable)):
                raise fault
        return documents

    def _held[Document: BaseModel](
        self, questions: Sequence[Question[Document]]
    ) -> tuple[list[Conversation[Document]], list[BaseException | None]]:
        """Every conversation to its end, with its fault where it has one; all requests and calls are noted."""
        conversations = [Conversation(question, self._llm, self._source) for question in questions]
        if self._parallel > 1 and len(conversations) > 1:
            with ThreadPoolExecutor(self._parallel) as pool:
                running = [pool.submit(contextvars.copy_context().run, each.hold) for each in conversations]
            faults = [future.exception() for future in running]
        else:
            faults = [_fault_of(each.hold) for each in conversations]
        for each in conversations:
            self._asked += each.asked
            self._calls += each.calls
        return conversations, faults


def _fault_of(hold: Callable[[], None]) -> BaseException | None:
    """Run one conversation; its fault is raised by the caller after all have been noted."""
    try:
        hold()
    except (RecordingMissing, ReplyUnusable) as fault:
        return fault
    return None


def replaying(root: Path, llm: Llm) -> Answerer:
    """Answers from `recordings/` only; the network is never touched."""
    store = Store.of(root)

    def source(request: Request) -> Reply:
        reply = store.read(request)
        if reply is None:
            raise RecordingMissing(request, request_sha256(request), store.folder)
        return reply

    return Answerer(llm, source)


def recording(
    root: Path,
    llm: Llm,
    call: Callable[[Request], Reply],
    *,
    live: bool = False,
    parallel: int = 2,
    fresh: Container[str] = (),
) -> Answerer:
    """Asks for what is missing before a stage replays it; a reply that was cut off counts as missing.

    Args:
        root: the study.
        llm: model, temperature and seed.
        call: asks and stores, usually a task with retries around `call_and_store`.
        live: ask for everything again, whatever is recorded.
        parallel: how many conversations may run at the same moment.
        fresh: requests that were already asked for in this run, by hash.
    """
    store = Store.of(root)

    def source(request: Request) -> Reply:
        known = None if live and request_sha256(request) not in fresh else store.read(request)
        cut_off = known is not None and known.finish_reason == TRUNCATED and request.max_tokens is None
        return known if known is not None and not cut_off else call(request)

    return Answerer(llm, source, parallel)


def call_and_store(request: Request, store: Store, client: Client) -> Reply:
    """Ask once and keep the reply.

    Raises:
        Transient: worth another try after a pause.
        StudyError: a private text in the request, a key in the reply, or a fault that another try does not cure.
    """
    refuse_private_request(request)
    reply = client.complete(request)
    refuse_secrets(reply.model_dump_json(), f"the reply to the language-model role '{request.prompt}'")
    store.write(request, reply)
    return reply
