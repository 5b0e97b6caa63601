"""A table of text in one of three tidy layouts (wide, long, event log) into readings."""

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import NOT_GIVEN, READING_SCHEMA, Readings
from tasks.sources.tabular.clockcolumns import Clocked, clocked
from tasks.sources.tabular.durations import in_words
from tasks.sources.tabular.indexcolumns import index_columns, index_frame, refuse_several_people
from tasks.sources.tabular.layouts import Roles, roles_of
from tasks.sources.tabular.marks import doubtful_marks
from tasks.sources.tabular.mixedunits import in_known_units, told_units
from tasks.sources.tabular.numbers import Numbers, header_parts, numbers_of
from tasks.sources.tabular.people import of_one_person
from tasks.sources.tabular.table import Table
from tasks.sources.tabular.timecolumns import TimeColumns, time_columns

_SHOWN = 60
RESERVED = {"step": "step_", "start": "start_"}
"""Columns of that name get another one: the panel's own columns are called so."""


def readings_of(table: Table, source: Source) -> Readings:
    """Interpret a table.

    Raises:
        StudyError: nothing in it can be used, or something in it contradicts itself.
    """
    table, told = of_one_person(table, source)
    times = time_columns(table, source)
    roles = roles_of(table, source, times.used)
    free = [c for c in table.cells.columns if c not in {*times.used, *source.ignore, *roles.columns}]
    refuse_several_people(table, free, times.start.local)
    index = index_columns(table, free, times.start.local)
    variables = [] if roles.layout == "long" else [c for c in free if c not in index]
    numbers, assumed = _values(table, variables)
    parts = [_wide(table, times, numbers), _named(table, times, roles)]
    frame = pl.concat([part for part in parts if part.height] or [pl.DataFrame(schema=READING_SCHEMA)])
    frame = frame.with_columns(pl.col("variable").replace(RESERVED))
    if frame.is_empty():
        raise StudyError("at least one column of values", "only empty, time or index columns", table.name)
    findings = [
        *told,
        *times.findings,
        *_encoding(table),
        *_above(table),
        *assumed,
        *doubtful_marks(table, [*variables, *([roles.value] if roles.value else [])]),
        *_left_out(table, source, free if roles.layout == "long" else [], index),
    ]
    if times.name is None:
        findings.append(_without_time(table))
    return Readings(
        frame,
        index_frame(table, index, times.start.local),
        roles.layout,
        times.name,
        table.cells.height,
        tuple(dict.fromkeys([*map(_free, _labels(table, variables).values()), *_names(table, roles)])),
        _names(table, roles) if roles.layout == "events" else (),
        tuple(findings),
    )


def _clock(table: Table, times: TimeColumns) -> pl.DataFrame:
    end = times.end.local if times.end else pl.Series([None] * len(table.lines), dtype=pl.Datetime("us"))
    return pl.DataFrame(
        {
            "row": pl.Series(range(len(table.lines)), dtype=pl.Int64),
            "line": table.lines,
            "local": times.start.local,
            "local_end": end,
            "offset": times.start.offset,
            "date_only": times.start.date_only.fill_null(value=False),
        }
    )


def _values(table: Table, columns: list[str]) -> tuple[dict[str, Numbers], list[Finding]]:
    """The cells of wide columns as numbers, and what was assumed of them."""
    numbers: dict[str, Numbers] = {}
    told: list[Finding | None] = []
    for name in columns:
        read = clocked(table, name)
        if read is None:
            plain = _numbers(table, table.cells[name], amounts=False)
            read = in_words(table, name, plain) or Clocked(plain, told_units(table, name, plain))
        numbers[name] = read.numbers
        told.append(read.told)
    return numbers, [finding for finding in told if finding is not None]


def _wide(table: Table, times: TimeColumns, numbers: dict[str, Numbers]) -> pl.DataFrame:
    clock = _clock(table, times)
    parts = []
    for column, label in _labels(table, list(numbers)).items():
        unit = header_parts(column)[1] if label != column else None
        parts.append(_readings(clock, pl.lit(label), table.cells[column], numbers[column], unit))
    return pl.concat(parts) if parts else pl.DataFrame(schema=READING_SCHEMA)


def _labels(table: Table, columns: list[str]) -> dict[str, str]:
    """Variable name of every column: the header without its unit, unless two columns would then share a name."""
    names = {column: header_parts(column)[0] for column in columns}
    taken = [*names.values(), *(column for column in table.cells.columns if column not in names)]
    return {column: name if taken.count(name) == 1 else column for column, name in names.items()}


