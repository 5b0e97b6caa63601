"""Models that the recursions are tested on, and the recursions compiled once for all test files."""

import jax
import jax.numpy as jnp
import numpy as np

from ssm_core.kalman.disturbances import smoothed_means
from ssm_core.kalman.filter import kalman_filter
from ssm_core.kalman.linear_gaussian import LinearGaussian
from ssm_core.kalman.smoother import kalman_smoother
from ssm_core.kalman.square_root import square_root_filter
from ssm_core.kalman.square_root_smoother import square_root_smoother

run = jax.jit(kalman_filter)
smooth = jax.jit(kalman_smoother)
means = jax.jit(smoothed_means)
root_run = jax.jit(square_root_filter)
root_smooth = jax.jit(square_root_smoother)
run_all, smooth_all, means_all, root_run_all, root_smooth_all = (
    jax.jit(jax.vmap(f))
    for f in (kalman_filter, kalman_smoother, smoothed_means, square_root_filter, square_root_smoother)
)
STATES, SERIES, STEPS = 3, 2, 7


def stack(models):
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *models)


def take(batch, i):
    return jax.tree.map(lambda leaf: leaf[i], batch)


def constant(F, Q, H, R, steps, P=None, Pinf=None, m=None):
    """A model whose matrices never change; numbers and nested lists are welcome."""
    F, Q, H, R = (np.asarray(x, float) for x in (F, Q, H, R))
    n, p = len(F), len(H)
    return LinearGaussian(
        m=jnp.zeros(n) if m is None else jnp.asarray(m, float),
        P=jnp.zeros((n, n)) if P is None else jnp.asarray(P, float),
        Pinf=None if Pinf is None else jnp.asarray(Pinf, float),
        F=jnp.array(np.broadcast_to(F, (steps, n, n))),
        b=jnp.zeros((steps, n)),
        Q=jnp.array(np.broadcast_to(Q, (steps, n, n))),
        H=jnp.array(H),
        d=jnp.zeros((steps, p)),
        R=jnp.array(R),
    )


def local_level(steps, observation_variance, level_variance, diffuse=True):
    start = {"Pinf": [[1.0]]} if diffuse else {"P": [[7.0]]}
    return constant([[1.0]], [[level_variance]], [[1.0]], [observation_variance], steps, **start)


def covariance(rng, n, rank=None):
    a = rng.normal(size=(n, rank or n))
    return a @ a.T + (0.1 * np.eye(n) if rank is None else 0.0)


def random_model(rng, diffuse=False, singular=False, rank=2):
    """All matrices change with time; a diffuse start has two unknown directions.

    `singular`: the third state only remembers the first, `Q` has rank `rank`, one series has no noise, and `P` is
    singular. With `rank=1` the noiseless series soon pins the states down to 1e-5 of their prior spread.
    """
    n, p, steps = STATES, SERIES, STEPS
    F, H = rng.uniform(-0.6, 0.6, size=(steps, n, n)), rng.normal(size=(steps, p, n))
    Q = np.stack([covariance(rng, n) for _ in range(steps)])
    R = rng.uniform(0.1, 1.0, size=(steps, p))
    P = covariance(rng, n)
    Pinf = covariance(rng, n, 2) if diffuse else None
    if singular:
        F[:, 2, :] = [1.0, 0.0, 0.0]
        Q = np.stack([covariance(rng, n, rank) * np.outer([1, 1, 0], [1, 1, 0]) for _ in range(steps)])
        H, R[:, 0] = np.broadcast_to(H[0], H.shape), 0.0
        P = covariance(rng, n, 2)
    return LinearGaussian(
        m=jnp.array(rng.normal(size=n)),
        P=jnp.array(P),
        Pinf=None if Pinf is None else jnp.array(Pinf),
        F=jnp.array(F),
        b=jnp.array(rng.normal(size=(steps, n))),
        Q=jnp.array(Q),
        H=jnp.array(H),
        d=jnp.array(rng.normal(size=(steps, p))),
        R=jnp.array(R),
    )


def random_record(rng, missing=0.3, whole_rows=2):
    """Observations with missing cells; the last rows are whole, so that every diffuse direction is resolved."""
    y = rng.normal(size=(STEPS, SERIES)) * 2.0
    gaps = rng.random(y.shape) < missing
    gaps[STEPS - whole_rows :] = False
    return np.where(gaps, np.nan, y)
