"""How far the probability of a cause can be trusted where the child has two values but is scored as if normal."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float
from scipy.stats import norm

from ssm_core.discovery.edges import edge_probabilities
from ssm_core.discovery.lagged import Record
from ssm_core.discovery.priors import EdgePrior

CHILDREN: Mapping[str, float | None] = MappingProxyType(
    {"continuous": None, "two values, half ones": 0.5, "two values, few ones (15 %)": 0.15}
)
STEPS, BURN_IN, INDEX_SD, FEWEST = (60, 180, 365), 50, 1.1, 4
HEAD = ("child", "steps", "records", "mean probability, true edge", "no edge", "true where above 0.9", "0.5 to 0.9",
        "0.1 to 0.5", "below 0.1")  # fmt: skip


def record(rng: np.random.Generator, steps: int, ones: float | None, effect: float) -> Float[np.ndarray, "time node"]:
    """`index_t = effect w_{t-1} + 0.4 x_{t-1} + e_t`; the child is the index, or 1 where it is above a threshold."""
    total = steps + BURN_IN
    w, x = np.zeros((2, total))
    e, news = rng.normal(size=(2, total))
    for t in range(1, total):
        w[t] = 0.5 * w[t - 1] + np.sqrt(0.75) * news[t]
        past = x[t - 1] if ones is None else 2 * x[t - 1] - 1
        index = effect * w[t - 1] + 0.4 * past + e[t]
        x[t] = index if ones is None else float(index > INDEX_SD * norm.isf(ones))
    return np.column_stack([x, w])[BURN_IN:]


def trust(child: str, steps: int, records: int) -> list[str]:
    """A row of the table: the edge is there in half of the records, of size 0.1 to 0.7 of either sign."""
    ones, rng = CHILDREN[child], np.random.default_rng(5)
    found, there = [], []
    while len(found) < records:
        edge = bool(rng.random() < 0.5)
        effect = edge * float(rng.choice([-1, 1]) * rng.uniform(0.1, 0.7))
        values = record(rng, steps, ones, effect)
        if ones is not None and not FEWEST <= values[:, 0].sum() <= steps - FEWEST:
            continue
        rows = edge_probabilities(Record(("x", "w"), values), [EdgePrior("w", "x", 1, 0.5)]).edges
        found.append(next(row.posterior for row in rows if (row.source, row.target) == ("w", "x")))
        there.append(edge)
    p, true = np.array(found), np.array(there)
    bins = [(0.9, 1.01), (0.5, 0.9), (0.1, 0.5), (0.0, 0.1)]
    shares = [_share(true[(p >= low) & (p < high)]) for low, high in bins]
    return [child, str(steps), str(records), f"{p[true].mean():.2f}", f"{p[~true].mean():.2f}", *shares]


def _share(true: np.ndarray) -> str:
    return f"{true.mean():.0%} of {true.size}" if true.size else "-"
