"""The scored table, one line per backend."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from benchmarks.llm.scores import Score

type Part = Literal["roles", "edges", "priors"]
PARTS: tuple[Part, ...] = get_args(Part.__value__)
_HEAD = """# Language-model roles, scored

`python -m benchmarks.llm` asks each backend about questions with a catalogue and known answers (`cases.py`). Roles:
share of columns with the expected role. Edges: share of right comparisons of a cause with its reverse and with
unrelated pairs; guessing gives 0.50. Priors: share of central 95 % that hold the plausible effects without being ten
times as wide. A case without a reply that passes the checks within its turns counts 0; how many these are, and how
many of them because the last reply was cut off, stands in parentheses. The rules (`off`) are told exposure and
outcome, as the model is. The table of general knowledge and the cases were written by the same
people, so the figures of `off` say that the table is used rightly, not that it is complete.

| backend | roles | edges | priors |
|---|---|---|---|
"""


class Row(NamedTuple):
    """One backend: its scores case by case, and the parts that it was asked for."""

    backend: str
    scores: tuple[Score, ...]
    parts: frozenset[Part]


def page(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    lines = (f"| {row.backend} | {' | '.join(_cell(row, part) for part in PARTS)} |\n" for row in rows)
    return _HEAD + "".join(lines)


def _cell(row: Row, part: Part) -> str:
    if part not in row.parts:
        return "not asked"
    values = [score._asdict()["prior" if part == "priors" else part] or 0.0 for score in row.scores]
    why = [score.unusable[part] for score in row.scores if part in score.unusable]
    told = f" ({len(why)} without a usable reply, {sum('cut off' in each for each in why)} cut off)" if why else ""
    return f"{sum(values) / len(values):.2f} of {len(values)} cases{told}"
