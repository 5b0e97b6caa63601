"""The JSON schema that is sent along: the part of the standard that servers have in common.

Hosted services accept `anyOf` but not `oneOf`, want every property required and no further ones, and some
refuse bounds on lengths. All of it is checked again by code when the reply arrives, so leaving a bound out loses
nothing there. A server that follows a schema as a grammar is sent bounds besides (`bounded`): without them a weak
model repeats itself within one text, or adds to one list, until its reply is cut off. A pair is a list of its first
kind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

_DROPPED = frozenset(
    {"title", "default", "description", "discriminator", "minLength", "maxLength", "minItems", "maxItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)
_ONE_EACH = ("name", "parameter")
"""Properties by which the items of a list are told apart: where their values are a closed list, each has one item."""
_SENTENCES = frozenset({"reason", "summary", "hidden_reason"})
SENTENCE, TEXT, LIST = 300, 1200, 60
"""Longest sentence, longest other text (both in characters) and longest list that a bounded schema allows."""
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


def bounded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema with the longest texts and lists, for a server that follows it as a grammar."""
    return _bounded(dict(schema), schema.get("$defs", {}), "")


def _bounded(node: Any, definitions: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - a JSON schema
    """`name`: of the property whose schema this is; empty for any other node."""
    match node:
        case {"properties": dict(properties), **rest}:
            inner = {key: _bounded(value, definitions, key) for key, value in properties.items()}
            return {**_bounded(rest, definitions, ""), "properties": inner}
        case {"type": "array", "items": items}:
            number = _one_each(items, definitions)
            lengths = {"maxItems": LIST} if number is None else {"minItems": number, "maxItems": number}
            return {**node, "items": _bounded(items, definitions, ""), **lengths}
        case {"type": "string"} if not {"enum", "const", "pattern", "format"} & node.keys():
            return {**node, "maxLength": SENTENCE if name in _SENTENCES else TEXT}
        case dict():
            return {key: _bounded(value, definitions, "") for key, value in node.items()}
        case list():
            return [_bounded(value, definitions, "") for value in node]
        case _:
            return node


def _one_each(items: Mapping[str, Any], definitions: Mapping[str, Any]) -> int | None:
    """How many items a list has that holds one for each name of a closed list; null for any other list."""
    definition = definitions.get(str(items.get("$ref", "")).removeprefix("#/$defs/"), {})
    closed = [definition.get("properties", {}).get(key, {}).get("enum") for key in _ONE_EACH]
    return next((len(names) for names in closed if names), None)
