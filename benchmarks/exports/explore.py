"""How long stage explore takes for a long record of many variables: `python -m benchmarks.exports.explore`.

The record is synthetic: daily steps, every other variable with memory, a weekday profile, holes, a jump and outliers.
The reference is what no description can do without, sorting every variable once in NumPy.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from schemas.params import StudyParams
from tasks.explore import explore
from tasks.ingest import ingest


def write_record(path: Path, years: int, variables: int, seed: int = 1) -> None:
    """A table of one row per day."""
    rng = np.random.default_rng(seed)
    days = round(365.25 * years)
    dates = pl.select(pl.lit(datetime(2015, 1, 1)) + pl.duration(days=pl.int_range(days))).to_series().dt.date()
    noise = rng.normal(size=(days, variables))
    for day in range(1, days):
        noise[day, ::2] += 0.6 * noise[day - 1, ::2]
    noise += np.sin(2 * np.pi * np.arange(days)[:, None] / 7) + (np.arange(days)[:, None] > days // 2)
    noise[rng.random(noise.shape) < 0.1] = np.nan
    noise[rng.random(noise.shape) < 0.001] *= 20
    columns = {f"v{n:02d}": np.round(noise[:, n], 4) for n in range(1, variables)}
    exposure = (rng.random(days) < 0.4).astype(float)
    frame = pl.DataFrame({"date": dates, "v00": exposure, **columns}).with_columns(pl.selectors.float().fill_nan(None))
    frame.write_csv(path)


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Speed of stage explore.")
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--variables", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "data" / "raw").mkdir(parents=True)
        write_record(root / "data" / "raw" / "diary.csv", given.years, given.variables)
        params = StudyParams.model_validate({"study": {"treatment": "v00", "outcome": "v01"}})
        ingest(root, params, lambda _: None)
        panel = pl.read_parquet(root / "data" / "panel.parquet")
        first, first_cpu = took(lambda: explore(root, params, lambda _: None))
        again, again_cpu = took(lambda: explore(root, params, lambda _: None))
        values = panel.select(pl.selectors.float()).to_numpy()
        _, base = took(lambda: [np.sort(values, axis=0) for _ in range(20)])
    print(
        f"{panel.height} days, {panel.width - 2} variables; load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors"
    )
    print(f"explore, the first time in a process: {first:.1f} s wall, {first_cpu:.1f} s CPU")
    print(f"explore, again:                       {again:.1f} s wall, {again_cpu:.1f} s CPU")
    print(f"in units of sorting every variable once: {again_cpu / (base / 20):.0f}")


if __name__ == "__main__":
    main()
