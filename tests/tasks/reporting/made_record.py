"""A small record: panel, audit, catalogue, exploration."""

import random
from datetime import datetime, timedelta

import polars as pl

from schemas.audit import Audit, FileAudit, Finding, VariableAudit
from schemas.exploration import Association, Exploration, Overlap, Profile


def make_panel(steps: int, x: str, y: str) -> pl.DataFrame:
    dice = random.Random(7)
    exposed = [float(dice.random() < 0.45) for _ in range(steps)]
    level, values = 0.0, []
    for e in exposed:
        level = 0.4 * level + dice.gauss(0, 22)
        values.append(None if dice.random() < 0.06 else 430 - 18 * e + level)
    return pl.DataFrame(
        {
            "step": range(steps),
            "start": [datetime(2024, 1, 1) + timedelta(days=i) for i in range(steps)],
            x: [None if i % 29 == 28 else e for i, e in enumerate(exposed)],
            y: values,
            "workout": [float(dice.random() < 0.3) for _ in range(steps)],
        },
        schema={"step": pl.Int64, "start": pl.Datetime("us"), x: pl.Float64, y: pl.Float64, "workout": pl.Float64},
    )


def make_audit(panel: pl.DataFrame, x: str, y: str) -> Audit:
    variables = [
        VariableAudit(
            name=name,
            unit="min" if name == y else None,
            aggregate="mean" if name == y else "any",
            readings=panel.height,
            steps_observed=panel[name].count(),
            steps_missing=panel[name].null_count(),
            longest_gap=2,
            readings_outside_window=0,
        )
        for name in (x, y, "workout")
    ]
    file = FileAudit(
        path="data/raw/log.csv",
        sha256="a" * 64,
        adapter="csv",
        layout="wide",
        time_column="date",
        rows=panel.height,
        readings=3 * panel.height,
        first="2024-01-01",
        last="2024-05-19",
        zones=(),
    )
    finding = Finding(kind="gap", severity="note", where="log.csv", sentence="Two days in a row are missing.")
    return Audit(
        step="1d",
        day_starts_at="00:00",
        timezone=None,
        steps=panel.height,
        first="2024-01-01",
        last="2024-05-19",
        files=(file,),
        variables=tuple(variables),
        findings=(finding,),
    )


def make_catalog(panel: pl.DataFrame, x: str, y: str) -> pl.DataFrame:
    rows = [
        {
            "variable": name,
            "unit": "min" if name == y else None,
            "kind": "continuous" if name == y else "binary",
            "levels": None,
            "night": False,
            "from_hour": None,
            "to_hour": None,
            "aggregate": "mean",
            "source": "log.csv",
            "observed": panel[name].count(),
            "missing": panel[name].null_count(),
            "distinct": panel[name].n_unique(),
            "mean": panel[name].mean(),
            "sd": panel[name].std(),
            "min": panel[name].min(),
            "q25": panel[name].quantile(0.25),
            "median": panel[name].median(),
            "q75": panel[name].quantile(0.75),
            "max": panel[name].max(),
            "autocorrelation": 0.2,
            "trend_per_step": 0.0,
            "switches": 50,
            "longest_run": 6,
        }
        for name in (x, y, "workout")
    ]
    hours = {"from_hour": pl.Float64, "to_hour": pl.Float64}
    return pl.DataFrame(rows, schema_overrides={"unit": pl.String, "levels": pl.String, **hours})


def make_exploration(panel: pl.DataFrame, x: str, y: str) -> Exploration:
    profile = Profile(
        variable=y,
        histogram_edges=(300.0, 400.0, 500.0),
        histogram_counts=(40, 60),
        weekday=(430.0, 428.0, 431.0, 425.0, 420.0, 440.0, 445.0),
        autocorrelation=(0.4, 0.2, None),
        first_half_mean=430.0,
        second_half_mean=428.0,
        missing_runs=(1, 2),
        effective_size=80.0,
    )
    overlap = Overlap(
        exposure=x,
        steps_exposed=63,
        steps_unexposed=73,
        usable_exposed=59,
        usable_unexposed=68,
        switches=66,
        longest_run_exposed=5,
        longest_run_unexposed=7,
    )
    associations = tuple(Association(first=x, second=y, lag=k, correlation=-0.3 / (k + 1), pairs=127) for k in range(4))
    return Exploration(steps=panel.height, profiles=(profile,), overlap=overlap, associations=associations, figures=())
