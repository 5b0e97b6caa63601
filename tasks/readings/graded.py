"""Words that grade something as numbers: by a known scale, or in the order that the person gives."""

from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Variable
from tasks.readings.scales import plain, ranks_of
from tasks.sources.adapter import NOT_GIVEN

_FEWEST = 3
_SHOWN, _LONGEST = 20, 40


class Graded(NamedTuple):
    """The readings of one variable as ranks, the words behind 0 and 1 if there are two only, and what to tell."""

    value: pl.Expr
    levels: str | None
    told: Finding


def graded(variable: str, readings: pl.DataFrame, rule: Variable | None, *, is_event: bool) -> Graded | None:
    """Rank the words of one variable; None where nothing says in which order they stand.

    Two words are left to the rule for two-valued texts, and amounts of an event (a small one is not none) to no rule,
    unless their order is given.

    Args:
        variable: its name.
        readings: its readings.
        rule: what `ingest.variables` says of it.
        is_event: whether its readings are amounts.

    Raises:
        StudyError: a word of the record is not in the list that the person gave.
    """
    texts = readings["text"].drop_nulls().unique(maintain_order=True).to_list()
    words = {text: plain(text) for text in texts if text != NOT_GIVEN}
    if rule is not None and rule.levels is not None:
        ranks = {plain(word): rank for rank, word in enumerate(rule.levels)}
        numbers = {value: f"{value:g}" for value in readings["value"].drop_nulls().unique().to_list()}
        _refuse_unlisted(variable, readings, {**words, **numbers}, ranks, rule.levels)
        two = "|".join(word.replace("|", "/") for word in rule.levels) if len(ranks) == 2 else None
        told = _told(variable, dict(enumerate(rule.levels)), f"as listed at ingest.variables.{variable}.levels")
        return Graded(pl.coalesce(_ranked("text", words, ranks), _ranked("value", numbers, ranks)), two, told)
    if is_event or len(set(words.values())) < _FEWEST or readings["value"].null_count() < readings.height:
        return None
    known = ranks_of(set(words.values()))
    if known is None:
        return None
    shown = {known[word]: text for text, word in reversed(words.items())}
    why = (
        f"if that is wrong, list its words from lowest to highest at ingest.variables.{variable}.levels in params.yaml"
    )
    return Graded(_ranked("text", words, known), None, _told(variable, dict(sorted(shown.items())), why))


def _ranked[Written: (str, float)](column: str, words: dict[Written, str], ranks: dict[str, int]) -> pl.Expr:
    codes = {written: float(ranks[word]) for written, word in words.items()}
    return pl.col(column).replace_strict(codes, default=None, return_dtype=pl.Float64)


def _refuse_unlisted(
    variable: str,
    readings: pl.DataFrame,
    words: dict[str | float, str],
    ranks: dict[str, int],
    levels: tuple[str, ...],
) -> None:
    unlisted = next((written for written, word in words.items() if word not in ranks), None)
    if unlisted is None:
        return
    column, written = ("text", unlisted) if isinstance(unlisted, str) else ("value", f"{unlisted:g}")
    cells = readings.filter((pl.col(column) == unlisted).fill_null(value=False))
    shown = ", ".join(levels[:_SHOWN]) + (", ..." if len(levels) > _SHOWN else "")
    got = f"'{written[:_LONGEST]}' in {cells.height} of {readings.height} cells"
    fix = f"add it to ingest.variables.{variable}.levels in params.yaml where it belongs, or correct the cell"
    raise StudyError(f"one of the words {shown}", got, f"{cells['source'][0]}, column '{variable}'", fix)


def _told(variable: str, shown: dict[int, str], why: str) -> Finding:
    codes = [
        f"'{text}' counts as {rank}" if not n else f"'{text}' as {rank}" for n, (rank, text) in enumerate(shown.items())
    ]
    sentence = f"{variable} is graded text: {', '.join(codes)}; {why}."
    counts = {text: rank for rank, text in shown.items()}
    return Finding(kind="levels", severity="note", where=variable, sentence=sentence, counts=counts)
