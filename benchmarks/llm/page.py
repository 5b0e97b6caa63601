"""The scored table, one line per backend."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from benchmarks.llm.scores import Score

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
    """One backend: its scores case by case, and for each part how many of the first cases were asked about."""

    backend: str
    scores: tuple[Score, ...]
    counts: dict[str, int]


def page(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    return _HEAD + "".join(
        f"| {row.backend} | {_cell(row, 'roles')} | {_cell(row, 'edges')} | {_cell(row, 'priors')} |\n" for row in rows
    )


def _cell(row: Row, part: Literal["roles", "edges", "priors"]) -> str:
    if not row.counts[part]:
        return "not asked"
    field = "prior" if part == "priors" else part
    values = [score._asdict()[field] for score in row.scores[: row.counts[part]]]
    mean = sum(value or 0.0 for value in values) / len(values)
    why = [score.unusable[part] for score in row.scores if part in score.unusable]
    told = f" ({len(why)} without a usable reply, {sum('cut off' in each for each in why)} cut off)" if why else ""
    return f"{mean:.2f} of {len(values)} cases{told}"
