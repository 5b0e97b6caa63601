"""Numbers that stand for `not measured`, such as -999, in tables that anyone may have made."""

import polars as pl

from schemas.audit import Finding
from schemas.params import Variable

_CODES = (-99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0)
_FEWEST = 3
_FAR = 3
"""All other values must lie within a third of a code's size."""


def without_sentinels(
    frame: pl.DataFrame, own: set[str], declared: dict[str, Variable]
) -> tuple[pl.DataFrame, list[Finding]]:
    """Give readings that are such a code, far from all other values of their variable, no value; told as warnings.

    Args:
        frame: readings with `variable`, `value`, `text`, `file` and `source`.
        own: files that no vendor wrote; vendors' codes are known.
        declared: `ingest.variables`; a declared `low` or `high` decides instead.
    """
    known = frame.filter(pl.col("file").is_in(sorted(own)) & pl.col("value").is_not_null())
    suspected = known.filter(pl.col("value").is_in(_CODES))["variable"].unique(maintain_order=True).to_list()
    findings: list[Finding] = []
    for name in suspected:
        rule = declared.get(name)
        if rule is not None and (rule.low is not None or rule.high is not None):
            continue
        mine = known.filter(pl.col("variable") == name)
        codes = _codes(mine["value"])
        if codes:
            is_code = (pl.col("variable") == name) & pl.col("value").is_in(codes) & pl.col("file").is_in(sorted(own))
            findings.append(_told(name, mine, codes))
            frame = frame.with_columns(
                text=pl.when(is_code).then(pl.col("value").cast(pl.Int64).cast(pl.String)).otherwise("text"),
                value=pl.when(~is_code.fill_null(value=False)).then("value"),
            )
    return frame, findings


def _codes(values: pl.Series) -> list[float]:
    others = values.filter(~values.is_in(_CODES)).to_list()
    if len(others) < _FEWEST:
        return []
    low, high = min(others), max(others)
    present = [code for code in _CODES if (values == code).any()]
    short = {-99.0} if low < 0 else set()
    return [code for code in present if code not in short and (low > code / _FAR if code < 0 else high < code / _FAR)]


def _told(name: str, mine: pl.DataFrame, codes: list[float]) -> Finding:
    gone = mine.filter(pl.col("value").is_in(codes))
    others = mine.filter(~pl.col("value").is_in(_CODES))["value"].to_list()
    shown = " or ".join(f"{code:.0f}" for code in codes)
    readings, count = (f"{gone.height} readings", "count") if gone.height > 1 else ("1 reading", "counts")
    sentence = (
        f"{readings} of {name} {count} as not observed: {shown} is far from all other values, {min(others):g} to "
        f"{max(others):g} (first: {gone['source'][0]}). If it was measured, declare `low` and `high` at "
        f"ingest.variables.{name} in params.yaml."
    )
    counts = {"readings": gone.height, "first": gone["source"][0]}
    return Finding(kind="assumed", severity="warning", where=name, sentence=sentence, counts=counts)
