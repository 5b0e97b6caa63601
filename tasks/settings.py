"""`params.yaml`: read once at the edge, changed without losing its comments."""

import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.artifacts import write_bytes
from tasks.wrongvalues import expected_of, got_of

_ALTERNATIVES = ("float", "int", "str", "bool", "constrained-int", "constrained-float", "constrained-str")


def load_params(root: Path) -> StudyParams:
    """Read and validate a study's parameters.

    Raises:
        StudyError: no such study, not YAML, an unknown key, a value of the wrong kind.
    """
    path = root / "params.yaml"
    if not path.is_file():
        raise StudyError(
            "a study folder with a params.yaml",
            "none there",
            str(root),
            f"causal-ssm init {root} --data FILE --question TEXT",
        )
    try:
        content = _parsed(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise StudyError("YAML text", " ".join(str(error).split())[:300], str(path)) from None
    try:
        return StudyParams.model_validate(_without_empty_sections(content))
    except ValidationError as error:
        raise _explained(path, error) from None


@lru_cache(maxsize=8)
def _parsed(text: str) -> Any:  # noqa: ANN401 - any YAML; not changed by whoever gets it
    """The same text is read several times in a run, and reading takes a tenth of a second."""
    return YAML(typ="safe", pure=True).load(text)


def _without_empty_sections(content: object) -> object:
    """A section with nothing in it means its defaults."""
    if content is None:
        return {}
    return {key: value for key, value in content.items() if value is not None} if isinstance(content, dict) else content


def _explained(path: Path, error: ValidationError) -> StudyError:
    first = error.errors()[0]
    *parents, leaf = first["loc"] or ("",)
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = ", ".join(_keys_at(parents))
        return StudyError(f"one of the known keys ({known})", f"unknown key '{leaf}'", f"{path} at {key}")
    if first["type"] == "missing" and isinstance(leaf, str):
        return StudyError(f"the key '{leaf}'", "no such key", f"{path} at {key}")
    place = _place(first)
    same = [other for other in error.errors() if _place(other) == place]
    key = ".".join(map(str, place)) or "the top"
    return StudyError(expected_of(same), got_of(first.get("input")), f"{path} at {key}")


def _place(error: Mapping[str, Any]) -> list[int | str]:
    """Where in the file: pydantic adds the kinds that a value may have as if they were keys."""
    return [part for part in error["loc"] if part not in _ALTERNATIVES]


def _keys_at(parents: list[int | str]) -> list[str]:
    """Keys that a section of the parameters may have; list positions and free names count as one level."""
    section: type[BaseModel] = StudyParams
    for part in parents:
        field = section.model_fields.get(str(part))
        nested = None if field is None else _model_in(field.annotation)
        section = section if nested is None else nested
    return [field.alias or name for name, field in section.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)


def set_params(root: Path, changes: dict[str, Any]) -> None:
    """Write dotted keys (`study.treatment`) into `params.yaml`; comments and order stay, the result is validated.

    Raises:
        StudyError: when the changed file would not be valid; the file is then left as it was.
    """
    path = root / "params.yaml"
    before = path.read_bytes()
    yaml = YAML()
    yaml.width = 4096
    content = yaml.load(before.decode()) or {}
    for dotted, value in changes.items():
        *parents, leaf = dotted.split(".")
        section = content
        for parent in parents:
            if section.get(parent) is None:
                section[parent] = {}
            section = section[parent]
        section[leaf] = value
    stream = io.StringIO()
    yaml.dump(content, stream)
    try:
        StudyParams.model_validate(_parsed(stream.getvalue()))
    except ValidationError as error:
        raise _explained(path, error) from None
    if stream.getvalue().encode() != before:
        write_bytes(path, stream.getvalue().encode())
