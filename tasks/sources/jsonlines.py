"""JSON lines: one flat object per line."""

import json
from pathlib import Path
from typing import Any

from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import Readings, Sample
from tasks.sources.jsontext import parsed
from tasks.sources.tabular.table import refuse_too_wide, table_of
from tasks.sources.tabular.tidy import readings_of


class JsonLines:
    """One JSON object per line."""

    name = "jsonlines"

    def recognise(self, sample: Sample) -> float | None:
        """By suffix."""
        return 0.9 if Path(sample.name).suffix.lower() in (".jsonl", ".ndjson") else None

    def read(self, path: Path, source: Source) -> Readings:
        """Collect the keys of all lines as columns, then interpret.

        Raises:
            StudyError: a line is not a flat JSON object, or there is none.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise StudyError("JSON text in UTF-8", "other bytes", source.path) from None
        numbered = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if not numbered:
            raise StudyError("one JSON object per line", "an empty file", source.path)
        rows = [_object(line, f"{source.path}:{number}") for number, line in numbered]
        header = list(dict.fromkeys(key for row in rows for key in row))
        refuse_too_wide(source.path, header)
        columns = [[_as_text(row.get(key)) for row in rows] for key in header]
        return readings_of(table_of(source.path, header, columns, [number for number, _ in numbered]), source)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = parsed(line, pairs=_object_of)
    except json.JSONDecodeError as error:
        raise StudyError("one JSON object per line", error.msg, where) from None
    except (ValueError, RecursionError) as error:
        raise StudyError("a flat JSON object with finite numbers, each key once", str(error)[:80], where) from None
    if not isinstance(row, dict) or any(isinstance(value, dict | list) for value in row.values()):
        raise StudyError("a flat JSON object with numbers and texts", "something nested", where)
    return row


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError(f"a key more than once among {', '.join(key for key, _ in pairs)}")
    return made


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
