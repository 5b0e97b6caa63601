"""The JSON schema that is sent along: the part of the standard that servers have in common.

Hosted services accept `anyOf` but not `oneOf`, want every property required and no further ones, and some
refuse bounds on lengths; grammar-based servers expand length bounds into huge rules. All of it is checked
again by code when the reply arrives, so leaving a bound out loses nothing. A pair is a list of its first kind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

_DROPPED = frozenset(
    {"title", "default", "description", "discriminator", "minLength", "maxLength", "minItems", "maxItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)
type Places = Mapping[tuple[str, str], Sequence[str]]


def reply_schema(model: type[BaseModel], allowed: Places | None = None) -> dict[str, Any]:
    """The portable schema of a reply.

    Args:
        model: the reply's document.
        allowed: for (definition, property) the strings that are valid there, for example the variables' names.
    """
    schema = _portable(model.model_json_schema())
    for (definition, name), values in (allowed or {}).items():
        schema["$defs"][definition]["properties"][name] = {"type": "string", "enum": list(values)}
    return schema


def _portable(node: Any) -> Any:  # noqa: ANN401 - a JSON schema is any JSON value
    match node:
        case {"properties": dict(properties), **rest}:
            kept = {key: _portable(value) for key, value in rest.items() if key not in _DROPPED}
            inner = {name: _portable(value) for name, value in properties.items()}
            return {**kept, "properties": inner, "required": list(inner), "additionalProperties": False}
        case {"prefixItems": [first, *_], **rest}:
            return {**{key: value for key, value in rest.items() if key not in _DROPPED}, "items": _portable(first)}
        case {"oneOf": list(options)}:
            return {"anyOf": [_portable(option) for option in options]}
        case dict():
            return {key: _portable(value) for key, value in node.items() if key not in _DROPPED}
        case list():
            return [_portable(value) for value in node]
        case _:
            return node
