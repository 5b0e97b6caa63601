"""The report as typed content; the HTML and the Markdown templates show the same model."""

from dataclasses import dataclass
from typing import ClassVar

from schemas.results import VerdictName
from tasks.reporting.charts import Spec


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Formulas:
    """Equations in Unicode, each with what it says."""

    kind: ClassVar[str] = "formulas"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """Named values, one a line."""

    kind: ClassVar[str] = "fields"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A raw table; `numeric` lists the columns that are set flush right."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its title, a text for those who cannot see it, and what it leaves out."""

    kind: ClassVar[str] = "figure"
    id: str
    title: str
    caption: str
    spec: Spec
    svg: str


Block = Text | Formulas | Fields | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """One part for the technical reader."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Lay:
    """The first screen.

    Attributes:
        label: the verdict in plain words.
        caveat: the assumption without which the answer does not hold; empty when randomised.
        truth: the line of a simulated study; empty otherwise.
        certainty: a word or two, shown large.
        probability: what the word rests on, as text.
        gauge: the same from 0 to 1, to be drawn.
        comparison: the naive difference next to the estimate and the reason for the gap.
        reasons: why the verdict is what it is, one sentence each.
        doubts: what the checks found against it, the first few; and how many more there are, as a sentence.
    """

    verdict: VerdictName
    label: str
    answer: str
    caveat: str
    truth: str
    certainty: str
    probability: str
    gauge: float | None
    how_sure: str
    why: str
    comparison: str
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    what_next: str
    picture: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ReportModel:
    """The whole report."""

    title: str
    question: str
    subtitle: str
    lay: Lay
    sections: tuple[Section, ...]
    words_from: str
