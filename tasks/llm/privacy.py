"""Secrets that must neither leave the machine nor be written down."""

import os
import re

from schemas.errors import StudyError

KEY_VARIABLE = "OPENAI_API_KEY"
_SHORTEST_KEY = 8

_PATTERNS = {
    "an API key": re.compile(
        r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bgh[pousr]_[A-Za-z0-9]{20,}"
        r"|\bgithub_pat_\w{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{30,}"
        r"|\bBearer\s+[A-Za-z0-9._~+/-]{16,}",
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an access token": re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}"),
}
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


def server_key() -> str | None:
    """The key for the model's server, from the environment only."""
    return os.environ.get(KEY_VARIABLE, "").strip() or None


def secret_in(text: str) -> str | None:
    """What kind of key `text` contains, never the key itself; None when there is none."""
    key = server_key()
    if key and len(key) >= _SHORTEST_KEY and key in text:
        return f"the value of {KEY_VARIABLE}"
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(text)), None)


def refuse_secrets(text: str, where: str) -> None:
    """Refuse a text that contains a key.

    Raises:
        StudyError: naming the kind of secret and the place, not the secret.
    """
    kind = secret_in(text)
    if kind:
        raise StudyError("a text without keys", f"{kind} in it", where, "remove it and run again")


def private_in(text: str) -> str | None:
    """What `text` contains that may not leave the machine: a kind of key, or an e-mail address."""
    return secret_in(text) or ("an e-mail address" if _EMAIL.search(text) else None)


def refuse_private(text: str, where: str) -> None:
    """Refuse a text that may not leave the machine.

    Raises:
        StudyError: naming the kind and the place, not the text.
    """
    kind = private_in(text)
    if kind:
        raise StudyError(
            "variable names, units and a question without keys or personal data",
            f"{kind} in one of them",
            where,
            "rename the variable or reword the question, then run again",
        )
