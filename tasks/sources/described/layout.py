"""How a vendor's table is described: which columns hold what, in which unit, for which time."""

from typing import Literal, NamedTuple

Rule = Literal["auto", "mean", "sum", "first", "last", "min", "max", "any"]


class Field(NamedTuple):
    """One column.

    Attributes:
        column: its header, compared without regard to case.
        variable: name of the variable it becomes, shared by all vendors where there is one; `{column}` takes the name
            from another column.
        unit: unit after scaling.
        rule: how several readings of one step become one number.
        scale: what the written number is multiplied with.
        missing: values that mean `not measured`.
        scored: whether the vendor computes it from others.
        span: which of the layout's spans it was measured over.
        levels: numbers behind texts, for ordered answers.
        where: a column and the texts it must have for the cell to count.
    """

    column: str
    variable: str
    unit: str | None = None
    rule: Rule = "mean"
    scale: float = 1.0
    missing: tuple[float, ...] = ()
    scored: bool = False
    span: str = "row"
    levels: tuple[tuple[str, float], ...] = ()
    where: tuple[str, tuple[str, ...]] | None = None


class Span(NamedTuple):
    """Columns that hold when something began and ended.

    Attributes:
        start: column of the beginning; `a|b` takes the first that is filled, `a + b` joins a date and a clock.
        end: column of the end, if there is one.
        night: whether its readings belong to the day on which they end; then onset and wake hours are derived.
        zone: column of the UTC offset, such as `UTC-05:00`.
        utc: whether the times are written in UTC.
        later: hours to add, where a row is dated by the night before the day it speaks of.
    """

    start: str
    end: str | None = None
    night: bool = False
    zone: str | None = None
    utc: bool = False
    later: float = 0.0


class Layout(NamedTuple):
    """One kind of table of a vendor.

    Attributes:
        name: what it is, for the audit.
        device: what stands for the device.
        marks: headers by which it is known.
        fields: its columns; others are told and left out.
        spans: its times; `row` is the one for fields that name no other.
        order: order of day and month in written dates where the values alone would not tell.
        person: column of the person in a file of several.
        not_worn: columns and values that together say that the device was not worn.
        skip: lines before the header.
        tags: columns of tags, with the mark between them; each tag becomes 1 where it stands and 0 in other rows.
        only: whether a file with further headers is something else.
        file: what the file's name begins with, where headers alone do not tell.
    """

    name: str
    device: str
    marks: tuple[str, ...]
    fields: tuple[Field, ...]
    spans: dict[str, Span]
    order: Literal["day_first", "month_first"] | None = None
    person: str | None = None
    not_worn: tuple[tuple[str, float], ...] = ()
    skip: int = 0
    tags: tuple[tuple[str, str], ...] = ()
    only: bool = False
    file: str = ""


def folded(header: str) -> str:
    """A header without case, quotes and superfluous space."""
    return " ".join(header.replace("\ufeff", "").strip().strip('"').split()).casefold()
