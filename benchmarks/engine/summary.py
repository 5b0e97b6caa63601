"""From results of single jobs to the figures of the table."""

import statistics
from typing import NamedTuple

from benchmarks.engine.settings import CHAINS, ESS_WANTED, METHODS, RHAT_WANTED, N, T
from benchmarks.engine.shards import Job

Results = dict[Job, dict]
KEYS = ("gradient_us", "ess_per_cpu_s", "cold_wall_s")


class Figures(NamedTuple):
    """A method on the reference problem; None where it has no such figure.

    Attributes:
        gradient_us: value and gradient, per chain, 16 chains at once, shortest time.
        ess_per_cpu_s: median over converged runs of min bulk ESS / CPU seconds of the cold process tree.
        cold_wall_s: median wall seconds to min bulk and tail ESS of 1000.
        projected: whether any run's `cold_wall_s` is projected by its rate of ESS.
        runs: posteriors drawn.
        converged: how many of them have R-hat below 1.01.
        ess_per_gradient: min bulk ESS / evaluations, warm-up included, median.
        cpu_s: median CPU seconds of a run.
        wall_s: median wall seconds of a run.
        bulk_ess: median of min bulk ESS.
        tail_ess: median of min tail ESS.
        rhat: largest R-hat of any run.
    """

    gradient_us: float | None = None
    ess_per_cpu_s: float | None = None
    cold_wall_s: float | None = None
    projected: bool = False
    runs: int = 0
    converged: int = 0
    ess_per_gradient: float | None = None
    cpu_s: float | None = None
    wall_s: float | None = None
    bulk_ess: float | None = None
    tail_ess: float | None = None
    rhat: float | None = None


def figures(method: str, results: Results) -> Figures:
    """Summarise one method."""
    runs = [result for job, result in results.items() if job.method == method and job.kind == "posterior"]
    gradient_us = shortest(method, results, T, N, CHAINS)
    if not runs:
        return Figures(gradient_us)
    good = [run for run in runs if run["rhat"] < RHAT_WANTED]
    counted = good or runs
    cold = [cold_wall_s(run) for run in counted]
    return Figures(
        gradient_us,
        statistics.median(run["bulk_ess"] / run["cpu_s"] for run in counted),
        statistics.median(seconds for seconds, _ in cold),
        any(projected for _, projected in cold),
        len(runs),
        len(good),
        statistics.median(run["bulk_ess"] / run["n_gradients"] for run in counted),
        *(statistics.median(run[key] for run in counted) for key in ("cpu_s", "wall_s", "bulk_ess", "tail_ess")),
        max(run["rhat"] for run in runs),
    )


def shortest(method: str, results: Results, rows: int, n: int, chains: int, key: str = "gradient_us") -> float | None:
    """Smallest figure of a gradient over the rounds; one chain stands for all where they are not batched.

    `gradient_us` is the shorter of wall and CPU time: what an idle machine's wall would show, one thread or several.
    """
    size = (method, "gradient", rows, n, chains if METHODS[method].batches else 1)
    keys = ("gradient_us", "gradient_cpu_us") if key == "gradient_us" else (key,)
    times = [min(result[one] for one in keys) for job, result in results.items() if job[:5] == size]
    return min(times) if times else None


def cold_wall_s(run: dict) -> tuple[float, bool]:
    """Wall seconds to min bulk and tail ESS of 1000 at R-hat <= 1.01, and whether that had to be projected."""
    least = min(run["bulk_ess"], run["tail_ess"])
    if least >= ESS_WANTED and run["rhat"] <= RHAT_WANTED:
        return run["wall_s"], False
    return run["warm_s"] + (run["wall_s"] - run["warm_s"]) * max(1.0, ESS_WANTED / least), True


def best(names: list[str], table: dict[str, Figures]) -> dict[str, str]:
    """Which of the methods is best by each key."""
    chosen = {}
    for key in KEYS:
        having = {name: getattr(table[name], key) for name in names if getattr(table[name], key) is not None}
        if having:
            chosen[key] = (max if key == "ess_per_cpu_s" else min)(having, key=having.__getitem__)
    return chosen


def ratios(table: dict[str, Figures], ours: dict[str, str], peers: dict[str, str]) -> dict[str, float | None]:
    """How many times better the best of ours is than the best peer."""
    found: dict[str, float | None] = {}
    for key in KEYS:
        if key not in ours or key not in peers:
            found[key] = None
            continue
        mine, theirs = getattr(table[ours[key]], key), getattr(table[peers[key]], key)
        found[key] = mine / theirs if key == "ess_per_cpu_s" else theirs / mine
    return found


def projections(table: dict[str, Figures], results: Results) -> dict[str, dict[str, float | str]]:
    """What NUTS would give over a filter that has no sampler: measured ESS per gradient / CPU time of a gradient.

    Warm-up is in the ESS per gradient, imports and compilation are left out, so the figures flatter these methods.
    """
    rates = {name: row.ess_per_gradient for name, row in table.items() if row.ess_per_gradient and _marginal(name)}
    if not rates:
        return {}
    source = max(rates, key=rates.__getitem__)
    return {
        name: {"ess_per_cpu_s": rates[source] * 1e6 / us, "ess_per_gradient_of": source}
        for name, row in table.items()
        if row.runs == 0 and METHODS[name].environment == "peers"
        if (us := shortest(name, results, T, N, CHAINS, "gradient_cpu_us")) is not None
    }


def _marginal(name: str) -> bool:
    """Whether a method's NUTS runs on the marginal density, as the projected ones would: it has its gradient timed."""
    return METHODS[name].environment == "peers" and "gradient" in METHODS[name].jobs


def groups() -> tuple[list[str], list[str], list[str]]:
    """Names of ours, of the peers, of the yardstick."""
    ours = [name for name, method in METHODS.items() if method.environment == "ours" and not method.limit]
    peers = [name for name, method in METHODS.items() if method.environment == "peers"]
    return ours, peers, [name for name, method in METHODS.items() if method.limit]
