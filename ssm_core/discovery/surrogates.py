"""Records as they would look if a graph were true: its regressions, fitted and run forward."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.discovery.lagged import Cause, Record, lagged_column

STEADY = 0.995
"""Largest modulus of the dynamics' eigenvalues that is run forward; larger ones are shrunk to it."""


class Equation(NamedTuple):
    """A fitted regression of one node.

    Attributes:
        causes: its regressors.
        coefficients: one for each.
        mean: intercept and calendar part at every step.
        residuals: centred, in units of the innovation's standard deviation as its degrees of freedom say.
    """

    causes: tuple[Cause, ...]
    coefficients: Float[np.ndarray, " cause"]
    mean: Float[np.ndarray, " time"]
    residuals: Float[np.ndarray, " row"]


def fit_equation(record: Record, child: str, causes: Sequence[Cause]) -> Equation | None:
    """Least squares on the steps at which child and causes are recorded; None where these are too few to tell."""
    steps = len(record.values)
    fixed = np.column_stack([np.ones(steps), *([] if record.beside is None else [record.beside])])
    X = np.column_stack([*(lagged_column(record, cause) for cause in causes), fixed])
    y = lagged_column(record, Cause(child, 0))
    complete = ~np.isnan(np.column_stack([y, X])).any(axis=1)
    left = int(complete.sum()) - X.shape[1]
    if left < 1:
        return None
    solution = np.linalg.lstsq(X[complete], y[complete])[0]
    residuals = y[complete] - X[complete] @ solution
    scaled = (residuals - residuals.mean()) * np.sqrt(complete.sum() / left)
    return Equation(tuple(causes), solution[: len(causes)], fixed @ solution[len(causes) :], scaled)


def surrogates(
    record: Record, equations: Mapping[str, Equation], copies: int, rng: np.random.Generator
) -> Float[np.ndarray, "copy time node"]:
    """`x_t = B_0 x_t + sum_l B_l x_{t-l} + m_t + e_t`, e resampled from each equation's own residuals.

    The first steps are the record's, so that the copies start where it did.

    Args:
        record: gives length, order of nodes, and first steps (a missing one stands at its column's mean).
        equations: one for each node.
        copies: how many records.
        rng: source of randomness.

    Source: Efron & Tibshirani (1993), section 8.5, residual bootstrap of an autoregression.
    """
    steps, nodes = record.values.shape
    place = {name: i for i, name in enumerate(record.names)}
    lags = max([1, *(cause.lag for equation in equations.values() for cause in equation.causes)])
    B = np.zeros((lags + 1, nodes, nodes))
    for name, equation in equations.items():
        for cause, value in zip(equation.causes, equation.coefficients, strict=True):
            B[cause.lag, place[name], place[cause.name]] = value
    now = np.linalg.inv(np.eye(nodes) - B[0])
    A = steadied(now @ B[1:])
    mean = np.column_stack([equations[name].mean for name in record.names]) @ now.T
    noise = np.stack([rng.choice(equations[name].residuals, size=(steps, copies)) for name in record.names], axis=-1)
    shocks = noise @ now.T + mean[:, None, :]
    out = np.empty((steps, copies, nodes))
    start = record.values[:lags]
    out[:lags] = np.where(np.isnan(start), np.nanmean(record.values, axis=0), start)[:, None, :]
    for t in range(lags, steps):
        out[t] = shocks[t]
        for lag in range(1, lags + 1):
            out[t] += out[t - lag] @ A[lag - 1].T
    return np.ascontiguousarray(out.transpose(1, 0, 2))


def steadied(A: Float[np.ndarray, "lag node node"]) -> Float[np.ndarray, "lag node node"]:
    """Dynamics whose eigenvalues lie within `STEADY`: those of `A_l s^l` are s times those of `A_l`."""
    lags, nodes, _ = A.shape
    companion = np.eye(lags * nodes, k=-nodes)
    companion[:nodes] = np.concatenate(list(A), axis=1)
    radius = float(np.abs(np.linalg.eigvals(companion)).max())
    factor = min(1.0, STEADY / max(radius, 1e-12))
    return A * factor ** np.arange(1, lags + 1)[:, None, None]
