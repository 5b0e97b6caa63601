"""The assignments that a randomised design could have made as well: all of them where they are few, else a sample."""

from itertools import product
from math import comb
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Int

Kind = Literal["coin", "complete", "blocks", "periods"]
MOST_ENUMERATED = 20_000
"""Assignments up to which all are looked at."""
FEW = 2.33
"""Standard deviations below the switches of a coin."""


class Design(NamedTuple):
    """How the exposure was assigned.

    `coin`: each unit for itself; `complete`: a fixed number of exposed units in random order; `blocks`: the units of a
    block in random order (pairs: 2); `periods`: the runs of equal exposure, whole, in random order. Given how often
    each value came up a coin's assignments are as likely as those of `complete`, whatever the coin's share.

    Attributes:
        kind: see above.
        block: units in a block; for `blocks` only.
        period: steps in a unit, for which one toss holds; not for `periods`.
    """

    kind: Kind
    block: int = 2
    period: int = 1


class Assignments(NamedTuple):
    """Equally likely assignments, the one that was made among the possible ones.

    Attributes:
        exposures: one a row; unknown exposures stay unknown.
        exact: whether these are all there are.
    """

    exposures: Float[np.ndarray, "assignment time"]
    exact: bool


def design_seen(exposure: Float[np.ndarray, " time"]) -> Design:
    """The design that an undeclared assignment looks like: periods, where there are far too few switches for a coin.

    The number of switches of `n` coin tosses of share `p` has mean `2 p (1 - p) (n - 1)` and about that variance.
    """
    known = exposure[~np.isnan(exposure)]
    on = known > known.mean() if known.size else known.astype(bool)
    share = float(on.mean()) if known.size else 0.0
    expected = 2 * share * (1 - share) * (known.size - 1)
    switches = int((on[1:] != on[:-1]).sum())
    return Design("periods" if switches < expected - FEW * np.sqrt(max(expected, 1e-9)) else "coin")


def contradicted(exposure: Float[np.ndarray, " time"], design: Design) -> int | None:
    """First step whose exposure differs from an earlier one of its own unit; None where the design can have made it."""
    unit = units_of(exposure, design.period)
    for k in np.unique(unit[unit >= 0]):
        steps = np.flatnonzero(unit == k)
        if (other := steps[exposure[steps] != exposure[steps[0]]]).size:
            return int(other[0])
    return None


def units_of(exposure: Float[np.ndarray, " time"], period: int) -> Int[np.ndarray, " time"]:
    """Unit of every step with a known exposure, counted from the first of them; -1 elsewhere."""
    known = np.flatnonzero(~np.isnan(exposure))
    unit = np.full(exposure.size, -1)
    if known.size:
        unit[known] = (known - known[0]) // period
    return unit


def assignments(
    exposure: Float[np.ndarray, " time"],
    design: Design,
    rng: np.random.Generator,
    count: int,
    most: int = MOST_ENUMERATED,
) -> Assignments:
    """All assignments of a design where there are at most `most`, else `count` drawn ones.

    Args:
        exposure: as it was assigned; NaN where it is not known. A block that the record cuts off keeps its units.
        design: how.
        rng: of the draws.
        count: of drawn assignments.
        most: see above.

    Raises:
        ValueError: an exposure that the design cannot have made, see `contradicted`.

    Source: Edgington & Onghena (2007), Randomization Tests, chapter 11 (single-case designs).
    """
    if design.kind == "periods":
        return _of_runs(exposure, rng, count, most)
    if (step := contradicted(exposure, design)) is not None:
        raise ValueError(f"step {step} differs from another step of its unit of {design.period}")
    unit = units_of(exposure, design.period)
    ids, first = np.unique(unit[unit >= 0], return_index=True)
    values = exposure[unit >= 0][first]
    group = ids // design.block if design.kind == "blocks" else np.zeros(ids.size, dtype=int)
    groups = [np.flatnonzero(group == g) for g in np.unique(group)]
    total = np.prod([float(_orders(values[g])) for g in groups])
    if total <= most:
        orders = [_distinct(values[g]) for g in groups]
        rows = np.array([np.concatenate(choice) for choice in product(*orders)])
    else:
        rows = np.repeat(values[None], count, axis=0)
        for g in groups:
            rows[:, g] = rng.permuted(rows[:, g], axis=1)
    out = np.repeat(np.full((1, exposure.size), np.nan), len(rows), axis=0)
    out[:, unit >= 0] = rows[:, np.searchsorted(ids, unit[unit >= 0])]
    return Assignments(out, bool(total <= most))


def runs_of(values: Float[np.ndarray, " time"]) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and values of the runs of equal values."""
    edges = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1], [True]]))
    return np.diff(edges), values[edges[:-1]]


def _of_runs(exposure: Float[np.ndarray, " time"], rng: np.random.Generator, count: int, most: int) -> Assignments:
    """The known exposures as runs in another order."""
    known = np.flatnonzero(~np.isnan(exposure))
    lengths, values = runs_of(exposure[known])
    kinds, kind = np.unique(np.column_stack([lengths, values]), axis=0, return_inverse=True)
    exact = _orders(kind) <= most
    orders = _distinct(kind) if exact else [rng.permutation(kind) for _ in range(count)]
    out = np.repeat(exposure[None], len(orders), axis=0)
    for row, order in zip(out, orders, strict=True):
        row[known] = np.repeat(kinds[order, 1], kinds[order, 0].astype(int))
    return Assignments(out, exact)


def _orders(values: np.ndarray) -> int:
    """Number of different orders, `n! / prod_v n_v!`."""
    total, left = 1, values.size
    for k in np.unique(values, return_counts=True)[1]:
        total *= comb(left, int(k))
        left -= int(k)
    return total


def _distinct(values: np.ndarray) -> list[np.ndarray]:
    """All different orders, in lexicographic order (Knuth, The Art of Computer Programming 4A, algorithm 7.2.1.2L)."""
    now = np.sort(values)
    out = [now.copy()]
    while True:
        rising = np.flatnonzero(now[:-1] < now[1:])
        if rising.size == 0:
            return out
        j = rising[-1]
        later = np.flatnonzero(now > now[j])
        k = later[later > j][-1]
        now[j], now[k] = now[k], now[j]
        now[j + 1 :] = now[j + 1 :][::-1].copy()
        out.append(now.copy())
