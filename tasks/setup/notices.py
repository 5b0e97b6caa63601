"""What `init` says of a record: how much was read, what was assumed, what could not be used."""

import re

from schemas.audit import Audit, Finding
from schemas.errors import StudyError
from tasks.modelling.time_order import over_before, told_order
from tasks.panel import Built
from tasks.readings import RawFile
from tasks.sources.looks import MAP

_NAMED = 8
_LINES = 15
_STEPS = {"1d": "day", "1w": "week", "1mo": "month", "row": "row", "1h": "hour"}
_LOST_IN_TABLE = "column"
"""A finding about one column of a person's own table counts it under this name; a vendor's table tells many at once."""
_LOST_AS_TEXT = "texts"


def what_was_read(files: list[RawFile], built: Built) -> str:
    """Rows, steps, span and variables in one sentence."""
    step = built.audit.step
    steps = _counted(built.panel.height, _STEPS[step]) if step in _STEPS else f"{built.panel.height} steps of {step}"
    span = (
        f" from {built.audit.first[:10]} to {built.audit.last[:10]}" if built.audit.first and built.audit.last else ""
    )
    rows = _counted(sum(file.readings.rows for file in files), "row")
    return f"Read {rows}: {steps}{span}, {_counted(built.panel.width - 2, 'variable')}."


def files_left_out(audit: Audit) -> list[str]:
    """The files that no adapter knows, in one sentence."""
    skipped = [f for f in audit.findings if f.kind == "unreadable" and "looks" in f.counts]
    if not skipped:
        return []
    skipped.sort(key=lambda f: f.severity != "warning")
    more = f" and {len(skipped) - _NAMED} more (see data/audit.json)" if len(skipped) > _NAMED else ""
    told = ", ".join(f"{f.where} ({f.counts['looks']})" for f in skipped[:_NAMED])
    return [f"Left out: {told}{more}. To use one, {MAP}."]


def notices(audit: Audit) -> list[str]:
    """One sentence for each thing that was assumed, and for each column or row that could not be used."""
    told = [f"{_place(finding)}{finding.sentence}" for finding in audit.findings if _is_told(finding)]
    more = len(told) - _LINES
    return told if more <= 0 else [*told[:_LINES], f"And {more} more such notices (see data/audit.json)."]


def order_of(audit: Audit, treatment: str, outcome: str) -> list[str]:
    """Which of the two comes first on a day; where a night has no time of day, what is assumed of it."""
    books = {book.name: book for book in audit.variables}
    if audit.step != "1d" or treatment not in books or outcome not in books:
        return []
    if over_before(books[outcome], books[treatment]):
        return [told_order(outcome, treatment)]
    untimed = books[outcome].to_hour is None and books[treatment].from_hour is None
    if not untimed or not _of_night(outcome) or _of_night(treatment):
        return []
    return [
        f"{outcome} is taken as what follows {treatment} of the same day. If it is of the night that ended on that "
        "day's morning, set study.lag: 1 in params.yaml, which asks for the night that follows."
    ]


def _of_night(name: str) -> bool:
    return bool({"sleep", "slept", "asleep", "night", "bedtime", "insomnia"} & set(re.split(r"[\W_]+", name.lower())))


def refuse_lost(audit: Audit, name: str, key: str) -> None:
    """Say why a column that is in the files is no variable.

    Raises:
        StudyError: it was recorded and cannot be used.
    """
    lost = [f for f in audit.findings if f.kind == "ignored_column" and name in (f.where, f.counts.get(_LOST_IN_TABLE))]
    if lost and name not in {variable.name for variable in audit.variables}:
        raise StudyError(
            f"{'an' if key == 'outcome' else 'a'} {key} that can be used", lost[0].sentence.rstrip("."), f"--{key}"
        )


def _is_told(finding: Finding) -> bool:
    match finding.kind:
        case "assumed" | "levels" | "no_time" | "mixed_zones":
            return True
        case "ignored_column":
            return _LOST_IN_TABLE in finding.counts or _LOST_AS_TEXT in finding.counts
        case "unreadable":
            return finding.severity == "warning" and "looks" not in finding.counts
        case _:
            return False


def _place(finding: Finding) -> str:
    """The file, where the sentence names a row or column without it."""
    return f"{finding.where}: " if "." in finding.where and finding.where not in finding.sentence else ""


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
