"""The record as the report draws it: one row per step with the outcome and the exposure that counts for it."""

from typing import NamedTuple

import polars as pl

from tasks.reporting.inputs import Inputs
from tasks.reporting.prose import clean

UNKNOWN_GROUP = "exposure not recorded"


class Names(NamedTuple):
    """What the two sides of the comparison are called."""

    exposed: str
    unexposed: str
    binary: bool


def names(catalog: pl.DataFrame, treatment: str) -> Names:
    """Names of the sides: the recorded levels, else with / without; a continuous exposure is split at its median."""
    row = catalog.filter(pl.col("variable") == treatment)
    if row.is_empty() or row["kind"][0] not in ("binary", "constant"):
        return Names(f"more {clean(treatment)}", f"less {clean(treatment)}", False)
    levels = row["levels"][0]
    if levels and "|" in levels:
        zero, one = levels.split("|", 1)
        return Names(clean(one), clean(zero), True)
    return Names(f"with {clean(treatment)}", f"without {clean(treatment)}", True)


def contrast(inputs: Inputs) -> str:
    """The comparison in plain words: `with coffee versus without coffee` where the protocol says `1 versus 0`."""
    called = names(inputs.catalog, inputs.protocol.treatment)
    if called.binary and (inputs.protocol.contrast_from, inputs.protocol.contrast_to) == (0, 1):
        words = f"{called.exposed} versus {called.unexposed}"
        return f"since it began, {words}" if inputs.protocol.estimand == "average_since_beginning" else words
    return clean(inputs.protocol.contrast)


def steps(panel: pl.DataFrame, treatment: str, outcome: str, lag: int, called: Names) -> pl.DataFrame:
    """Columns `step`, `when` (ISO text in UTC or null), `value`, `exposure` (at the lag), `group`."""
    cut = _cut(panel[treatment], called)
    exposure = pl.col(treatment).shift(lag)
    group = pl.when(exposure.is_null()).then(pl.lit(UNKNOWN_GROUP))
    group = group.when(exposure > cut).then(pl.lit(called.exposed)).otherwise(pl.lit(called.unexposed))
    return panel.select(
        "step",
        pl.col("start").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("when"),
        pl.col(outcome).alias("value"),
        exposure.alias("exposure"),
        group.alias("group"),
    )


def _cut(exposure: pl.Series, called: Names) -> float:
    """Half-way between the two values of a binary exposure, else the median."""
    low, high, middle = exposure.min(), exposure.max(), exposure.median()
    if called.binary and isinstance(low, float) and isinstance(high, float):
        return (low + high) / 2 if high > low else 0.5
    return middle if isinstance(middle, float) else 0.0


def thinned(frame: pl.DataFrame, limit: int) -> tuple[pl.DataFrame, int]:
    """At most about `limit` rows: means of runs of `k` steps within each group; `k` is 1 when nothing was averaged."""
    observed = frame.filter(pl.col("value").is_not_null())
    width = 1
    while observed.height > limit:
        width = 7 if width == 1 else width * 2
        block = (pl.col("step") // width * width).alias("step")
        observed = (
            frame.filter(pl.col("value").is_not_null())
            .group_by(block, "group", maintain_order=True)
            .agg(pl.col("when").first(), pl.col("value").mean(), pl.col("exposure").mean())
            .sort("step", "group")
        )
    return observed, width


def step_word(step: str) -> str:
    """What one step is called."""
    return {"1d": "day", "1w": "week", "1mo": "month", "1h": "hour", "row": "row"}.get(step, "step")
