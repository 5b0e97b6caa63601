"""A vendor's table into readings, as its layout describes it."""

from datetime import timedelta
from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.adapter import INDEX_SCHEMA, READING_SCHEMA, Readings
from tasks.sources.described.layout import Field, Layout, Span, folded
from tasks.sources.described.tags import tag_readings
from tasks.sources.nights import is_of_night
from tasks.sources.tabular.numbers import numbers_of
from tasks.sources.tabular.people import one_person
from tasks.sources.tabular.table import Table
from tasks.sources.tabular.timecolumns import unreadable_times
from tasks.sources.tabular.timenumbers import from_numbers, is_number_of_time
from tasks.sources.tabular.times import Moments, moments_of

_LONGEST_NAME = 120


class _Timed(NamedTuple):
    """When the rows of one span were: columns of the readings' clock."""

    clock: pl.DataFrame
    findings: list[Finding]


def read_layout(table: Table, layout: Layout, source: Source) -> Readings:
    """Interpret a table.

    Raises:
        StudyError: a time column is not there, several people are in it and none is named, or nothing can be used.
    """
    columns = {folded(header): header for header in table.cells.columns}
    table, told = one_person(table, columns.get(folded(layout.person or "")), source)
    worn, unworn = _worn(table, layout, columns)
    findings = [*told, *unworn]
    parts: list[pl.DataFrame] = []
    fields = [f for f in layout.fields if folded(f.column) in columns and f.variable not in source.ignore]
    for name, span in layout.spans.items():
        mine = [field for field in fields if field.span == name]
        tags = layout.tags if name == "row" else ()
        if not mine and not tags:
            continue
        timed = _timed(table, layout, span, columns)
        findings += timed.findings
        parts += [_values(table, layout, field, columns, timed.clock, worn) for field in mine]
        parts += [_hours(part, timed.clock) for part in parts[:1] if span.night and name == _night_of(layout)]
        parts += [tag_readings(table, columns[folded(c)], mark, timed.clock, layout.device) for c, mark in tags
                  if folded(c) in columns]  # fmt: skip
    frame = pl.concat([pl.DataFrame(schema=READING_SCHEMA), *(part for part in parts if part.height)])
    if frame.is_empty():
        raise StudyError(f"readings of {layout.device}", "none that can be used", table.name)
    findings += _left_out(table, layout, source)
    return _assembled(frame, table, layout, fields, findings)


def _assembled(
    frame: pl.DataFrame, table: Table, layout: Layout, fields: list[Field], findings: list[Finding]
) -> Readings:
    seen = frame["variable"].unique(maintain_order=True).to_list()
    names = tuple(dict.fromkeys([*(f.variable for f in fields if f.variable in seen), *seen]))
    rules: dict[str, str] = {field.variable: field.rule for field in fields}
    for field in (f for f in fields if f.variable.startswith("{")):
        rules |= dict.fromkeys(seen, field.rule)
    tagged = {name for name in seen if name not in {f.variable for f in fields} | {"sleep_onset_hour", "wake_hour"}}
    rules |= dict.fromkeys(tagged - set(rules), "any") if layout.tags else {}
    rules |= {"sleep_onset_hour": "first", "wake_hour": "last"} if "wake_hour" in names else {}
    nights = {f.variable for f in fields if layout.spans[f.span].night or is_of_night(f.variable)}
    nights |= {"sleep_onset_hour", "wake_hour"}
    start = layout.spans.get("row", next(iter(layout.spans.values()))).start
    return Readings(
        frame=frame,
        index=pl.DataFrame(schema=INDEX_SCHEMA),
        layout=layout.name,
        time_column=start.split("|")[0],
        rows=table.cells.height,
        variables=names,
        events=(),
        findings=tuple(findings),
        rules={name: rule for name, rule in rules.items() if name in names},
        nights=tuple(name for name in names if name in nights),
        scored=tuple(f.variable for f in fields if f.scored and f.variable in names),
    )


