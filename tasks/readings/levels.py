"""Texts as numbers: two-valued texts become 0 and 1, graded words ranks, other texts stay in the observations only."""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Contrast, Variable
from tasks.readings.graded import graded

_BASELINE = (
    (
        "control",
        "placebo",
        "sham",
        "usual",
        "none",
        "no",
        "off",
        "false",
        "baseline",
        "never",
        "without",
        "n",
        "f",
        "nein",
        "non",
        "nee",
        "nej",
        "nie",
        "ohne",
        "aus",
        "falsch",
        "nao",
        "não",
    ),
    ("normal", "standard", "regular", "untreated", "absent", "before", "pre", "low"),
)
_YES = frozenset(("yes", "y", "true", "t", "on", "1", "ja", "j", "oui", "si", "sí", "sim", "tak", "wahr"))
_NO = frozenset(("no", "n", "false", "f", "off", "0", "nein", "non", "nee", "nej", "nie", "falsch", "nao", "não"))
_MOSTLY = 0.5
_LISTED = 12
"""With more texts than that they are no grades."""
_SHOWN = 40


class Coded(NamedTuple):
    """Readings whose texts of two values or of grades have a value, the two by variable as `zero|one`, what to tell."""

    frame: pl.DataFrame
    levels: dict[str, str]
    findings: list[Finding]


def coded(
    frame: pl.DataFrame,
    treatment: str | None,
    contrast: Contrast | None,
    rules: Mapping[str, Variable],
    events: Collection[str] = (),
) -> Coded:
    """Give every two-valued text the values 0 (baseline) and 1, and graded words their ranks.

    Args:
        frame: readings of all files.
        treatment: the exposure.
        contrast: two of its texts may be declared.
        rules: `ingest.variables`; the order of a variable's words may be declared.
        events: variables that are amounts of something taken or done.

    Raises:
        StudyError: the declared contrast names a level that the treatment does not have, or a word is not in its list.
    """
    listed = [name for name, rule in rules.items() if rule.levels is not None]
    texts_or_listed = pl.col("text").is_not_null() | pl.col("variable").is_in(listed)
    with_text = frame.filter(texts_or_listed)["variable"].unique(maintain_order=True).to_list()
    levels: dict[str, str] = {}
    findings: list[Finding] = []
    values = pl.col("value")
    for variable in with_text:
        readings = frame.filter(pl.col("variable") == variable)
        numeric = readings.height - readings["value"].null_count()
        texts = sorted({text.casefold(): text for text in reversed(readings["text"].drop_nulls().to_list())}.values())
        declared = contrast if variable == treatment and _of_texts(contrast) else None
        rule, is_event = rules.get(variable), variable in events
        ranked = None if declared else graded(variable, readings, rule, is_event=is_event)
        spelled = None if declared or ranked else _spelled(variable, readings, texts)
        if ranked is not None:
            levels |= {variable: ranked.levels} if ranked.levels else {}
            values = pl.when(pl.col("variable") == variable).then(ranked.value).otherwise(values)
            findings.append(ranked.told)
        elif spelled is not None:
            levels[variable] = "no|yes"
            values = pl.when(pl.col("variable") == variable).then(_yes_or_no()).otherwise(values)
            findings.append(spelled)
        elif numeric >= _MOSTLY * readings.height:
            findings.append(_unreadable(variable, readings))
        elif numeric == 0 and ((len(texts) == 2 and not _one_meaning(texts)) or declared):
            zero, one = _ordered(variable, texts, declared)
            levels[variable] = "|".join(text.replace("|", "/") for text in (zero, one))
            values = pl.when(pl.col("variable") == variable).then(_zero_or_one(zero, one)).otherwise(values)
            findings.append(_levels(variable, zero, one, readings))
        elif variable == treatment:
            raise _uncodable(variable, texts, numeric, readings)
        else:
            findings.append(_kept_as_text(variable, readings, texts))
            values = pl.when(pl.col("variable") == variable).then(None).otherwise(values)
    return Coded(frame.with_columns(value=values), levels, findings)


def _spelled(variable: str, readings: pl.DataFrame, texts: list[str]) -> Finding | None:
    """What to tell of yes and no in several spellings, also beside 1 and 0; None if the texts are anything else."""
    words = {text.casefold() for text in texts}
    numbers = set(readings["value"].drop_nulls().to_list())
    value = readings.select(_yes_or_no())["value"]
    one_spelling = len(words) == 2 and not numbers
    if one_spelling or value.null_count() or not numbers <= {0.0, 1.0} or value.n_unique() < 2:
        return None
    shown = [*texts, *(f"{number:g}" for number in sorted(numbers))]
    zeros, ones = (", ".join(f"'{t}'" for t in shown if t.casefold() in level) for level in (_NO, _YES))
    ones_read = int(value.sum())
    sentence = f"{variable} is text: {zeros} count as 0 (reference), {ones} as 1."
    counts = {"zero": "no", "one": "yes", "readings_zero": len(value) - ones_read, "readings_one": ones_read}
    return Finding(kind="levels", severity="note", where=variable, sentence=sentence, counts=counts)


