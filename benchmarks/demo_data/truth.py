"""The true effect: the same days lived with every breakfast low-carb, and with every breakfast usual."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from benchmarks.demo_data.study import Study

WORLDS = {
    "factual": "breakfast as the coin fell: the world that cgm.csv and diary.csv record",
    "all0": "every breakfast usual",
    "all1": "every breakfast low-carb",
}


class Worlds(NamedTuple):
    """The complete readings (mg/dL) of each world, before any is lost."""

    factual: Float[np.ndarray, "day reading"]
    all0: Float[np.ndarray, "day reading"]
    all1: Float[np.ndarray, "day reading"]


def daily_means(study: Study, worlds: Worlds) -> pl.DataFrame:
    """Return the mean glucose (mg/dL) of each local calendar day in each world."""
    means = {name: readings.mean(axis=1) for name, readings in worlds._asdict().items()}
    return pl.DataFrame({"date": study.dates, **means})


def truth(study: Study, low_carb: Bool[np.ndarray, " day"], daily: pl.DataFrame) -> dict[str, object]:
    """Return the content of `truth.json`.

    `effect = mean_t(all1_t - all0_t)` over the days kept, carry-over from earlier breakfasts included.
    `naive_difference` is the difference of the factual means of the two arms, with Welch's standard error.
    """
    effect = (daily["all1"] - daily["all0"]).to_numpy()
    factual = daily["factual"].to_numpy()
    exposed, unexposed = factual[low_carb], factual[~low_carb]
    return {
        "patient": study.patient,
        "seed": study.seed,
        "days": study.days,
        "outcome": study.outcome,
        "worlds": {
            name: {"breakfast": text, "mean_daily_glucose": round(daily[name].to_numpy().mean(), 3)}
            for name, text in WORLDS.items()
        },
        "effect_all_low_carb_minus_all_usual": round(effect.mean(), 3),
        "sd_of_daily_effect": round(effect.std(ddof=1), 3),
        "naive_difference": round(exposed.mean() - unexposed.mean(), 3),
        "naive_se": round(np.sqrt(exposed.var(ddof=1) / exposed.size + unexposed.var(ddof=1) / unexposed.size), 3),
        "n_low_carb": int(low_carb.sum()),
    }
