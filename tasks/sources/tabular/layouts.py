"""Which layout a table has, and which columns name the variable, its value and its unit."""

from typing import NamedTuple

from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.tabular.names import words_of
from tasks.sources.tabular.numbers import header_parts, numbers_of
from tasks.sources.tabular.table import Table
from tasks.sources.tabular.timecolumns import require_column

_LONG_NAMES = {"variable", "metric", "measure", "measurement", "parameter", "signal", "key", "name", "type"}
_VALUES = {"value", "reading", "result", "val"}
_EVENT_NAMES = {
    "substance", "event", "activity", "drug", "medication", "medicine", "supplement", "food", "item", "what",
    "habit", "intake", "pill",
}  # fmt: skip
_AMOUNTS = {"amount", "dose", "quantity", "qty", "dosage"}
_UNITS = {"unit", "units"}
_SHARE = 0.8


class Roles(NamedTuple):
    """The layout and, for long tables and event logs, its columns."""

    layout: str
    variable: str | None = None
    value: str | None = None
    unit: str | None = None

    @property
    def columns(self) -> set[str]:
        """The columns that play a role."""
        return {name for name in (self.variable, self.value, self.unit) if name is not None}


def roles_of(table: Table, source: Source, used: tuple[str, ...]) -> Roles:
    """Take the declared layout and columns, and recognise what is not declared.

    Raises:
        StudyError: a declared column is missing, or a declared layout lacks its columns.
    """
    for key in ("variable", "value", "unit"):
        declared = getattr(source, key)
        if declared is not None:
            require_column(table, declared, key)
    free = [name for name in table.cells.columns if name not in {*used, *source.ignore}]
    layout = source.layout if source.layout != "auto" else _recognised(table, free, source)
    if layout == "wide":
        return Roles("wide")
    names, values = (_LONG_NAMES, _VALUES) if layout == "long" else (_EVENT_NAMES | _LONG_NAMES, _AMOUNTS | _VALUES)
    variable = source.variable or _first(table, free, names, text=True)
    value = source.value or _first(table, [name for name in free if name != variable], values)
    unit = source.unit or _first(table, free, _UNITS, text=True)
    if variable is None or (layout == "long" and value is None):
        needed = "columns that name the variable and its value" if layout == "long" else "a column that names the event"
        fix = "name them with `variable` and `value` at ingest.sources in params.yaml"
        raise StudyError(needed, f"the columns {', '.join(free)}", table.name, fix)
    return Roles(layout, variable, value, unit if variable != unit else None)


def _recognised(table: Table, free: list[str], source: Source) -> str:
    if source.variable is not None:
        return "long" if source.value is not None else "events"
    if _first(table, free, _LONG_NAMES, text=True) and _first(table, free, _VALUES):
        return "long"
    named = _first(table, free, _EVENT_NAMES, text=True)
    if named is not None and (_first(table, free, _AMOUNTS) or len(free) == 1):
        return "events"
    return "wide"


def _first(table: Table, columns: list[str], names: set[str], *, text: bool = False) -> str | None:
    """The first column whose last word is one of `names` (and whose cells are texts, if asked)."""
    for column in columns:
        words = words_of(header_parts(column)[0])
        if words and words[-1] in names and not (text and _is_numeric(table, column)):
            return column
    return None


def _is_numeric(table: Table, column: str) -> bool:
    cells = table.cells[column].drop_nulls()
    lines = table.lines.head(len(cells))
    numbers = numbers_of(cells, lines, table.name, comma_decimal=table.comma_decimal, amounts=False)
    return len(cells) == 0 or 1 - numbers.value.null_count() / len(cells) >= _SHARE
