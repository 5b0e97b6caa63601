"""The reference problem LGSSM-365: its structure, its data and its posterior density in plain NumPy.

`x_0 ~ N(0, 4 I)`, `x_t = A x_{t-1} + B u_t + w_t` with `w_t ~ N(0, diag(q^2))` for `t >= 1`,
`y_t = C x_t + d + v_t` with `v_t ~ N(0, diag(r^2))`; every cell is missing with one probability, completely at random.

Unconstrained order: `logit a (n), off (edges), b (inputs), log q (n), lam (loadings), d (m), log r (m)`.
Priors: `a ~ Beta(3, 2)`, `off ~ N(0, .5)`, `b, lam, d ~ N(0, 1)`, `q, r ~ LogNormal(log .5, .7)`.
"""

from itertools import combinations
from math import log, pi, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

SEED = 20260101
LOG_2PI = log(2.0 * pi)
LOG_BETA_3_2 = -log(12.0)
SCALE_LOCATION, SCALE_SPREAD = log(0.5), 0.7
OFF_SPREAD = 0.5
INITIAL_VARIANCE = 4.0
TRUTH = {
    "a": (0.8, 0.6, 0.7, 0.5),
    "off": (0.25, -0.2, 0.3, 0.15),
    "b": (0.6, -0.4, 0.5, 0.4),
    "q": (0.5, 0.4, 0.6, 0.5),
    "lam": (0.8, -0.5, 0.7, 0.6),
    "d": (0.5, -0.3, 0.2, 0.0, 0.4, -0.1),
    "r": (0.4, 0.5, 0.6, 0.5, 0.7, 0.6),
}


class Spec(NamedTuple):
    """Which cells of `A`, `B`, `C` are free.

    Attributes:
        n: latent states.
        m: observed variables; rows `0 .. n-1` of `C` are the identity.
        k: inputs.
        off: free off-diagonal cells of `A` as `(to, from)`.
        b: free cells of `B` as `(state, input)`.
        lam: free cells of `C` below the identity as `(row, state)`.
    """

    n: int
    m: int
    k: int
    off: tuple[tuple[int, int], ...]
    b: tuple[tuple[int, int], ...]
    lam: tuple[tuple[int, int], ...]

    @property
    def blocks(self) -> dict[str, slice]:
        """Where each block lies in the vector of parameters."""
        sizes = {"a": self.n, "off": len(self.off), "b": len(self.b), "q": self.n, "lam": len(self.lam)}
        blocks, start = {}, 0
        for name, size in (sizes | {"d": self.m, "r": self.m}).items():
            blocks[name] = slice(start, start + size)
            start += size
        return blocks

    @property
    def size(self) -> int:
        """How many parameters are free."""
        return self.blocks["r"].stop


class Problem(NamedTuple):
    """One data set: `y` of shape (time, m) with NaN for missing, `u` of shape (time, k)."""

    spec: Spec
    y: Matrix
    u: Matrix


