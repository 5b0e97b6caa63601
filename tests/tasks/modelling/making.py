"""Small panels, catalogues and parameters for the tests of modelling and answering."""

import datetime as dt

import numpy as np
import polars as pl

from schemas.frames import Catalog, Panel
from schemas.params import StudyParams

TYPES = {"unit": pl.String, "levels": pl.String, "from_hour": pl.Float64, "to_hour": pl.Float64}


def panel_of(columns, start=dt.datetime(2025, 3, 3), every="1d"):
    steps = len(next(iter(columns.values())))
    times = (
        pl.datetime_range(start, start + dt.timedelta(days=4000), every, eager=True).head(steps).cast(pl.Datetime("us"))
    )
    data = {name: pl.Series(values, dtype=pl.Float64).fill_nan(None) for name, values in columns.items()}
    return Panel.validate(pl.DataFrame({"step": np.arange(steps), "start": times, **data}))


def catalog_of(panel, units=None, kinds=None, levels=None, nights=()):
    rows = []
    for name in panel.columns[2:]:
        values = panel[name].drop_nulls()
        two = values.n_unique() == 2
        rows.append(
            {
                "variable": name,
                "unit": (units or {}).get(name),
                "kind": (kinds or {}).get(name, "binary" if two else "continuous"),
                "levels": (levels or {}).get(name),
                "night": name in nights,
                "from_hour": None,
                "to_hour": None,
                "aggregate": "mean",
                "source": "test.csv",
                "observed": len(values),
                "missing": panel.height - len(values),
                "distinct": values.n_unique(),
                "mean": values.mean(),
                "sd": values.std(),
                "min": values.min(),
                "q25": values.quantile(0.25),
                "median": values.median(),
                "q75": values.quantile(0.75),
                "max": values.max(),
                "autocorrelation": 0.0,
                "trend_per_step": 0.0,
                "switches": 1,
                "longest_run": 1,
            }
        )
    return Catalog.validate(pl.DataFrame(rows, schema_overrides=TYPES))


def record(steps=40, seed=1, **more):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, steps).astype(float)
    columns = {"coffee": x, "sleep": 7 + rng.normal(size=steps), "stress": rng.normal(size=steps)}
    return panel_of({**columns, **more})


def params(**study):
    base = {"question": "Does coffee change sleep?", "treatment": "coffee", "outcome": "sleep"}
    return StudyParams.model_validate({"study": {**base, **study}})


def with_section(given, section, **changes):
    return given.model_validate(
        {**given.model_dump(by_alias=True), section: {**given.model_dump(by_alias=True)[section], **changes}}
    )