def _numbers(table: Table, cells: pl.Series, *, amounts: bool) -> Numbers:
    """Cells as numbers; `amounts` may have any unit behind them, other cells only if it is a unit of measurement.

    Several units must convert into the most frequent one; cells in others are no numbers.
    """
    numbers = numbers_of(cells, table.lines, table.name, comma_decimal=table.comma_decimal, amounts=False)
    if not amounts and (numbers.value.is_not_null() | cells.is_null()).all():
        return numbers
    with_unit = numbers_of(cells, table.lines, table.name, comma_decimal=table.comma_decimal, amounts=True)
    return with_unit if amounts else in_known_units(with_unit, numbers)


def _readings(
    clock: pl.DataFrame, variable: pl.Expr, cells: pl.Series, numbers: Numbers, unit: str | None
) -> pl.DataFrame:
    text = pl.when(pl.col("value").is_null()).then(pl.col("cell"))
    return (
        clock.with_columns(cell=cells, value=numbers.value, cell_unit=numbers.unit)
        .filter(pl.col("cell").is_not_null())
        .with_columns(
            variable=variable, text=text, unit=pl.coalesce("cell_unit", pl.lit(unit, dtype=pl.String)), device=None
        )
        .select(pl.col(name).cast(dtype) for name, dtype in READING_SCHEMA.items())
    )


def _named(table: Table, times: TimeColumns, roles: Roles) -> pl.DataFrame:
    """The readings of a long table or an event log: one variable per name that stands in the variable column."""
    if roles.variable is None:
        return pl.DataFrame(schema=READING_SCHEMA)
    clock = _clock(table, times).with_columns(name=table.cells[roles.variable])
    cells = table.cells[roles.value] if roles.value else pl.Series(["1"] * len(table.lines))
    if roles.layout == "events":
        cells = _amounts(cells, table.cells[roles.variable])
    unit = header_parts(roles.value)[1] if roles.value else None
    rows = _readings(clock, pl.col("name"), cells, _numbers(table, cells, amounts=True), unit)
    if roles.unit is not None:
        units = pl.DataFrame({"line": table.lines, "written": table.cells[roles.unit]})
        rows = rows.join(units, on="line", how="left", maintain_order="left")
        rows = rows.with_columns(unit=pl.coalesce("unit", "written")).drop("written")
    return rows.filter(pl.col("variable").is_not_null())


def _amounts(cells: pl.Series, names: pl.Series) -> pl.Series:
    """A thing that never has an amount counts as one each time; otherwise a missing amount is unknown."""
    frame = pl.DataFrame({"cell": cells, "name": names})
    never = pl.col("cell").is_null().all().over("name")
    return frame.select(pl.col("cell").fill_null(pl.when(never).then(pl.lit("1")).otherwise(pl.lit(NOT_GIVEN))))["cell"]


def _names(table: Table, roles: Roles) -> tuple[str, ...]:
    if roles.variable is None:
        return ()
    return tuple(sorted(map(_free, table.cells[roles.variable].drop_nulls().unique().to_list())))


def _free(name: str) -> str:
    """A name that the panel does not need for itself."""
    return RESERVED.get(name, name)


def _encoding(table: Table) -> list[Finding]:
    if table.encoding != "Latin-1":
        return []
    sentence = "The file is not UTF-8; it was read as Latin-1, look at its accented letters."
    return [
        Finding(kind="unreadable", severity="note", where=table.name, sentence=sentence, counts={"encoding": "Latin-1"})
    ]


def _above(table: Table) -> list[Finding]:
    if not table.above:
        return []
    count = len(table.above)
    lines = "The first line" if count == 1 else f"The first {count} lines"
    sentence = (
        f"{lines} of {table.name} ('{table.above[0][:_SHOWN]}') {'is' if count == 1 else 'are'} no part of the table "
        f"and {'was' if count == 1 else 'were'} skipped; its header was read from line {count + 1}."
    )
    return [Finding(kind="assumed", severity="note", where=table.name, sentence=sentence, counts={"lines": count})]


def _left_out(table: Table, source: Source, extra: list[str], index: list[str]) -> list[Finding]:
    told = {**dict.fromkeys(index, "is a running number"), **dict.fromkeys(extra, "is not part of a long table")}
    told |= {name: "was declared to be ignored" for name in source.ignore if name in table.cells.columns}
    return [
        Finding(
            kind="ignored_column",
            severity="note",
            where=table.name,
            sentence=f"The column '{name}' {reason} and is no variable.",
            counts={"column": name, "cells": table.cells.height - table.cells[name].null_count()},
        )
        for name, reason in told.items()
    ]


def _without_time(table: Table) -> Finding:
    sentence = f"There is no time column: the {table.cells.height} rows are taken as steps in file order."
    counts = {"rows": table.cells.height}
    return Finding(kind="no_time", severity="warning", where=table.name, sentence=sentence, counts=counts)
