"""Where the Prefect server of `serve` comes from: the configured one, the one that `up` started, or one of our own."""

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Protocol

from flows.console import progress
from flows.embedded import server_configured
from flows.serving import server
from flows.serving.server import Server, ended, running, started


class Link(Protocol):
    """A way to a server; `remedy` says in a sentence what happens when it has gone."""

    remedy: str

    def api(self) -> str | None:
        """Address of the API, if it answers now; empty where only Prefect knows the address."""
        ...

    def answers(self, api: str) -> bool:
        """Whether the server that had this address still answers."""
        ...

    def dead(self) -> bool:
        """Whether the server has certainly ended."""
        ...


class Configured:
    """The server that the user's environment names."""

    remedy = "waiting until it does. Files that arrive meanwhile wait in their inbox."

    def api(self) -> str | None:
        """The address, if it answers."""
        api = os.environ.get("PREFECT_API_URL", "")
        return api if self.answers(api) else None

    def answers(self, api: str) -> bool:
        """A server of which only a profile knows is taken to answer: Prefect itself says when not."""
        return not api or server.answers(api)

    def dead(self) -> bool:
        """Nobody here can know."""
        return False


class Up:
    """The server of `causal-ssm up`, at whatever port it comes back."""

    remedy = "waiting for `causal-ssm up`. Files that arrive meanwhile wait in their inbox."

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._last: str | None = None

    def api(self) -> str | None:
        """The address, if one is up."""
        present = running()
        if present is None:
            return None
        if present.url != self._last:
            progress(f"Server and UI: {present.url}")
        elif self._last is not None:
            progress(f"The Prefect server at {present.url} is back.")
        self._last = present.url
        return present.api

    def answers(self, api: str) -> bool:
        """Asked by its address."""
        return server.answers(api)

    def dead(self) -> bool:
        """It is another process's child."""
        return False


class Own:
    """A server that lasts as long as we serve; when it ends another one is started."""

    remedy = "starting another one."

    def __init__(self, stack: ExitStack) -> None:
        """`stack` ends it with us."""
        self._inner = stack.enter_context(ExitStack())
        self._server: Server | None = None

    def api(self) -> str | None:
        """Start one unless it is there."""
        if self._server is None or self.dead() or not server.answers(self._server.api):
            self._inner.close()  # the stack can be filled again
            progress("Starting the Prefect server (this takes a while) ...")
            self._server = self._inner.enter_context(started(0))
            progress(f"Server and UI: {self._server.url}")
        return self._server.api

    def answers(self, api: str) -> bool:
        """Asked by its address."""
        return server.answers(api)

    def dead(self) -> bool:
        """It is our child, so that its end is known at once."""
        return self._server is None or ended(self._server)


@contextmanager
def link() -> Generator[Link]:
    """The configured server, else the one that is up, else one of our own."""
    with ExitStack() as stack:
        if server_configured():
            yield Configured()
        elif running() is not None:
            yield Up()
        else:
            yield Own(stack)