def _one_meaning(texts: list[str]) -> bool:
    """Whether all the texts say yes, or all say no."""
    words = {text.casefold() for text in texts}
    return words <= _YES or words <= _NO


def _yes_or_no() -> pl.Expr:
    text = pl.col("text").str.to_lowercase()
    return pl.coalesce("value", pl.when(text.is_in(_YES)).then(1.0).when(text.is_in(_NO)).then(0.0)).alias("value")


def _of_texts(contrast: Contrast | None) -> bool:
    return contrast is not None and isinstance(contrast.exposed, str) and isinstance(contrast.reference, str)


def _zero_or_one(zero: str, one: str) -> pl.Expr:
    text = pl.col("text").str.to_lowercase()
    return pl.when(text == one.lower()).then(1.0).when(text == zero.lower()).then(0.0)


def _uncodable(variable: str, texts: list[str], numeric: int, readings: pl.DataFrame) -> StudyError:
    shown = ", ".join(f"'{text}'" for text in texts[:5]) + (", ..." if len(texts) > 5 else "")
    got = f"the texts {shown} beside {numeric} numbers" if numeric else f"{len(texts)} texts: {shown}"
    fix = "name two of them in study.contrast (exposed, reference)" if len(texts) > 1 and not numeric else ""
    fix += f", or {_listing(variable)}" if fix and len(texts) <= _LISTED else ""
    where = f"{readings['file'][0]}, column '{variable}'"
    return StudyError(f"a treatment '{variable}' of numbers or of two texts", got, where, fix)


def _ordered(variable: str, texts: list[str], contrast: Contrast | None) -> tuple[str, str]:
    if contrast is not None:
        by_fold = {text.casefold(): text for text in texts}
        pair = [by_fold.get(str(name).strip().casefold()) for name in (contrast.reference, contrast.exposed)]
        if pair[0] is None or pair[1] is None or pair[0] == pair[1]:
            got = f"reference '{contrast.reference}', exposed '{contrast.exposed}'"
            where = "params.yaml at study.contrast"
            known = " and ".join(f"'{text}'" for text in texts)
            raise StudyError(f"two levels of {variable} among {known}", got, where)
        return pair[0], pair[1]
    for words in _BASELINE:
        marked = [text for text in texts if set(re.findall(r"[^\W_]+", text.casefold())) & set(words)]
        if len(marked) == 1:
            return marked[0], next(text for text in texts if text != marked[0])
    return texts[0], texts[1]


def _levels(variable: str, zero: str, one: str, readings: pl.DataFrame) -> Finding:
    value = readings.select(_zero_or_one(zero, one).alias("value"))["value"]
    ones, others = int(value.sum()), value.null_count()
    rest = f"; {others} readings of other texts are not in the comparison" if others else ""
    sentence = f"{variable} is text: '{zero}' counts as 0 (reference), '{one}' as 1{rest}."
    counts = {"zero": zero, "one": one, "readings_zero": readings.height - ones - others, "readings_one": ones}
    counts |= {"readings_other": others} if others else {}
    return Finding(kind="levels", severity="note", where=variable, sentence=sentence, counts=counts)


def _unreadable(variable: str, readings: pl.DataFrame) -> Finding:
    bad = readings.filter(pl.col("value").is_null() & pl.col("text").is_not_null())
    sentence = (
        f"{bad.height} cells of {variable} are not numbers and count as not observed "
        f"(first: '{bad['text'][0][:40]}' at {bad['source'][0]})."
    )
    counts = {"cells": bad.height, "first": bad["source"][0]}
    return Finding(kind="unreadable", severity="warning", where=variable, sentence=sentence, counts=counts)


def _listing(variable: str) -> str:
    return f"list its words from lowest to highest at ingest.variables.{variable}.levels in params.yaml"


def _kept_as_text(variable: str, readings: pl.DataFrame, texts: list[str]) -> Finding:
    numbers = readings.height - readings["value"].null_count()
    shown = ", ".join(f"'{text[:_SHOWN]}'" for text in texts[:3]) + (", ..." if len(texts) > 3 else "")
    if numbers:
        what, fix = f"mixes {numbers} numbers with texts ({shown})", "write numbers only"
    elif len(texts) == 1 or _one_meaning(texts):
        what, fix = f"says one thing only ({shown})", "write a second text, such as no, where it does not hold"
    else:
        what = f"holds {len(texts)} texts ({shown})"
        listing = f"{_listing(variable)}, " if len(texts) <= _LISTED else ""
        fix = f"write numbers or two texts, {listing}or derive a variable of kind tag at ingest.features in params.yaml"
    sentence = (
        f"{variable} {what} and is no variable of the analysis; its {readings.height} readings are kept. "
        f"To use it, {fix}."
    )
    counts = {"readings": readings.height, "texts": len(texts)}
    return Finding(kind="ignored_column", severity="note", where=variable, sentence=sentence, counts=counts)
