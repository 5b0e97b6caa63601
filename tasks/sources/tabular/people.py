"""A file of several people: the rows of the one that the study is about."""

import re

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.tabular.table import Table

_SHOWN = 5
PERSON_NAME = re.compile(r"^(id|subject|participant|person|user|patient)([ _]?id)?$", re.IGNORECASE)


def one_person(table: Table, column: str | None, source: Source) -> tuple[Table, list[Finding]]:
    """Only the rows of `source.subject`; a file of one person needs no name.

    Raises:
        StudyError: several people and none named, or one who is not in the file.
    """
    if column is None:
        return table, []
    people = table.cells[column].drop_nulls().unique(maintain_order=True).to_list()
    shown = ", ".join(people[:_SHOWN]) + (", ..." if len(people) > _SHOWN else "")
    where = f"{table.name}, column '{column}'"
    if source.subject is None:
        if len(people) < 2:
            return table, []
        fix = f"write `subject: '{people[0]}'` at ingest in params.yaml, one study per person"
        raise StudyError("the record of one person", f"{len(people)} people ({shown})", where, fix)
    mine = (table.cells[column] == source.subject).fill_null(value=False)
    if not mine.any():
        fix = "write one of these at ingest.subject in params.yaml"
        raise StudyError(f"rows of '{source.subject}'", f"{len(people)} people ({shown})", where, fix)
    sentence = f"{table.name} holds {len(people)} people; the {mine.sum()} rows of {source.subject} are used."
    counts = {"people": len(people), "rows": int(mine.sum()), "all_rows": table.cells.height}
    told = Finding(kind="people", severity="note", where=table.name, sentence=sentence, counts=counts)
    return table._replace(cells=table.cells.filter(mine), lines=table.lines.filter(mine)), [told]


def of_one_person(table: Table, source: Source) -> tuple[Table, list[Finding]]:
    """In a table that no vendor made: the rows of `source.subject`, if a column of persons names them."""
    if source.subject is None:
        return table, []
    columns = [name for name in table.cells.columns if PERSON_NAME.match(name)]
    column = next((name for name in columns if (table.cells[name] == source.subject).any()), None)
    return one_person(table, column, source)
