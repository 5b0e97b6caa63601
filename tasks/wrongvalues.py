"""What a value of `params.yaml` should have been, in words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

_KINDS = {
    "bool": "true or false", "int": "a whole number", "float": "a number", "string": "a text", "tuple": "a list",
    "list": "a list", "dict": "a section of `name: value` lines", "model": "a section of `key: value` lines",
    "finite": "a finite number",
}  # fmt: skip
_LIMITS = {
    "greater_than": ("gt", "a number above {}"), "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number below {}"), "less_than_equal": ("le", "a number of at most {}"),
    "string_too_short": ("min_length", "a text of at least {} character(s)"),
    "too_short": ("min_length", "a list of at least {} entries"),
    "too_long": ("max_length", "a list of at most {} entries"),
}  # fmt: skip
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
_SHOWN = 200


def expected_of(errors: list[Any]) -> str:
    """A noun phrase for what one place of the file should hold; several errors are the kinds that it may have.

    Args:
        errors: those of pydantic for the place.
    """
    kinds = list(dict.fromkeys(_phrase(error) for error in errors))
    return " or ".join(kinds)


def got_of(value: object) -> str:
    """A value as it would be written in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    shown = f"'{value}'" if isinstance(value, str | date) else repr(value)
    kind = "a section " if isinstance(value, Mapping) else "a list " if isinstance(value, list | tuple) else ""
    return f"{kind}{shown}"[:_SHOWN]


def _phrase(error: Mapping[str, Any]) -> str:
    kind, told = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return f"one of {told['expected']}" if " or " in told["expected"] else told["expected"]
    if kind == "union_tag_invalid":
        return f"one of {told['expected_tags']} at {told['discriminator'].strip(chr(39))}"
    if kind == "union_tag_not_found":
        return f"a section with the key {told['discriminator']}"
    if kind == "string_pattern_mismatch" and told["pattern"] == _CLOCK:
        return "a clock time such as '06:30' (in quotes)"
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        limit = told[name]
        return words.format(f"{limit:g}" if isinstance(limit, int | float) else limit)
    if kind == "missing":
        return f"a list of at least {error['loc'][-1] + 1} entries"
    if kind == "value_error":
        message = error["msg"].removeprefix("Value error, ")
        stated = message.removeprefix("expected ").rsplit(", got ", 1)[0]
        return stated if message.startswith("expected ") else f"values that go together ({message})"
    kind = kind.split("_")[0]
    return _KINDS[kind] if kind in _KINDS else error["msg"][0].lower() + error["msg"][1:]
