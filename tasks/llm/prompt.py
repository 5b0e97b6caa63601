"""Prompts: files with a version, filled with data that can never be read as instructions."""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from schemas.recording import Message, Role

_FOLDER = Path(__file__).parent / "prompts"
_LAYOUT = re.compile(r"version: (?P<version>\S+)\n+# system\n(?P<system>.*)\n# user\n(?P<user>.*)", re.DOTALL)


class Prompt(NamedTuple):
    """What a role asks, ready to be sent."""

    role: Role
    version: str
    messages: tuple[Message, ...]


def as_data(value: Any) -> str:  # noqa: ANN401 - anything JSON can hold
    """`value` as JSON that cannot end its block: `<`, `>` and invisible characters are escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    invisible = unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} and character != "\n"
    if not invisible and character not in "<>":
        return character
    return json.dumps(character)[1:-1] if invisible and ord(character) > 0x7E else f"\\u{ord(character):04x}"


def quoted(name: str) -> str:
    """A name as it is shown to a model or in a reason: one JSON string, at most 80 characters of it."""
    return as_data(name if len(name) <= 80 else name[:79] + "…")


@cache
def _template(role: Role) -> tuple[str, jinja2.Template, jinja2.Template]:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.filters["data"] = as_data
    match = _LAYOUT.fullmatch((_FOLDER / f"{role}.md").read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(f"prompts/{role}.md: expected 'version: N', '# system' and '# user'")
    system, user = (environment.from_string(match[part].strip()) for part in ("system", "user"))
    return match["version"], system, user


def prompt_version(role: Role) -> str:
    """The version in the first line of the role's prompt file."""
    return _template(role)[0]


def render(role: Role, data: Mapping[str, Any], **choices: bool | int | str | tuple[str, ...]) -> Prompt:
    """Fill the role's prompt file.

    Args:
        role: which file.
        data: what people or devices wrote; reaches the text only as one JSON object in the data block.
        choices: values of closed vocabularies that select sentences of the prompt.
    """
    version, system, user = _template(role)
    values = {"study": dict(data), **choices}
    messages = tuple(
        Message(role=who, content=text.render(values)) for who, text in (("system", system), ("user", user))
    )
    return Prompt(role, version, messages)
