"""Several readings of one step as one number."""

import polars as pl

from schemas.audit import Finding
from schemas.params import Variable


def rules_of(frame: pl.DataFrame, names: list[str], events: set[str], declared: dict[str, Variable]) -> dict[str, str]:
    """How each variable is aggregated: as declared, else by what it is.

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
        elif name in events:
            rules[name] = "sum"
        else:
            rules[name] = "any" if name in binary else "mean"
    return rules


def _binary(frame: pl.DataFrame) -> set[str]:
    known = frame.drop_nulls("value").group_by("variable").agg(yes=pl.col("value").is_in([0.0, 1.0]).all())
    return set(known.filter("yes")["variable"].to_list())


def aggregated(frame: pl.DataFrame, rules: dict[str, str]) -> pl.DataFrame:
    """One row per variable and step: `variable`, `at`, `value`; the order of the readings in their file is no matter."""
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
            count=pl.len().cast(pl.Float64),
            any=(value != 0).any().cast(pl.Float64),
        )
    )
    rule = pl.col("variable").replace_strict(rules, default="mean", return_dtype=pl.String)
    chosen = pl.coalesce(
        pl.when(rule == name).then(pl.col(name)) for name in ("mean", "sum", "first", "last", "min", "max", "count", "any")
    )
    return made.select("variable", "at", value=chosen)


def several_per_step(frame: pl.DataFrame, rules: dict[str, str]) -> list[Finding]:
    """Tell which variables have more than one reading on a step, and warn of a 0/1 variable that changes within one."""
    per_step = (
        frame.drop_nulls(["value", "at"])
        .group_by("variable", "at")
        .agg(readings=pl.len(), differs=pl.col("value").n_unique() > 1)
        .filter(pl.col("readings") > 1)
        .group_by("variable")
        .agg(steps=pl.len(), most=pl.col("readings").max(), differing=pl.col("differs").sum())
        .sort("variable")
    )
    binary = _binary(frame)
    found = []
    for name, steps, most, differing in per_step.iter_rows():
        split = name in binary and differing > 0 and rules[name] in ("any", "mean")
        sentence = f"{name} has several readings on {steps} steps (up to {most}); the step's value is their {rules[name]}."
        if split:
            how = "counts as 1 if any reading is 1" if rules[name] == "any" else "is the share of ones"
            sentence = f"{name} is both 0 and 1 within {differing} steps; such a step {how}."
        found.append(
            Finding(
                kind="multiple_per_step",
                severity="warning" if split else "note",
                where=name,
                sentence=sentence,
                counts={"steps": steps, "most": most, "differing": differing, "aggregate": rules[name]},
            )
        )
    return found