def spec(n: int = 4) -> Spec:
    """Chain `0 -> 1 -> ... -> n-1` with the extra edge `0 -> 2`; one more indicator for every two latents."""
    off = [(i + 1, i) for i in range(n - 1)] + ([(2, 0)] if n > 2 else [])
    b = dict.fromkeys([(0, 0), (1, 0), (1, 1), (n - 1, 1)])
    lam = [(n + pair, 2 * pair + side) for pair in range(n // 2) for side in (0, 1)]
    return Spec(n, n + n // 2, 2, tuple(off), tuple(b), tuple(lam))


def candidates(base: Spec, count: int) -> list[Spec]:
    """The `count` graphs nearest to `base`: its set of edges `j -> i`, `j < i`, with 0, 1, 2, ... of them toggled."""
    pairs = [(i, j) for i in range(base.n) for j in range(i)]
    toggles = (set(chosen) for size in range(len(pairs) + 1) for chosen in combinations(pairs, size))
    return [base._replace(off=tuple(sorted(set(base.off) ^ next(toggles)))) for _ in range(count)]


def truth(spec: Spec) -> Vector:
    """Natural parameters that the data are drawn from; longer blocks repeat the published values."""
    return np.concatenate([np.resize(TRUTH[name], block.stop - block.start) for name, block in spec.blocks.items()])


def unconstrained(spec: Spec, natural: Vector) -> Vector:
    """From natural parameters `(..., P)`: logit of `a`, logarithm of `q` and `r`."""
    theta, blocks = np.array(natural, dtype=float), spec.blocks
    theta[..., blocks["a"]] = np.log(theta[..., blocks["a"]]) - np.log1p(-theta[..., blocks["a"]])
    for name in ("q", "r"):
        theta[..., blocks[name]] = np.log(theta[..., blocks[name]])
    return theta


def natural(spec: Spec, theta: Vector) -> Vector:
    """The inverse of `unconstrained`."""
    values, blocks = np.array(theta, dtype=float), spec.blocks
    values[..., blocks["a"]] = 1.0 / (1.0 + np.exp(-values[..., blocks["a"]]))
    for name in ("q", "r"):
        values[..., blocks[name]] = np.exp(values[..., blocks[name]])
    return values


def matrices(spec: Spec, values: Vector) -> tuple[Matrix, Matrix, Vector, Matrix, Vector, Vector]:
    """`A (n, n)`, `B (n, k)`, `q (n)`, `C (m, n)`, `d (m)`, `r (m)` of natural parameters."""
    part = {name: values[block] for name, block in spec.blocks.items()}
    A, B, C = np.diag(part["a"]), np.zeros((spec.n, spec.k)), np.eye(spec.m, spec.n)
    for matrix, cells, name in ((A, spec.off, "off"), (B, spec.b, "b"), (C, spec.lam, "lam")):
        for cell, value in zip(cells, part[name], strict=True):
            matrix[cell] = value
    return A, B, part["q"], C, part["d"], part["r"]


def generate(T: int = 365, n: int = 4, seed: int = SEED, miss: float = 0.15) -> Problem:
    """Draw one data set; order of draws: block coins, daily coins, `w (T, n)`, `v (T, m)`, mask uniforms `(T, m)`."""
    rng, shape = np.random.default_rng(seed), spec(n)
    A, B, q, C, d, r = matrices(shape, truth(shape))
    blocks = np.repeat(rng.integers(0, 2, size=-(-T // 14)), 14)[:T]
    u = np.column_stack([blocks, rng.integers(0, 2, size=T)]).astype(float)
    w, v = rng.standard_normal((T, n)), rng.standard_normal((T, shape.m))
    x = np.empty((T, n))
    x[0] = sqrt(2.0) * w[0]
    for t in range(1, T):
        x[t] = A @ x[t - 1] + B @ u[t] + q * w[t]
    y = x @ C.T + d + r * v
    y[rng.random((T, shape.m)) < miss] = np.nan
    return Problem(shape, y, u)


def log_likelihood(problem: Problem, values: Vector) -> float:
    """`sum_t log N(y_t; C m_t + d, C P_t C' + R)` over observed cells, by the textbook filter."""
    A, B, q, C, d, r = matrices(problem.spec, values)
    mean, cov, total = np.zeros(problem.spec.n), INITIAL_VARIANCE * np.eye(problem.spec.n), 0.0
    for t, row in enumerate(problem.y):
        if t > 0:
            mean, cov = A @ mean + B @ problem.u[t], A @ cov @ A.T + np.diag(q**2)
        seen = ~np.isnan(row)
        H = C[seen]
        innovation, S = row[seen] - H @ mean - d[seen], H @ cov @ H.T + np.diag(r[seen] ** 2)
        gain = np.linalg.solve(S, H @ cov).T
        total -= 0.5 * (seen.sum() * LOG_2PI + np.linalg.slogdet(S)[1] + innovation @ np.linalg.solve(S, innovation))
        mean, cov = mean + gain @ innovation, cov - gain @ S @ gain.T
    return float(total)


def log_prior(spec: Spec, theta: Vector) -> float:
    """Log prior density on the unconstrained scale, the Jacobians of logit and logarithm included."""
    part = {name: theta[block] for name, block in spec.blocks.items()}
    a = 1.0 / (1.0 + np.exp(-part["a"]))
    total = float((3.0 * np.log(a) + 2.0 * np.log1p(-a) - LOG_BETA_3_2).sum()) + _normal(part["off"], 0.0, OFF_SPREAD)
    total += sum(_normal(part[name], 0.0, 1.0) for name in ("b", "lam", "d"))
    return total + sum(_normal(part[name], SCALE_LOCATION, SCALE_SPREAD) for name in ("q", "r"))


def _normal(x: Vector, location: float, spread: float) -> float:
    z = (x - location) / spread
    return float(-0.5 * (z * z).sum() - x.size * (log(spread) + 0.5 * LOG_2PI))


def slope(spec: Spec, theta: Vector) -> Vector:
    """Derivative of each natural parameter with respect to its unconstrained one."""
    values, slopes, blocks = natural(spec, theta), np.ones(theta.shape), spec.blocks
    slopes[blocks["a"]] = values[blocks["a"]] * (1.0 - values[blocks["a"]])
    for name in ("q", "r"):
        slopes[blocks[name]] = values[blocks[name]]
    return slopes


def prior_gradient(spec: Spec, theta: Vector) -> Vector:
    """Gradient of `log_prior`."""
    gradient, blocks = -theta.astype(float), spec.blocks
    gradient[blocks["a"]] = 3.0 - 5.0 * natural(spec, theta)[blocks["a"]]
    gradient[blocks["off"]] /= OFF_SPREAD**2
    for name in ("q", "r"):
        gradient[blocks[name]] = -(theta[blocks[name]] - SCALE_LOCATION) / SCALE_SPREAD**2
    return gradient


def log_density(problem: Problem, theta: Vector) -> float:
    """Log posterior density on the unconstrained scale, all constants kept."""
    return log_likelihood(problem, natural(problem.spec, theta)) + log_prior(problem.spec, theta)


def points(spec: Spec, count: int) -> Matrix:
    """Where densities are compared and timed, `(count, P)`: the truth, then the truth with noise of sd 0.1."""
    noise = 0.1 * np.random.default_rng(7).standard_normal((max(count, 16), spec.size))
    noise[0] = 0.0
    return (unconstrained(spec, truth(spec)) + noise)[:count]
