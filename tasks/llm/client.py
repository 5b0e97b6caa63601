"""The OpenAI chat-completions dialect: one request out, one reply back, faults told apart.

Hosted models, vLLM, Ollama and llama.cpp differ in `base_url` only. The key comes from the environment
and stands in no message of this module; the text of a 401 or 403 is withheld, as servers quote the key in it.
"""

from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion import ChoiceLogprobs

from schemas.errors import StudyError
from schemas.params import Llm
from schemas.recording import Reply, Request, Token
from tasks.llm.faults import Transient
from tasks.llm.privacy import KEY_VARIABLE, secret_in, server_key
from tasks.llm.reply_schema import bounded

HOSTED = "https://api.openai.com/v1"
_BUSY = frozenset({408, 409, 425, 429})
_REFUSED_KEY = frozenset({401, 403})
_ALTERNATIVES = ("logprobs", "top_logprobs")
_BOUNDS = ("maxlength", "minitems", "maxitems", "grammar")


class ChatClient:
    """A connection to one server; use it as a context manager, so that its sockets are closed."""

    def __init__(self, llm: Llm) -> None:
        """Check what can be checked without sending anything.

        Raises:
            StudyError: no web address, or no key for the hosted service.
        """
        base_url, key = llm.base_url or HOSTED, server_key()
        self._where, self._hosted = _shown(base_url), base_url == HOSTED
        if key is None and self._hosted:
            raise StudyError(
                f"a key in the environment variable {KEY_VARIABLE}, or the address of a local server",
                f"{KEY_VARIABLE} is not set and configure.llm.base_url is empty",
                "configure.llm",
                f"export {KEY_VARIABLE}=..., or set configure.llm.base_url (for example http://127.0.0.1:8080/v1)",
            )
        self._max_tokens = llm.max_tokens
        self._openai = openai.OpenAI(
            api_key=key or "no-key", base_url=base_url, timeout=llm.timeout_seconds, max_retries=0
        )

    def __enter__(self) -> Self:
        """Nothing is opened before the first request."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the sockets."""
        self._openai.close()

    def complete(self, request: Request) -> Reply:
        """Send one request; a server that refuses log-probabilities or bounds on lengths is asked again without them.

        Raises:
            Transient: time-out, no connection, 408, 409, 425, 429 (unless the quota is used up), 5xx.
            StudyError: every other fault, told without secrets.
        """
        arguments = self._arguments(request)
        try:
            try:
                completion = self._openai.chat.completions.create(**arguments)
            except openai.BadRequestError as error:
                plain = _without_what_was_refused(arguments, request, error.message.lower())
                if plain == arguments:
                    raise
                completion = self._openai.chat.completions.create(**plain)
        except openai.APITimeoutError:
            raise Transient("no reply within configure.llm.timeout_seconds", self._where) from None
        except openai.APIConnectionError:
            raise Transient("no connection", self._where) from None
        except openai.APIStatusError as error:
            raise _explained(error, self._where) from None
        except (openai.APIResponseValidationError, ValueError):
            raise StudyError(*_not_a_completion(self._where)) from None
        return _reply(completion, request, self._where)

    def _arguments(self, request: Request) -> dict[str, Any]:
        limit = "max_completion_tokens" if self._hosted else "max_tokens"
        arguments: dict[str, Any] = {
            "model": request.model,
            "messages": [message.model_dump() for message in request.messages],
            "temperature": request.temperature,
            "seed": request.seed,
            limit: request.max_tokens or self._max_tokens,
        }
        if request.reply_schema:
            sent = request.reply_schema if self._hosted else bounded(request.reply_schema)
            arguments["response_format"] = _response_format(request, sent)
        if request.top_logprobs:
            arguments |= dict(zip(_ALTERNATIVES, (True, request.top_logprobs), strict=True))
        return arguments


def _response_format(request: Request, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": request.prompt, "strict": True, "schema": schema}}


def _without_what_was_refused(arguments: dict[str, Any], request: Request, said: str) -> dict[str, Any]:
    """The request without the optional part that the server's message names; unchanged when it names none."""
    if request.top_logprobs and "logprob" in said:
        return {name: value for name, value in arguments.items() if name not in _ALTERNATIVES}
    if request.reply_schema and any(word in said for word in _BOUNDS):
        return {**arguments, "response_format": _response_format(request, request.reply_schema)}
    return arguments


def _shown(base_url: str) -> str:
    """The address without what may be secret in it: user, password, query.

    Raises:
        StudyError: not a web address.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StudyError(
            "a web address such as http://127.0.0.1:8080/v1",
            "something else",
            "configure.llm.base_url in params.yaml",
        )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _explained(error: openai.APIStatusError, where: str) -> StudyError:
    status = error.status_code
    if status in _REFUSED_KEY:
        return StudyError(
            "a key that the language-model server accepts", f"status {status}", where, f"check {KEY_VARIABLE}"
        )
    if error.code == "insufficient_quota":
        return StudyError("credit with the language-model provider", "the quota is used up", where)
    if status in _BUSY or status >= 500:
        return Transient(f"status {status}", where)
    said = "" if secret_in(error.message) else f": {' '.join(error.message.split())[:300]}"
    return StudyError(
        "a request that the language-model server accepts",
        f"status {status}{said}",
        where,
        "check configure.llm.model, base_url, temperature and max_tokens",
    )


def _not_a_completion(where: str) -> tuple[str, str, str, str]:
    return (
        "a chat completion as the OpenAI-compatible interface defines it",
        "something else",
        where,
        "check configure.llm.base_url; it usually ends in /v1",
    )


def _reply(completion: ChatCompletion, request: Request, where: str) -> Reply:
    """The first choice; a refusal keeps its words under `finish_reason: refusal`."""
    if not isinstance(completion, ChatCompletion) or not completion.choices:
        raise StudyError(*_not_a_completion(where))
    choice, usage = completion.choices[0], completion.usage
    refusal = choice.message.refusal
    return Reply(
        model=completion.model or request.model,
        content=refusal or choice.message.content or "",
        finish_reason="refusal" if refusal else choice.finish_reason or "stop",
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        first=_first_word(choice.logprobs) if request.top_logprobs else None,
    )


def _first_word(logprobs: ChoiceLogprobs | None) -> tuple[Token, ...] | None:
    """The alternatives at the first place that is not blank; None where the server tells none."""
    places = (logprobs.content if logprobs else None) or []
    for place in places:
        if place.token.strip() and place.top_logprobs:
            return tuple(Token(token=each.token, logprob=min(each.logprob, 0.0)) for each in place.top_logprobs)
    return None
