"""Tables of several people, divided so that each person's lines can become a study of their own.

The lines are copied as they are written, header first; nothing is converted. A person has a file only if they have
lines in it.
"""

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

from schemas.errors import StudyError
from tasks.sources.tabular.people import PERSON_NAME
from tasks.sources.tabular.preamble import above_header
from tasks.sources.tabular.textfile import DELIMITERS, decoded, delimiter_of

_FOLDER_NAME = re.compile(r"^\w[\w.-]{0,63}$")
_TABLES = (".csv", ".tsv", ".txt")
_MOST_PEOPLE = 1000


class Divided(NamedTuple):
    """People in the order of their first lines, and the files that name no person and were left out."""

    people: list[str]
    left_out: list[str]


def divide(raw: Path, into: Path) -> Divided:
    """Write every person's lines of the tables below `raw` to `into/PERSON`, under the same names.

    Raises:
        StudyError: no table has a column of persons (`id`, `subject`, `participant`, ...), one is no text, or the name
            of a person cannot be the name of a folder.
    """
    people: dict[str, None] = {}
    left_out: list[str] = []
    for path in sorted(p for p in raw.rglob("*") if p.is_file()):
        name = path.relative_to(raw).as_posix()
        lines = _by_person(path, name) if path.suffix.lower() in _TABLES else None
        if lines is None:
            left_out.append(name)
            continue
        people |= dict.fromkeys(lines)
        if len(people) > _MOST_PEOPLE:
            raise StudyError(f"at most {_MOST_PEOPLE} people", "more", name, "divide the file first")
        for person, text in lines.items():
            target = into / person / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
    if not people:
        told = ", ".join(left_out[:5]) or "no file"
        raise StudyError("a table with a column of persons, such as `id` or `subject`", told, "--data")
    return Divided(list(people), left_out)


def _by_person(path: Path, name: str) -> dict[str, str] | None:
    """The lines of each person below the header; None when no column names a person."""
    text, _ = decoded(name, path.read_bytes())
    _, text = above_header(text, DELIMITERS)
    delimiter = delimiter_of(text)
    if delimiter is None:
        return None
    written = io.StringIO(text, newline="").readlines()
    reader = csv.reader(written, delimiter=delimiter)
    parts: dict[str, list[str]] = {}
    header, column, done = "", None, 0
    try:
        for row in reader:
            lines, done = "".join(written[done : reader.line_num]), reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            if column is None:
                column = next((n for n, cell in enumerate(row) if PERSON_NAME.match(cell.strip())), None)
                if column is None:
                    return None
                header = lines
                continue
            person = row[column].strip() if column < len(row) else ""
            if not _FOLDER_NAME.match(person):
                fix = "give each person a short name of letters and digits"
                raise StudyError("a person's name that can name a folder", f"'{person[:40]}'", f"{name}:{done}", fix)
            parts.setdefault(person, []).append(lines)
    except csv.Error as error:
        raise StudyError("a readable table", str(error), f"{name}:{reader.line_num}") from None
    return {person: "".join([header, *lines]) for person, lines in parts.items()}
