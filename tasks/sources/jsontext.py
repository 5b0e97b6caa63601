"""JSON text that someone else wrote, as Python objects whose texts can be written down again."""

import json
from collections.abc import Callable
from typing import Any


def parsed(
    text: str,
    constant: Callable[[str], Any] | None = None,
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
) -> Any:  # noqa: ANN401 - whatever the text holds
    """The text as objects; halves of surrogate pairs become U+FFFD.

    Args:
        text: JSON.
        constant: called with `NaN`, `Infinity` and `-Infinity`.
        pairs: makes an object of its keys and values.

    Raises:
        JSONDecodeError: no JSON.
        ValueError: a whole number of thousands of digits, or what `constant` or `pairs` raises.
        RecursionError: nested too deeply.
    """
    made = json.loads(text, parse_constant=constant, object_pairs_hook=pairs)
    return _whole(made) if "\\ud" in text or "\\uD" in text else made


def _whole(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return {_whole(key): _whole(item) for key, item in value.items()} if isinstance(value, dict) else value
