"""Graph files as people write them: read, checked, refused in words."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from ssm_core.graphs.validity import check_graph

MOST_BYTES = 2_000_000
KINDS = {list: "a list", type(None): "null", bool: "true or false", int: "a number", float: "a number"}
EXAMPLE = 'for example {"nodes": [{"name": "X"}, {"name": "Y"}], "edges": [{"from": "X", "to": "Y", "lag": 1}]}'


def read_graph(path: Path) -> CausalGraph:
    """A graph file, checked.

    Raises:
        StudyError: no regular file, too large, no JSON, not of the form of a graph, or an impossible graph.
    """
    where = _printable(str(path))
    text = _text(path, where)
    content = _content(text, where)
    if not isinstance(content, dict) or not {"nodes", "edges"} <= set(content):
        got = (
            f"the keys {', '.join(map(ascii, list(content)[:5]))}"
            if isinstance(content, dict)
            else KINDS.get(type(content), "text")
        )
        raise StudyError("an object with 'nodes' and 'edges'", got, where, EXAMPLE)
    try:
        graph = CausalGraph.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = _printable(".".join(str(part) for part in first["loc"]))
        got = "nothing" if first["type"] == "missing" else ascii(first["input"])[:80]
        raise StudyError(_expected(first["type"], first["msg"]), got, f"{where} at {place}") from None
    check_graph(graph, where)
    return graph


def _text(path: Path, where: str) -> str:
    try:
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "no regular file" if path.exists() else "nothing: no such file"
            raise StudyError("a graph file (JSON)", kind, where)
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise StudyError(f"a graph of at most {MOST_BYTES} bytes", f"{size} bytes", where)
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError("text in UTF-8", f"byte {error.start} is none", where) from None
    except (OSError, ValueError) as error:
        raise StudyError("a graph file that can be read", _printable(str(error)), where) from None


def _content(text: str, where: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise StudyError("a graph as JSON", "brackets nested too deeply", where) from None
    except ValueError as error:
        raise StudyError("a graph as JSON", f"text that is none ({error})", where, EXAMPLE) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!a} stands twice in one object")
    return content


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _expected(kind: str, message: str) -> str:
    match kind:
        case "extra_forbidden":
            return "only known keys"
        case "missing":
            return "a value"
        case _:
            return f"{message[:1].lower()}{message[1:]}".removeprefix("input should be ")


def _printable(text: str) -> str:
    return text if text.isprintable() else ascii(text)