def _timed(table: Table, layout: Layout, span: Span, columns: dict[str, str]) -> _Timed:
    start = _moments(table, layout, span, span.start, columns)
    end = _moments(table, layout, span, span.end, columns) if span.end and _has(span.end, columns) else None
    told = unreadable_times(table, _present(span.start, columns), start)
    clock = pl.DataFrame(
        {
            "row": pl.int_range(table.cells.height, eager=True),
            "line": table.lines,
            "local": start.local,
            "local_end": end.local if end else pl.Series([None] * table.cells.height, dtype=pl.Datetime("us")),
            "offset": start.offset,
            "date_only": start.date_only.fill_null(value=False),
        }
    ).with_columns(local_end=pl.when(pl.col("local_end") >= pl.col("local")).then("local_end"))
    return _Timed(clock, [told] if told else [])


def _has(names: str, columns: dict[str, str]) -> bool:
    return any(folded(name) in columns for name in names.split("|"))


def _present(names: str, columns: dict[str, str]) -> str:
    return next(columns[folded(part)] for part in _parts(names) if folded(part) in columns)


def _moments(table: Table, layout: Layout, span: Span, names: str, columns: dict[str, str]) -> Moments:
    parts = [part for name in names.split("|") for part in name.split(" + ")]
    present = [columns[folded(part)] for part in parts if folded(part) in columns]
    if not present or (" + " in names and len(present) < len(parts)):
        known = ", ".join(table.cells.columns)
        raise StudyError(
            f"the time column '{names.split('|')[0]}' of {layout.device}", f"the columns {known}", table.name
        )
    joined = pl.concat_str(present, separator=" ") if " + " in names else pl.coalesce(present)
    cells = table.cells.select(joined).to_series()
    zone = columns.get(folded(span.zone or ""))
    if zone is not None:
        offset = table.cells[zone].str.replace(r"^(UTC|GMT)$", "+00:00").str.replace(r"^(UTC|GMT)([+-])", "$2")
        cells = pl.DataFrame({"cell": cells, "offset": offset}).select(
            pl.when(pl.col("cell").str.contains(r"\d:\d\d(:\d\d)?(\.\d+)?$"))
            .then(pl.concat_str("cell", pl.col("offset").fill_null("")))
            .otherwise("cell")
        ).to_series()  # fmt: skip
    where = f"{table.name}, column '{present[0]}'"
    known = is_number_of_time(cells, "time")
    moments = from_numbers(cells) if known else moments_of(cells, table.lines, where, order=layout.order)
    if span.later:
        moments = moments._replace(local=moments.local + timedelta(hours=span.later))
    return moments._replace(offset=moments.offset.fill_null(0)) if span.utc else moments


def _values(
    table: Table, layout: Layout, field: Field, columns: dict[str, str], clock: pl.DataFrame, worn: pl.Series
) -> pl.DataFrame:
    cells = table.cells[columns[folded(field.column)]]
    if field.where is not None:
        other = columns.get(folded(field.where[0]))
        asked = [text.casefold() for text in field.where[1]]
        chosen = table.cells[other].str.to_lowercase().is_in(asked) if other else worn
        worn = worn & chosen.fill_null(value=False)
    if field.levels:
        levels = {text.casefold(): value for text, value in field.levels}
        value = cells.str.to_lowercase().replace_strict(levels, default=None, return_dtype=pl.Float64)
    else:
        written = cells if field.unit != "min" else _in_minutes(cells)
        numbers = numbers_of(written, table.lines, table.name, comma_decimal=table.comma_decimal, amounts=True)
        value = numbers.value * field.scale
        value = pl.DataFrame({"v": value}).select(
            pl.when(~pl.col("v").is_in([n * field.scale for n in field.missing])).then("v")
        ).to_series()  # fmt: skip
    rows = clock.with_columns(cell=cells, value=value, worn=worn, named=_names(table, field, columns))
    measured = pl.col("value").is_not_null() | (pl.col("cell").is_not_null() & ~_is_missing(field))
    usable = measured & pl.col("worn") & pl.col("local").is_not_null() & pl.col("named").is_not_null()
    made = rows.filter(usable).with_columns(
        variable="named",
        text=pl.when(pl.col("value").is_null()).then("cell"),
        unit=pl.lit(field.unit, dtype=pl.String),
        device=pl.lit(layout.device),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in READING_SCHEMA.items())


