"""Several readings of one step as one number."""

from collections.abc import Mapping

import polars as pl

from schemas.audit import Finding
from schemas.params import Variable

_NAMED = 6
_SPOKEN = {
    "mean": "their mean", "sum": "their sum", "first": "the first one", "last": "the last one", "min": "the smallest",
    "max": "the largest", "count": "their number", "any": "whether any is 1",
}  # fmt: skip


def rules_of(
    frame: pl.DataFrame,
    names: list[str],
    events: set[str],
    declared: dict[str, Variable],
    vendors: Mapping[str, str],
) -> dict[str, str]:
    """How each variable is aggregated: as declared, else as its vendor's format says, else by what it is.

    A reading picked by an event or by the next-in-time join is the first one; amounts of an event log add up;
    a 0/1 variable asks whether it occurred at all; anything else is averaged.
    """
    binary = _binary(frame)
    rules = {}
    for name in names:
        rule = declared.get(name, Variable())
        if rule.aggregate != "auto":
            rules[name] = rule.aggregate
        elif rule.after is not None or rule.join == "next_within":
            rules[name] = "first"
        elif vendors.get(name, "auto") != "auto":
            rules[name] = vendors[name]
        elif name in events:
            rules[name] = "sum"
        else:
            rules[name] = "any" if name in binary else "mean"
    return rules


def _binary(frame: pl.DataFrame) -> set[str]:
    known = frame.drop_nulls("value").group_by("variable").agg(yes=pl.col("value").is_in([0.0, 1.0]).all())
    return set(known.filter("yes")["variable"].to_list())


def aggregated(frame: pl.DataFrame, rules: dict[str, str]) -> pl.DataFrame:
    """One row per variable and step (`variable`, `at`, `value`), whatever the order of the rows in the files."""
    value = pl.col("value")
    made = (
        frame.drop_nulls(["value", "at"])
        .sort("variable", "at", "clock", "value")
        .group_by("variable", "at", maintain_order=True)
        .agg(
            mean=value.mean(),
            sum=value.sum(),
            first=value.first(),
            last=value.last(),
            min=value.min(),
            max=value.max(),
            count=pl.col("n").sum().cast(pl.Float64),
            any=(value != 0).any().cast(pl.Float64),
        )
    )
    rule = pl.col("variable").replace_strict(rules, default="mean", return_dtype=pl.String)
    chosen = pl.coalesce(
        pl.when(rule == name).then(pl.col(name))
        for name in ("mean", "sum", "first", "last", "min", "max", "count", "any")
    )
    return made.select("variable", "at", value=chosen)


def several_per_step(frame: pl.DataFrame, rules: dict[str, str], vendors: Mapping[str, str]) -> list[Finding]:
    """Tell which variables have more than one reading on a step, and warn of a 0/1 variable that changes within one.

    Args:
        frame: readings with `variable`, `at`, `value`, `n`.
        rules: how each is aggregated.
        vendors: rules that come with the format of the file, of which no one need be warned.
    """
    per_step = (
        frame.drop_nulls(["value", "at"])
        .group_by("variable", "at")
        .agg(readings=pl.col("n").sum(), differs=pl.col("value").n_unique() > 1)
        .filter(pl.col("readings") > 1)
        .group_by("variable")
        .agg(steps=pl.len(), most=pl.col("readings").max(), differing=pl.col("differs").sum())
        .sort("variable")
    )
    binary = _binary(frame) - {name for name, rule in vendors.items() if rule == "any"}
    split = [row for row in per_step.iter_rows() if row[0] in binary and row[3] and rules[row[0]] in ("any", "mean")]
    told = {row[0] for row in split}
    usual = [row for row in per_step.iter_rows() if row[0] not in told]
    found = [_split(*row, rules[row[0]]) for row in split]
    for_rule = {rule: [row for row in usual if rules[row[0]] == rule] for rule in sorted(set(rules.values()))}
    return found + [_several(rows, rule) for rule, rows in for_rule.items() if rows]


def _split(name: str, steps: int, most: int, differing: int, rule: str) -> Finding:
    how = "counts as 1 if any reading is 1" if rule == "any" else "is the share of ones"
    sentence = f"{name} is both 0 and 1 within {differing} steps; such a step {how}."
    counts = {"steps": steps, "most": most, "differing": differing, "aggregate": rule}
    return Finding(kind="multiple_per_step", severity="warning", where=name, sentence=sentence, counts=counts)


def _several(rows: list[tuple[str, int, int, int]], rule: str) -> Finding:
    names = [row[0] for row in rows]
    which = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    verb = "has" if len(names) == 1 else "have"
    sentence = (
        f"{which} {verb} several readings on a step (up to {max(row[2] for row in rows)}); {_SPOKEN[rule]} is used."
    )
    counts = {name: steps for name, steps, _, _ in rows}
    return Finding(kind="multiple_per_step", severity="note", where=rule, sentence=sentence, counts=counts)
