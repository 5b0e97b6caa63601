"""`params.yaml`: read once at the edge, changed without losing its comments."""

import io
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.artifacts import write_bytes


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
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise StudyError("YAML text", " ".join(str(error).split())[:300], str(path)) from None
    try:
        return StudyParams.model_validate(content or {})
    except ValidationError as error:
        raise _explained(path, error) from None


def _explained(path: Path, error: ValidationError) -> StudyError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        section = StudyParams.model_fields.get(str(first["loc"][0]))
        known = section.annotation.model_fields if section and len(first["loc"]) == 2 else StudyParams.model_fields  # type: ignore[union-attr]
        return StudyError(f"one of the known keys ({', '.join(known)})", f"unknown key '{key}'", str(path))
    got = repr(first.get("input"))
    return StudyError(first["msg"][0].lower() + first["msg"][1:], got[:200], f"{path} at {key}")


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
        StudyParams.model_validate(YAML(typ="safe", pure=True).load(stream.getvalue()))
    except ValidationError as error:
        raise _explained(path, error) from None
    if stream.getvalue().encode() != before:
        write_bytes(path, stream.getvalue().encode())