def _in_minutes(cells: pl.Series) -> pl.Series:
    """`7:55` is 475; anything else stays."""
    hours, minutes = (pl.col("c").str.extract(r"^(\d{1,2}):(\d\d)$", n).cast(pl.Int64) for n in (1, 2))
    return (
        pl.DataFrame({"c": cells}, schema={"c": pl.String})
        .select(pl.coalesce((hours * 60 + minutes).cast(pl.String), "c"))
        .to_series()
    )


def _names(table: Table, field: Field, columns: dict[str, str]) -> pl.Series:
    """The variable of every row."""
    if not field.variable.startswith("{"):
        return pl.Series([field.variable]).new_from_index(0, table.cells.height)
    return table.cells[columns[folded(field.variable.strip("{}"))]].str.slice(0, _LONGEST_NAME)


def _is_missing(field: Field) -> pl.Expr:
    number = pl.col("cell").cast(pl.Float64, strict=False)
    return number.is_in(list(field.missing)).fill_null(value=False)


def _night_of(layout: Layout) -> str | None:
    return next((name for name, span in layout.spans.items() if span.night and span.end), None)


def _hours(part: pl.DataFrame, clock: pl.DataFrame) -> pl.DataFrame:
    """When the person fell asleep and woke up, in hours from the midnight before waking."""
    nights = clock.filter(pl.col("local_end").is_not_null())
    midnight = pl.col("local_end").dt.truncate("1d")
    device = part["device"][0] if part.height else None
    made = pl.concat(
        nights.with_columns(
            variable=pl.lit(name), value=(pl.col(column) - midnight).dt.total_seconds() / 3600, text=None,
            unit=pl.lit("h"), device=pl.lit(device, dtype=pl.String),
        )
        for name, column in (("sleep_onset_hour", "local"), ("wake_hour", "local_end"))
    )  # fmt: skip
    return made.select(pl.col(name).cast(dtype) for name, dtype in READING_SCHEMA.items())


def _worn(table: Table, layout: Layout, columns: dict[str, str]) -> tuple[pl.Series, list[Finding]]:
    """False for rows that say that the device was not worn."""
    marks = [(columns[folded(c)], value) for c, value in layout.not_worn if folded(c) in columns]
    everywhere = pl.Series([True] * table.cells.height, dtype=pl.Boolean)
    if len(marks) < len(layout.not_worn) or not marks:
        return everywhere, []
    same = [pl.col(column).cast(pl.Float64, strict=False) == value for column, value in marks]
    off = table.cells.select(pl.all_horizontal(same).fill_null(value=False)).to_series()
    if not off.any():
        return everywhere, []
    line = table.lines[off.arg_max() or 0]
    rule = " and ".join(f"{column} = {value:g}" for column, value in marks)
    sentence = (
        f"{off.sum()} rows of {table.name} say that the device was not worn ({rule}; first: line {line}); "
        "their zeros are not observations."
    )
    counts = {"rows": int(off.sum()), "first_line": int(line)}
    return ~off, [Finding(kind="not_worn", severity="note", where=table.name, sentence=sentence, counts=counts)]


def _parts(names: str) -> list[str]:
    return [part for name in names.split("|") for part in name.split(" + ")]


def _left_out(table: Table, layout: Layout, source: Source) -> list[Finding]:
    times = {folded(n) for s in layout.spans.values() for c in (s.start, s.end, s.zone) if c for n in _parts(c)}
    known = {folded(f.column) for f in layout.fields} | times | {folded(layout.person or "")}
    known |= {folded(f.where[0]) for f in layout.fields if f.where} | set(map(folded, layout.marks))
    known |= {folded(column) for column, _ in layout.tags}
    unknown = [header for header in table.cells.columns if folded(header) not in known]
    ignored = [field.column for field in layout.fields if field.variable in source.ignore]
    found = []
    for names, why in ((unknown, "are not known here"), (ignored, "were declared to be ignored")):
        if names:
            sentence = f"{len(names)} columns of {table.name} {why} and are no variables: {', '.join(names)}."
            counts = {"columns": len(names), **dict.fromkeys(names[:20], 1)}
            found.append(
                Finding(kind="ignored_column", severity="note", where=table.name, sentence=sentence, counts=counts)
            )
    return found
