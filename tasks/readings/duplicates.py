"""The same reading twice is one reading; two readings of one moment that differ are told."""

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError
from schemas.params import Variable

_RARE = 0.1


def without_duplicates(
    frame: pl.DataFrame, events: set[str], declared: dict[str, Variable]
) -> tuple[pl.DataFrame, list[Finding]]:
    """Merge exact repetitions (same variable, time, value, text), keep different values of one moment.

    Raises:
        StudyError: a record of one row per day has two different values on the same date.
    """
    timed = frame.filter(pl.col("clock").is_not_null()).sort("file", "row", maintain_order=True)
    untimed = frame.filter(pl.col("clock").is_null())
    kept = timed.unique(["variable", "start", "end", "value", "text"], keep="first", maintain_order=True)
    findings = _repeated(timed, kept)
    kept, corrected = _corrected(kept)
    findings += corrected
    levels = kept.filter(pl.col("value").is_not_null() & ~pl.col("variable").is_in(sorted(events)))
    levels = levels.filter(pl.len().over("variable", "start", pl.col("device").fill_null("")) > 1)
    _refuse_contradictions(kept, levels.filter("date_only"), declared)
    if levels.height:
        findings.append(_differing(levels))
    return pl.concat([kept, untimed]), findings


def _repeated(timed: pl.DataFrame, kept: pl.DataFrame) -> list[Finding]:
    merged = timed.height - kept.height
    if not merged:
        return []
    gone = timed.join(kept.select("file", "row", "variable"), on=["file", "row", "variable"], how="anti")
    sentence = (
        f"{merged} readings repeat an earlier reading (same variable, time and value) and count once; "
        f"the first is {gone['variable'][0]} at {gone['source'][0]}."
    )
    counts = {"merged": merged, "rows": gone.select("file", "row").n_unique(), "first": gone["source"][0]}
    where = str(gone["file"][0])
    return [Finding(kind="duplicates", severity="note", where=where, sentence=sentence, counts=counts)]


def _corrected(kept: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """Of several values that one device gives for one day or one span of time, the one read last counts."""
    span = pl.col("device").is_not_null() & (pl.col("date_only") | pl.col("end").is_not_null())
    keys = ["variable", "start", "end", "device"]
    spans = kept.filter(span)
    last = spans.unique(keys, keep="last", maintain_order=True)
    if last.height == spans.height:
        return kept, []
    gone = spans.join(last.select("file", "row", "variable"), on=["file", "row", "variable"], how="anti")
    sentence = (
        f"{gone.height} readings are followed by another value of the same device for the same time; the later one "
        f"counts. The first is {gone['variable'][0]} at {gone['source'][0]}."
    )
    counts = {"readings": gone.height, "first": gone["source"][0]}
    told = Finding(kind="duplicates", severity="warning", where=str(gone["file"][0]), sentence=sentence, counts=counts)
    return pl.concat([kept.filter(~span), last]), [told]


def _differing(several: pl.DataFrame) -> Finding:
    moments = several.select("variable", "start").n_unique()
    sentence = (
        f"{moments} times have several different values of one variable; they are all used. "
        f"The first is {several['variable'][0]} at {several['source'][0]}."
    )
    counts = {"times": moments, "readings": several.height, "first": several["source"][0]}
    where = str(several["file"][0])
    return Finding(kind="duplicates", severity="warning", where=where, sentence=sentence, counts=counts)


def _refuse_contradictions(kept: pl.DataFrame, several: pl.DataFrame, declared: dict[str, Variable]) -> None:
    """In a record with one row per date, a date that comes twice with different values is a mistake."""
    for (variable,), rows in several.group_by("variable", maintain_order=True):
        dates = kept.filter((pl.col("variable") == variable) & pl.col("date_only"))["start"].n_unique()
        chosen = declared[str(variable)].aggregate if str(variable) in declared else "auto"
        if chosen == "auto" and rows["start"].n_unique() <= max(1.0, _RARE * dates):
            same = rows.filter(pl.col("start") == rows["start"][0])
            told = " and ".join(
                f"{text if value is None else format(value, 'g')} ({at})"
                for value, text, at in same.select("value", "text", "source").iter_rows()
            )
            raise StudyError(
                f"one value of {variable} on {rows['clock'][0]:%Y-%m-%d}",
                told,
                str(same["source"][-1]),
                f"delete one row, or say how to combine them: ingest.variables.{variable}.aggregate: mean",
            )
