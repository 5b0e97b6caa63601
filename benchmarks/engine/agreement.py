"""Posteriors of different methods on the same data, compared before their speed is."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.engine.judge import Judgement, distance, judge
from benchmarks.engine.shards import Job
from benchmarks.engine.summary import Results

Z_ALLOWED, SD_ALLOWED = 5.0, 0.2
"""Of the largest of 32 differences of means in Monte Carlo errors, and of the largest log ratio of deviations."""


class Agreement(NamedTuple):
    """One method against the one with most effective draws, on one data set."""

    data: int
    method: str
    against: str
    z: float
    log_sd: float

    @property
    def holds(self) -> bool:
        """Within what Monte Carlo error explains."""
        return self.z < Z_ALLOWED and self.log_sd < SD_ALLOWED


def agreements(results: Results, folder: Path) -> list[Agreement]:
    """Pool each method's sampler seeds and compare, data set by data set."""
    found = []
    for data in sorted({job.data for job in results if job.kind == "posterior"}):
        pooled = _pooled([job for job in results if job.kind == "posterior" and job.data == data], folder)
        against = max(pooled, key=lambda name: pooled[name].bulk_ess)
        found += [
            Agreement(data, name, against, *distance(pooled[name], pooled[against]))
            for name in pooled
            if name != against
        ]
    return found


def _pooled(jobs: list[Job], folder: Path) -> dict[str, Judgement]:
    draws: dict[str, list[np.ndarray]] = {}
    for job in jobs:
        draws.setdefault(job.method, []).append(np.load(folder / f"{job.name}.npz")["draws"])
    return {name: judge(_together(chains)) for name, chains in draws.items()}


def _together(seeds: list[np.ndarray]) -> np.ndarray:
    """Chains of all seeds, as long as the shortest: a sampler may stop when it has converged."""
    length = min(draws.shape[1] for draws in seeds)
    return np.concatenate([draws[:, :length] for draws in seeds])
