"""One message to an address of the user's own choice when a run has changed something; by default none is sent."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from flows.console import progress
from schemas.errors import StudyError


def require_address(url: str) -> None:
    """An address that a message can be posted to.

    Raises:
        StudyError: it is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StudyError("an address that begins with http:// or https://", repr(url), "--notify")


def notify(url: str, study: str, run: str, sentences: tuple[str, ...], seconds: float = 10.0) -> bool:
    """Post `{study, run, sentences}` as JSON; whether it was taken. A server that is away does not sink the run."""
    content = json.dumps({"study": study, "run": run, "sentences": list(sentences)}).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=seconds) as reply:
            return 200 <= reply.status < 300
    except (OSError, urllib.error.URLError) as error:
        progress(f"The message to {urlsplit(url).hostname} was not taken: {error}")
        return False
