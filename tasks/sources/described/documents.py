"""JSON exports as rows: nested objects become columns with dotted names, lists of numbers stay apart."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from schemas.errors import StudyError
from tasks.sources.jsontext import parsed
from tasks.sources.tabular.table import Table, refuse_too_wide, table_of

_LARGEST = 512 << 20
_DEEPEST = 6


def load(path: Path, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """The file as Python objects.

    Raises:
        StudyError: too large, not UTF-8, or not JSON.
    """
    size = path.stat().st_size
    if size > _LARGEST:
        raise StudyError(f"a JSON file of at most {_LARGEST >> 20} MB", f"{size >> 20} MB", name, "split the export")
    try:
        return parsed(path.read_bytes().decode("utf-8-sig"), _refuse)
    except UnicodeDecodeError:
        raise StudyError("JSON text in UTF-8", "other bytes", name) from None
    except json.JSONDecodeError as error:
        raise StudyError("a whole JSON file", error.msg, f"{name}:{error.lineno}", "export the data again") from None
    except (ValueError, RecursionError) as error:
        raise StudyError("JSON with finite numbers, not too deeply nested", str(error)[:80], name) from None


def _refuse(word: str) -> float:
    raise ValueError(f"the number {word}")


def rows_table(name: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Objects as rows of a table of text; `line` is the number of the object.

    Raises:
        StudyError: no object at all.
    """
    flat = [_flat(row) for row in rows]
    header = list(dict.fromkeys(key for row in flat for key in row))
    if not header:
        raise StudyError("objects with values", "none", name)
    refuse_too_wide(name, header)
    columns: list[list[str | None]] = [[row.get(key) for row in flat] for key in header]
    return table_of(name, header, columns, list(range(1, len(flat) + 1)))


def _flat(row: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str | None]:
    cells: dict[str, str | None] = {}
    for key, value in row.items():
        label = f"{prefix}{key}"
        if isinstance(value, Mapping) and depth < _DEEPEST:
            cells |= _flat(value, f"{label}.", depth + 1)
        elif not isinstance(value, Mapping | list):
            cells[label] = value if value is None or isinstance(value, str) else json.dumps(value)
    return cells


def objects_of(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
    """The objects of a list, of a `data` list, or the one object."""
    if isinstance(document, Mapping):
        inner = document.get("data")
        return [o for o in inner if isinstance(o, Mapping)] if isinstance(inner, list) else [document]
    return [o for o in document if isinstance(o, Mapping)] if isinstance(document, list) else []
