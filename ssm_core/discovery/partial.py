"""Partial correlations of many records at once, from second moments."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import stdtr

from ssm_core.discovery.lagged import orthonormal

ROUNDING = 1e-11
"""Share of a column's sum of squares below which what regressors leave of it is nothing but rounding."""


class Partial(NamedTuple):
    """Correlations of a child with candidates, given regressors.

    Attributes:
        correlation: of what the regressors leave; 0 where they leave nothing.
        p: two-sided, by Student's t with `rows - regressors - 1` degrees of freedom.
    """

    correlation: Float[np.ndarray, "copy candidate"]
    p: Float[np.ndarray, "copy candidate"]


def moments(
    values: Float[np.ndarray, "copy time node"],
    columns: Sequence[tuple[int, int]],
    fixed: Float[np.ndarray, "time column"],
    rows: Bool[np.ndarray, " time"],
) -> Float[np.ndarray, "copy column column"]:
    """`S = D' M D` of lagged columns D, M the projection off columns that are the same in all copies.

    Args:
        values: the records.
        columns: (node, lag).
        fixed: columns to project out, intercept included.
        rows: steps that are used, none before the longest lag.
    """
    used = np.flatnonzero(rows)
    D = np.empty((len(values), len(used), len(columns)))
    for place, (node, lag) in enumerate(columns):
        D[:, :, place] = values[:, used - lag, node]
    Q = orthonormal(fixed[used])
    D -= Q @ (Q.T @ D)
    return D.transpose(0, 2, 1) @ D


def partial_correlations(
    S: Float[np.ndarray, "copy column column"], child: int, others: Sequence[int], given: Sequence[int], freedom: int
) -> Partial:
    """`r = S_yc.z / sqrt(S_yy.z S_cc.z)`, `S_ab.z = S_ab - S_az S_zz^-1 S_zb`, `t = r sqrt(f / (1 - r^2))`.

    Args:
        S: second moments.
        child: column y.
        others: columns c, each tested alone.
        given: columns z.
        freedom: f, of the regression on c and z.

    Source: Frisch & Waugh (1933); Anderson (2003), section 4.3, for the law of a partial correlation.
    """
    kept = [child, *others]
    y, c = S[:, child, kept], np.einsum("bcc->bc", S)[:, kept]
    whole, sizes = c, c
    if given:
        scale = np.sqrt(np.einsum("bzz->bz", S)[:, given])
        z = S[:, given][:, :, given] / (scale[:, :, None] * scale[:, None, :])
        right = S[:, given][:, :, kept] / scale[:, :, None]
        solved = np.linalg.solve(z, right)
        sizes = c - (right * solved).sum(axis=1)
        y = y - (right[:, :, :1] * solved).sum(axis=1)
    unit = np.where(sizes > ROUNDING * whole, np.sqrt(np.maximum(sizes, 0.0)), np.inf)
    r = y[:, 1:] / (unit[:, :1] * unit[:, 1:])
    t = r * np.sqrt(freedom / np.maximum(1 - r**2, 1e-300))
    return Partial(r, 2 * stdtr(freedom, -np.abs(t)))
