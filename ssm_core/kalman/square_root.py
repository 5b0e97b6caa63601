"""Square-root filter: covariances as factors `L`, so that `P = L L'` is positive semi-definite whatever happens."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ssm_core.kalman import diffuse as unknown
from ssm_core.kalman.cell import Cell, log_density
from ssm_core.kalman.diffuse import Diffuse
from ssm_core.kalman.factors import FACTOR_RESOLUTION, compress, factor, product, row_norms
from ssm_core.kalman.filter import SLACK
from ssm_core.kalman.linear_gaussian import LinearGaussian, Step, steps


class Root(NamedTuple):
    """What is known of the state: mean, factor of the covariance, largest standard deviations so far, diffuse part."""

    m: Float[Array, " state"]
    L: Float[Array, "state factor"]
    size: Float[Array, " state"]
    diffuse: Diffuse | None


class RootFiltered(NamedTuple):
    """What the square-root filter knows after each step; the fields are those of `filter.Filtered`, with `P = L L'`."""

    log_likelihood: Float[Array, ""]
    m: Float[Array, "time state"]
    L: Float[Array, "time state state"]
    innovations: Float[Array, "time series"]
    variances: Float[Array, "time series"]
    A: Float[Array, "time state direction"] | None


def square_root_filter(model: LinearGaussian, y: Float[Array, "time series"]) -> RootFiltered:
    """The filter with `L <- qr([F L, Lq])` over steps and Potter's update over cells.

    Standard deviations, not variances, carry the rounding: a state known to 1e-12 of what it was is still told from one
    that is known exactly. For values; derivatives of a singular QR decomposition do not exist (use `kalman_filter`).

    Args:
        model: arrays of the model; `P`, `Q` and `R` may be singular, the start diffuse.
        y: observations, NaN where not observed.

    Source: Bierman (1977) Factorization Methods for Discrete Sequential Estimation, chapter II (Potter);
    Kailath, Sayed & Hassibi (2000), section 12.3 (array form); Durbin & Koopman (2012), sections 6.3-6.4.
    """

    def record(root: Root, cells: list[Cell]) -> RootFiltered:
        return RootFiltered(
            log_likelihood=jnp.stack([c.log_density for c in cells]).sum(),
            m=root.m,
            L=root.L,
            innovations=jnp.stack([c.innovation for c in cells]),
            variances=jnp.stack([c.variance for c in cells]),
            A=None if root.diffuse is None else root.diffuse.A,
        )

    out = run_roots(model, y, record)
    return out._replace(log_likelihood=out.log_likelihood.sum())


def run_roots[Record](
    model: LinearGaussian, y: Float[Array, "time series"], record: Callable[[Root, list[Cell]], Record]
) -> Record:
    """The recursion over all steps; `record` says what to keep of each, stacked along time."""
    series = y.shape[1]
    L = factor(model.P)
    diffuse = None if model.Pinf is None else unknown.start(model.Pinf)
    start = Root(model.m, L, row_norms(L), diffuse)
    moves = steps(model)

    def step(root: Root, now: tuple[Step, Array, Array]) -> tuple[Root, Record]:
        (F, b, _, H, d, R), Lq, y_t = now
        root = _predict(root, F, b, Lq, series)
        cells = []
        for i in range(series):
            root, cell = _update(root, H[i], R[i], y_t[i], d[i], i)
            cells.append(cell)
        root = root._replace(L=compress(root.L))
        return root, record(root, cells)

    return jax.lax.scan(step, start, (moves, jax.vmap(factor)(moves.Q), y))[1]


def _predict(
    root: Root, F: Float[Array, "state state"], b: Float[Array, " state"], Lq: Float[Array, "state state"], series: int
) -> Root:
    L = compress(product(F, root.L), Lq)
    size = jnp.maximum(root.size, row_norms(L))
    m = (F * root.m[None, :]).sum(1) + b
    if root.diffuse is None:
        return Root(m, L, size, None)
    room = jnp.zeros((len(m), series))  # a diffuse update brings the noise of its observation in as a new column
    return Root(m, jnp.concatenate([L, room], axis=1), size, unknown.move(root.diffuse, F))


def _update(
    root: Root,
    h: Float[Array, " state"],
    R: Float[Array, ""],
    y: Float[Array, ""],
    d: Float[Array, ""],
    i: int,
) -> tuple[Root, Cell]:
    """`L <- L - L a a' / (S + sqrt(R S))` (`a = L'h`, `S = |a|^2 + R`); diffuse: `L <- [(I - K h') L, sqrt(R) K]`."""
    m, L, size, diffuse = root
    n = len(h)
    observed = ~jnp.isnan(y)
    v = jnp.where(observed, y - d - (h * m).sum(), 0.0)
    a = (L * h[:, None]).sum(0)
    signal = (a * a).sum()
    S = signal + R
    rounding = FACTOR_RESOLUTION * (jnp.abs(h) * size).sum()
    informative = (signal > rounding * rounding) | (R > 0.0)
    slack = 10.0 * rounding + SLACK * (jnp.abs(y) + jnp.abs(d) + jnp.abs(h * m).sum())
    density = log_density(v, S, observed, informative, slack)
    use = observed & informative
    noise = jnp.sqrt(R)
    M = (L * a[None, :]).sum(1)
    S_safe = jnp.where(use, S, 1.0)
    scaled = jnp.where(use, 1.0 / (S_safe + noise * jnp.sqrt(S_safe)), 0.0)
    m_proper, L_proper = m + jnp.where(use, v / S_safe, 0.0) * M, L - scaled * M[:, None] * a[None, :]
    if diffuse is None:
        return Root(m_proper, L_proper, size, None), Cell(density, v, S, M, observed, use)
    some, K, Finf = unknown.gain(diffuse, h)
    first = observed & some
    L_first = (L - K[:, None] * a[None, :]).at[:, n + i].set(noise * K)
    L = jnp.where(first, L_first, L_proper)
    moved = Root(
        m=jnp.where(first, m + K * v, m_proper),
        L=L,
        size=jnp.maximum(size, row_norms(L)),
        diffuse=unknown.resolve(diffuse, h, K, first),
    )
    density = jnp.where(first, -0.5 * jnp.log(Finf), density)
    return moved, Cell(density, v, S, M, observed, use & ~first, some, K, Finf)
